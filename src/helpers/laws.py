"""Norwegian laws and regulations: what they are called, when they applied, which paragraphs they had when.

The register is data, ``reference/laws.toml``; its head says what it rests on. Where it does not know, the answer is
``None`` and no check may make anything of it: a wrong «does not exist» is worse than a miss.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from helpers.dates import MONTHS
from helpers.words import NBSP

KNOWN_SINCE = date(2010, 1, 1)
"""The lists of paragraphs say nothing of the time before this day."""

REACH = 160
"""How many characters before or after a paragraph sign the name of its law may begin or end."""

LONGEST_GLUE = 16
LONGEST_RANGE = 60
MOST_RANGED = 10_000
"""«§§ 1–60» is sixty references; beyond so many in one text only the two ends of a range are read."""

_LONGEST_NAME = 400


@dataclass(frozen=True)
class Period:
    """From and with ``first`` to, but not with, ``end``; None is open."""

    first: date | None = None
    end: date | None = None

    def covers(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Law:
    """A law (*lov*) or regulation (*forskrift*).

    Attributes:
        number: ``LOV-2011-06-24-30``.
        short: the name of everyday use; ``names`` are others, with abbreviations, in both written languages.
        force: when it applied; an open start is one that was not verified.
        sections: paragraph (``3-2a``) to the times it existed; empty when the register has no list.
        complete: whether a paragraph that is not listed is known not to have existed.
        ledd: paragraphs that have not been amended since 2010, with the number of their *ledd*.
        chapters: numbers that stand before a hyphen in its paragraphs, and no others ever did; empty when not known.
        subjects: what some of its paragraphs are about, in words (the beginning of each), with every paragraph that is.
    """

    key: str
    kind: str
    number: str
    short: str
    title: str
    names: tuple[str, ...]
    force: Period
    replaced_by: str
    sections: Mapping[str, tuple[Period, ...]]
    complete: bool
    ledd: Mapping[str, int]
    chapters: frozenset[str] = frozenset()
    subjects: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def passed(self) -> date:
        """The day it was passed, which is the date in its number."""
        return date.fromisoformat(self.number[4:14])

    @property
    def serial(self) -> str:
        """``30`` of LOV-2011-06-24-30; empty for laws from before they were numbered."""
        return self.number[15:]

    @property
    def display(self) -> str:
        """As a sentence begins with it."""
        return self.short[:1].upper() + self.short[1:]


@dataclass(frozen=True, slots=True)
class LawRef:
    """One reference to a paragraph, a chapter or a law's number, as it stands in a text.

    Attributes:
        law: the name as written, or empty.
        section: ``3-4``, ``2-1e``; empty for a chapter or a number.
        ledd: ``1``; several as ``1, 2``.
        point: ``6`` of «nr. 6».
        letter: ``b``, ``a–g``, ``d, e``.
        chapter: ``6`` or ``4A`` of «kapittel 6».
        number: ``2011-06-24-30``, or ``63`` of «(nr. 63)».
        offset, end: where in the text it begins and ends.
        also: what else the same signs can mean: «§§ 4-7» are perhaps four paragraphs.
    """

    law: str
    section: str = ""
    ledd: str = ""
    point: str = ""
    letter: str = ""
    chapter: str = ""
    number: str = ""
    offset: int = 0
    end: int = 0
    also: tuple[str, ...] = ()


# The register


@cache
def laws() -> Mapping[str, Law]:
    """Every law the register knows, by key."""
    text = files("helpers").joinpath("reference/laws.toml").read_text(encoding="utf-8")
    return {key: _law(key, entry) for key, entry in tomllib.loads(text).items()}


def _law(key: str, entry: Mapping[str, Any]) -> Law:
    sections: dict[str, list[Period]] = {}
    for written in entry.get("paragraphs", ()):
        span, _, dates = written.partition(" ")
        period = _period(dates)
        for section in _expand(*span.split("..")):
            sections.setdefault(section, []).append(period)
    subjects: dict[str, set[str]] = {}
    for section, phrases in entry.get("subjects", {}).items():
        for phrase in phrases:
            subjects.setdefault(phrase, set()).add(section)
    return Law(
        key, entry["kind"], entry["number"], entry["short"], entry["title"], tuple(entry["names"]),
        Period(entry.get("from"), entry.get("to")), entry.get("replaced_by", ""),
        {section: tuple(periods) for section, periods in sections.items()},
        entry.get("complete", False), entry.get("ledd", {}), frozenset(entry.get("chapters", ())),
        {phrase: frozenset(found) for phrase, found in subjects.items()},
    )  # fmt: skip


def _period(text: str) -> Period:
    """``from 2012-01-01 to 2024-06-01``."""
    words = text.split()
    ends = dict(zip(words[::2], map(date.fromisoformat, words[1::2]), strict=True))
    return Period(ends.get("from"), ends.get("to"))


def _expand(first: str, last: str = "") -> tuple[str, ...]:
    """``3-1`` to ``3-6``, or ``4`` to ``7``: every paragraph between; just the ends when that cannot be said."""
    if not last:
        return (first,)
    chapter, dash, low = first.rpartition("-")
    same, _, high = last.rpartition("-")
    if chapter != same or not (low.isdigit() and high.isdigit()) or not 0 < int(high) - int(low) < LONGEST_RANGE * 4:
        return (first, last)
    return tuple(f"{chapter}{dash}{number}" for number in range(int(low), int(high) + 1))


_ENDING = re.compile(r"(lov|forskrift)(?:en|a|ens|as|s)?$")
_OF = re.compile(r"^(?:den |det )?(?:nye? |gjeldende )?(lov|forskrift)(?:en|a)? (?=om )")
_NOISE = re.compile(r"""["«»“”'.,()\[\]]""")
_DASH = re.compile(r"[‐‑–—]")
_HYPHEN = re.compile(r"\s*-\s*(?=og\b)")
_ENDS_WITH = re.compile(r"\s(?:m\s?m|m\s?v|m\s?fl)$")


@lru_cache(maxsize=4096)
def fold_name(text: str) -> str:
    """A law's name without what people write differently: case, dots, «-loven» or «-lova», «m.m.»."""
    clean = _NOISE.sub("", _DASH.sub("-", text.replace(NBSP, " "))).casefold()
    clean = " ".join(_HYPHEN.sub("- ", clean).split())
    clean = _ENDS_WITH.sub("", clean)
    return _ENDING.sub(r"\1", _OF.sub(r"\1 ", clean).removeprefix("ny "))


@cache
def _index() -> Mapping[str, tuple[Law, ...]]:
    index: dict[str, dict[str, Law]] = {}
    for law in laws().values():
        for name in (law.key, law.short, law.title, law.number, law.number[4:], *law.names):
            index.setdefault(fold_name(name), {})[law.key] = law
    return {name: tuple(found.values()) for name, found in index.items()}


@cache
def _contained() -> re.Pattern[str]:
    """The names long enough to be found inside a heading."""
    names = sorted((name for name in _index() if re.search("lov|forskrift", name)), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?=(?:en|a|ens|as|s)?(?![\w-]))")


_PARTS = re.compile(r"\(([^()]*)\)|«([^«»]*)»")
_BELONGS = re.compile(
    r"\b(?:etter|til|medhold av|heimel i|hjemmel i)\s+(?:[\w-]+\s){0,4}?[\w-]*lov(?:en|a)?\b", re.IGNORECASE
)
"""A regulation or guide *to* a law is not that law."""
_NUMBERED = re.compile(
    r"(?:,|\bav)?\s*(?:\b\d{1,2}\.\s?(?:\d{1,2}\.|[a-z]{3,9})\s?\d{4})?,?\s*\(?\b[Nn]r\.?\s?\d{1,4}\b\)?"
)


@lru_cache(maxsize=4096)
def candidates(text: str) -> tuple[Law, ...]:
    """Every law a name, abbreviation, number or title can mean: two when an old and a new one share it."""
    if len(text) > _LONGEST_NAME:
        return ()
    if found := _index().get(fold_name(text)):
        return found
    rule = fold_name(text).startswith("forskrift ")
    bare = _NUMBERED.sub("", text)
    inside = [part for match in _PARTS.finditer(bare) for part in match.groups() if part]
    belongs = _BELONGS.search(text) is not None
    numbers = () if belongs else tuple(ref.number for ref in _numbers(text))
    for name in (*numbers, bare, _PARTS.sub("", bare), *inside):
        if (found := _index().get(fold_name(name))) and not (rule and found[0].kind == "lov"):
            return found
    names = set() if belongs or rule else {match[0] for match in _contained().finditer(fold_name(bare))}
    return _index()[names.pop()] if len(names) == 1 else ()


def without_numbers(text: str) -> str:
    """A title without «av 24. juni 2011 nr. 30», «(nr. 63)», «LOV-2011-06-24-30»."""
    return _ANCHOR.sub(lambda match: match[0] if match["sign"] or match["chapter"] else " ", _NUMBERED.sub("", text))


def find_law(text: str, on: date | None = None) -> Law | None:
    """The law a name means, at a date when two share it; None when there is none, or no saying which."""
    found = candidates(text)
    if len(found) > 1:
        day = on or date.max
        found = tuple(law for law in found if law.force.covers(day))
    return found[0] if len(found) == 1 else None


def existed(law: Law, section: str, on: date | None = None) -> bool | None:
    """Whether a law had a paragraph on a day (or ever); None when the register cannot say.

    A day outside the law's own time is moved to its nearer end: that the law did not apply is another matter.
    """
    chapter, hyphen, _ = section.partition("-")
    if hyphen and law.chapters and re.sub(r"\D", "", chapter) not in law.chapters:
        return False
    day = on
    if day and law.force.first:
        day = max(day, law.force.first)
    if day and law.force.end:
        day = min(day, date.fromordinal(law.force.end.toordinal() - 1))
    if day and day < KNOWN_SINCE:
        return None
    periods = law.sections.get(section)
    if periods is not None:
        return day is None or any(period.covers(day) for period in periods)
    return False if law.complete else None


# References in running text

_ANCHOR = re.compile(
    rf"""(?P<sign>§+)\s{{0,3}}
      | \b(?P<chapter>[Kk]ap(?:ittel|itla|\.)?)\s?(?=\d)
      | \b(?P<code>(?:LOV|FOR)[-/\s]|(?:lov|forskrift)/)?
        (?P<year>1[6-9]\d\d|20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?:(?:-|\snr\.?\s?)(?P<serial>\d{{1,4}})\b)?
      | \b(?P<day2>\d{{1,2}})\.\s?(?P<month2>\d{{1,2}}\.|(?:{"|".join(MONTHS)})\s)\s?(?P<year2>\d{{4}}),?
        \s[Nn]r\.?\s?(?P<serial2>\d{{1,4}})\b
      | \([Nn]r\.?\s?(?P<lone>\d{{1,4}})\)
    """,
    re.VERBOSE,
)
SIGN = re.compile(r"§|[Kk]ap|[Nn]r|\d\d-\d\d")
"""In every text with a reference: what `_ANCHOR` finds holds one of these."""
_SECTION = re.compile(
    r"(\d{1,3})(?:\s?([A-Z])(?=[-–‑]\s?\d))?(?:([-–‑])\s{0,3}(\d{1,3}))?(?!\d)(?:([a-zæøå])(?![\wæøå]))?"
)
_ORDINALS = {
    "første": "1", "fyrste": "1", "andre": "2", "annet": "2", "annen": "2", "anna": "2", "tredje": "3", "fjerde": "4",
    "femte": "5", "sjette": "6", "sjuende": "7", "syvende": "7", "sjuande": "7", "åttende": "8", "åttande": "8",
    "niende": "9", "niande": "9", "tiende": "10", "tiande": "10",
}  # fmt: skip
_ORDINAL = rf"(?:{'|'.join(_ORDINALS)}|\d{{1,2}}\.)"
_QUALIFIER = re.compile(
    rf"""(?:\s?,)?\s{{0,2}}
      (?: (?P<ledd>{_ORDINAL})(?:\s(?:og|til|eller)\s(?P<ledd2>{_ORDINAL}))?\s?ledd\b
        | {_ORDINAL}\s?(?:punktum|setning)\b
        | (?:bokstav(?:ene|ane|en)?|bokst\.|litra|punkt|pkt\.?)\s?
            (?P<letter>[a-zæøå])\)?(?:\s?(?P<to>[–-]|til|og)\s?(?P<letter2>[a-zæøå])\)?(?!\w))?(?!\w)
        | nr\.?\s?(?P<point>\d{{1,3}})(?!\d)(?:\s?(?P<pointletter>[a-zæøå])\b\)?)?
        | (?<=[\s,])(?P<first>[a-zæøå])\.?\s?(?P<through>[–-]|til|og)\s?(?P<last>[a-zæøå])(?!\w)\.?
        | (?<=[\s,])(?P<alone>[a-hj-zæø])(?!\w)
      )""",
    re.VERBOSE,
)
_LETTERS_ON = re.compile(r"\.?\s?(?P<through>[–-]|til)\s?(?P<last>[a-zæøå])(?!\w)")
_RANGE = re.compile(r"\s?(?:til(?:\sog\smed)?|t\.o\.m\.|[–—]|-(?=\s))\s?(?:§\s?)?(?=\d)")
_NEXT = re.compile(r"\s?(?:,|og|samt|eller|&|,\s?og)\s(?=\d)")
_CHAPTER = re.compile(r"(\d{1,2})(?!\d|\.\d)(?:\s?([A-Z])(?!\w))?")
_NEXT_CHAPTER = re.compile(r"\s?(?:,|og)\s(?=\d{1,2}(?:\s?[A-Z])?(?:[;,.)\s]|$))")
_GLUE = re.compile(r"\s*(?:[,;&]|[,;]?\s*(?:og|samt|eller|jfr?\.?))\s*")
_NUMBER_GLUE = re.compile(r"\)?,?\s+(?:jfr?\.\s)?")
_TITLE = re.compile(r"\b(?:[Ll]ov(?:en|a)?|[Ff]orskrift(?:en|a)?)\som\s")
_SENTENCE = re.compile(r"§|[.:;!?]\s+[A-ZÆØÅ]|\n\s*\n")
_AFTER = re.compile(r"\s{1,2}(?:i|av|frå|fra)\s(?:den\s|det\s)?(?=[\w«])")
_NAMED = re.compile(r"«?(?:[\w-]+\s){0,4}?[\w-]*(?:lov|forskrift)(?:en|a|ens|as)?\b")
_LAW_WORD = re.compile(r"(?:lov|forskrift)(?:en|a|ens|as|s)?$")
_NO_NAME = frozenset(("i", "av", "etter", "jf", "jfr", "se", "følger", "gir", "går", "står"))
_HANGING = re.compile(r"[\w]+-\s(?:og|eller)\s$")


def is_law_word(name: str) -> bool:
    """Whether a name ends as a law's does: «abortloven», «forskriften»."""
    return bool(_LAW_WORD.search(name.casefold()))


def is_generic(name: str) -> bool:
    """«loven», «forskriftens», «samme lov»: a law named before, not one of its own."""
    last = name.casefold().split()[-1:] or [""]
    return fold_name(last[0]) in ("lov", "forskrift") and "om " not in name.casefold()


def read_refs(text: str) -> tuple[LawRef, ...]:
    """Every paragraph, chapter and law number a text refers to, in its order; time grows with the text alone."""
    return tuple(_read(text))


def _read(text: str) -> Iterator[LawRef]:
    if not SIGN.search(text):
        return
    titles = [match.start() for match in _TITLE.finditer(text)]
    waiting: list[LawRef] = []  # named by what comes after them: «§ 15 og § 27 i loven om …»
    law, end, at, read, counted = "", 0, 0, 0, False
    while match := _ANCHOR.search(text, at):
        at = match.end()
        start = match.start()
        if match["sign"]:
            longest = LONGEST_RANGE if read < MOST_RANGED else 0
            group = tuple(_sections(text, start, at, several=len(match["sign"]) > 1, longest=longest))
            read += len(group)
        elif match["chapter"]:
            group = tuple(_chapters(text, start, at))
        else:
            group = _number(match)
        if not group:
            continue
        glue = _NUMBER_GLUE if counted else _GLUE
        glued = start - end < LONGEST_GLUE and glue.fullmatch(text, end, start) is not None
        counted = bool(group[0].number)
        named = _name_before(text, start, max(end, start - REACH), titles, numbered=counted)
        at = end = max(at, group[-1].end)
        if named or not glued or len(waiting) > LONGEST_RANGE:
            yield from waiting
            waiting, law = [], named
        if counted and (not law or is_generic(law)):
            law = _title_after(text, end) or law
        elif not law:
            law = _name_after(text, end)
        if law:
            yield from (_with(ref, law) for ref in (*waiting, *group))
            waiting = []
        else:
            waiting += group
    yield from waiting


def _with(ref: LawRef, law: str) -> LawRef:
    return LawRef(
        law, ref.section, ref.ledd, ref.point, ref.letter, ref.chapter, ref.number, ref.offset, ref.end, ref.also
    )


def _numbers(text: str) -> Iterator[LawRef]:
    for match in _ANCHOR.finditer(text):
        if not match["sign"] and not match["chapter"]:
            yield from _number(match)


def _number(match: re.Match[str]) -> tuple[LawRef, ...]:
    """The number of a law; a mere date is none."""
    number = match["lone"] or ""
    if match["year"] and (match["serial"] or match["code"]):
        number = f"{match['year']}-{match['month']}-{match['day']}" + (f"-{match['serial']}" if match["serial"] else "")
    elif match["year2"]:
        name = match["month2"].strip(f". {NBSP}\n\t")
        month = MONTHS.index(name) + 1 if name in MONTHS else int(name)
        number = f"{match['year2']}-{month:02}-{int(match['day2']):02}-{match['serial2']}"
    return (LawRef("", number=number, offset=match.start(), end=match.end()),) if number else ()


def _chapters(text: str, start: int, at: int) -> Iterator[LawRef]:
    """«kapittel 6 og 10», «kap. 4A»."""
    while found := _CHAPTER.match(text, at):
        end = found.end()
        yield LawRef("", chapter=found[1] + (found[2] or ""), offset=start, end=end)
        more = _NEXT_CHAPTER.match(text, end)
        if not more:
            return
        start = at = more.end()


def _sections(text: str, start: int, at: int, *, several: bool, longest: int) -> Iterator[LawRef]:
    """The paragraphs after a sign, each with its qualifiers."""
    while found := _SECTION.match(text, at):
        end = found.end()
        sections, also, letter = _numbering(found, several=several, longest=longest)
        if found[5] and (on := _LETTERS_ON.match(text, end)):  # «6a–g» is § 6, letters a to g
            sections, letter, end = (sections[0][:-1],), f"{found[5]}–{on['last']}", on.end()
        if (
            len(sections) == 1
            and (through := _RANGE.match(text, end))
            and (high := _SECTION.match(text, through.end()))
        ):
            last = _numbering(high, several=False, longest=longest)[0][0]
            alike = ("-" in last) == ("-" in sections[0])
            if alike and (several or "§" in through[0] or "t" in through[0]):
                between = _expand(sections[0], last)
                sections, end = between if len(between) <= longest else (sections[0], last), high.end()
        ledd, point, letters, end = _qualified(text, end)
        for section in sections:
            yield LawRef("", section, ledd, point, letters or letter, offset=start, end=end, also=also)
        more = _NEXT.match(text, end) if several else None
        if not more:
            return
        start = at = more.end()


def _numbering(found: re.Match[str], *, several: bool, longest: int) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """The paragraphs one number stands for, what else it can mean, and a letter set apart."""
    number, chapter, dash, within, letter = found.groups()
    plain = f"{number}{chapter or ''}" + (f"-{within}" if within else "") + (letter or "")
    if several and within and not chapter and not letter and int(number) < int(within):
        between = _expand(number, within)
        if len(between) <= longest:
            return (between, (plain,), "") if dash == "–" else ((plain,), between, "")
    return (plain,), (), ""


def _qualified(text: str, at: int) -> tuple[str, str, str, int]:
    ledd = point = letter = ""
    for _ in range(8):
        match = _QUALIFIER.match(text, at)
        if not match:
            break
        if match["ledd"]:
            ledd = ", ".join(_ORDINALS.get(part, part.strip(".")) for part in (match["ledd"], match["ledd2"]) if part)
        elif match["point"]:
            point, letter = match["point"], match["pointletter"] or letter
        elif match["letter"] or match["first"]:
            low, to, high = (
                match["letter"] or match["first"],
                match["to"] or match["through"],
                match["letter2"] or match["last"],
            )
            letter = low if not high else f"{low}, {high}" if to == "og" else f"{low}–{high}"
        elif match["alone"]:
            letter = match["alone"]
        at = match.end()
    return ledd, point, letter, at


def _name_before(text: str, at: int, floor: int, titles: Sequence[int], *, numbered: bool) -> str:
    """The law named right before a reference: «hol», «helse- og omsorgstjenesteloven», «lov om … (NAV-loven)»."""
    if at - floor < 3:
        return ""
    head = text[floor:at].rstrip(" \t\n\u00a0,(«:")
    if numbered:
        head = head.removesuffix(" av")
    if head.endswith(")") and (opened := head.rfind("(")) >= 0:
        inner = head[opened + 1 : -1]
        if fold_name(inner) in _index():
            return inner
        head = head[:opened].rstrip()
    cut = max(head.rfind(" "), head.rfind("\n"), head.rfind("("), head.rfind("\u00a0"), head.rfind("«"))
    word = head[cut + 1 :].rstrip(".,;»")
    if not word:
        return ""
    if is_law_word(word):
        if head.endswith("."):
            return ""  # the sentence ended there
        words = head.rstrip(".,;»").split()
        for count in range(min(5, len(words)), 0, -1):
            name = " ".join(words[-count:])
            if fold_name(name) in _index():
                return name.lstrip("(«")
        if not is_generic(word):
            hanging = _HANGING.search(head[: cut + 1])
            return (hanging[0] if hanging else "") + word
    elif fold_name(word) in _index() and word not in ("loa", "tbl"):
        return word
    first = bisect_left(titles, floor)
    last = bisect_left(titles, at)
    if first < last:
        title = " ".join(text[titles[last - 1] : floor + len(head)].split())
        if not _SENTENCE.search(title) and title.split()[-1].casefold().strip(".") not in _NO_NAME:
            known = fold_name(title) in _index() or fold_name(without_numbers(title)) in _index()
            if known or not _contained().search(fold_name(title)):  # else a known law, and words that are not its name
                return title
    return word if is_law_word(word) else ""


def _name_after(text: str, at: int) -> str:
    """The law named right after: «§ 27 i loven om sosiale tjenester», «§ 14 i NAV-loven»."""
    match = _AFTER.match(text, at)
    if not match:
        return ""
    if _TITLE.match(text, match.end()):
        return _title_at(text, match.end())
    named = _NAMED.match(text[match.end() : match.end() + REACH])
    return named[0].lstrip("«") if named else ""


def _title_after(text: str, at: int) -> str:
    """«lov 24. juni 2011 nr. 30 om kommunale helse- og omsorgstjenester»: the title after a number."""
    for kind in ("lov", "forskrift"):
        if text.startswith(" om ", at) and (title := _longest(f"{kind}{text[at : at + REACH]}")):
            return title
    return ""


def _title_at(text: str, at: int) -> str:
    return _longest(text[at : at + REACH])


def _longest(text: str) -> str:
    """The longest known title a text begins with."""
    words = re.split(r"[;:()§]|\n\s*\n", text, maxsplit=1)[0].split()[:20]
    for count in range(len(words), 2, -1):
        name = " ".join(words[:count]).rstrip(".,»")
        if fold_name(name) in _index():
            return name
    return ""
