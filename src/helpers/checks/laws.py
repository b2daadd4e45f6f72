"""Does the law that is cited exist: its paragraph at the date of the audit, its number, and the law itself (class 25)?

Everything is judged by the register in ``reference/laws.toml``; where that cannot say, the checks are silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, partial

from helpers.checks import Evidence, Hit, check
from helpers.laws import (
    KNOWN_SINCE,
    SIGN,
    Law,
    LawRef,
    candidates,
    existed,
    fold_name,
    is_generic,
    is_law_word,
    laws,
    read_refs,
    without_numbers,
)
from helpers.message import Place
from helpers.passages import read_sentences
from helpers.register import Row

KINDS = ("lov", "forskrift")
HISTORY = ("bakgrunn", "funn")
CELLS = {"criteria": "paragraph", "sources": "paragraph", "assessments": "breach"}
_PAST = re.compile(
    r"\b(?:tidligere|tidlegare|gamle|gammel|daværende|dåverande|erstatt|avløs|avløys|opphev|videreført|vidareført|"
    r"fram til|frem til|forrige|førre|nye? [^\W\d_]*lov|kommende|komande|vedtatt|vedteke|trer i kraft|trår i kraft)",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"\b(?:etter|til|medhold av|jfr?\.?|heimel i|hjemmel i)\s+(?:lov|forskrift)", re.IGNORECASE)
_TITLED = ("lov om ", "forskrift om ")
_SERIAL = re.compile(r"\b[Nn]r\.?\s?(\d{1,4})\b")


@dataclass(frozen=True)
class _Mention:
    """A reference with its place, and the laws it can mean (none: nobody can tell)."""

    ref: LawRef
    place: Place
    laws: tuple[Law, ...]
    text: str
    days: tuple[date | None, ...]


def _mentions(evidence: Evidence, register: str) -> Iterator[_Mention]:
    """The references of a register's law column, or of what is written in words."""
    column = CELLS.get(register)
    for row in evidence.audit.rows(register) if column else ():
        sources = _sources_of(evidence, row)
        for ref in read_refs(row[column or ""]):
            found = _meant(evidence, ref, sources)
            yield _Mention(ref, row.place(column or ""), found, row[column or ""], _days(evidence, found, sources))
    for passage in evidence.passages(register).holding(SIGN) if not column else ():
        for ref in read_refs(passage.text):
            found = _meant(evidence, ref, ())
            sentence = passage.text[max(0, ref.offset - 120) : ref.end + 120]
            yield _Mention(ref, passage.at(ref.offset), found, sentence, _days(evidence, found, ()))


def _sources_of(evidence: Evidence, row: Row) -> tuple[Row, ...]:
    """The laws among the sources of a criterion, of an assessment's criterion, or the source itself."""
    audit = evidence.audit
    if row.register == "sources":
        return (row,) if row["type"] in KINDS else ()
    ids = row.refs("source")
    if row.register == "assessments":
        ids = tuple(
            id for key in row.refs("criterion") if (one := audit.row("criteria", key)) for id in one.refs("source")
        )
    found = (audit.row("sources", id) for id in dict.fromkeys(ids))
    return tuple(source for source in found if source and source["type"] in KINDS)


def _meant(evidence: Evidence, ref: LawRef, sources: tuple[Row, ...]) -> tuple[Law, ...]:
    """By its own name; else by the sources beside it, of its kind when it says «forskriften»."""
    if ref.law and not is_generic(ref.law):
        return _in_time(evidence, candidates(ref.law) or _by_source(evidence, ref.law))
    kind = fold_name(ref.law) if ref.law else ""
    rows = [row for row in sources if not kind or row["type"] == kind]
    found = [_in_time(evidence, candidates(row["title"])) for row in rows]
    return tuple(law for some in found for law in some) if all(found) else ()


def _by_source(evidence: Evidence, name: str) -> tuple[Law, ...]:
    """A name that is a source's id, or the beginning of its title: «lov om råd»."""
    short = fold_name(name)
    for row in evidence.audit.rows("sources"):
        if row["type"] in KINDS and (fold_name(row.id) == short or fold_name(row["title"]).startswith(short)):
            return candidates(row["title"])
    return ()


def _in_time(evidence: Evidence, found: tuple[Law, ...]) -> tuple[Law, ...]:
    """Of laws that share a name, those in force during the audit; all when none was."""
    span = evidence.audit.span
    if not span or len(found) < 2:
        return found
    return tuple(law for law in found if law.force.covers(span.last)) or found


def _days(evidence: Evidence, found: tuple[Law, ...], sources: tuple[Row, ...]) -> tuple[date | None, ...]:
    """The last and the first day of the audit; else the source's own date, unless that is just the law's."""
    if span := evidence.audit.span:
        return (span.last, span.first)
    dated = [span.last for row in sources if (span := row.date("date"))]
    start = max((law.force.first or law.passed for law in found), default=KNOWN_SINCE)
    return (dated[0] if dated and dated[0] > start else None,)


@check("lov-paragraf")
def missing_paragraphs(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A paragraph that the law did not have during the audit; milder, a *ledd* the paragraph does not have.

    Silent on a paragraph of another time in words that say so: «den tidligere § 3-7».
    """
    for mention in evidence.once(_mentions, register):
        ref, found = mention.ref, mention.laws
        if not ref.section or not found:
            continue
        if all(_missing(law, ref, day) for law in found for day in mention.days):
            law, section, day = found[0], ref.section, mention.days[0]
            if (
                register not in CELLS
                and (section in law.sections or _later(law, section))
                and _PAST.search(mention.text)
            ):
                continue
            yield Hit(mention.place, _told(found, section, day), _dates(law, section), _instead(law, section, day))
        elif len(found) == 1 and ref.ledd and (most := found[0].ledd.get(ref.section)):
            highest = max(int(one) for one in ref.ledd.split(", "))
            if highest > most:
                yield Hit(
                    mention.place,
                    f"{found[0].display} § {ref.section} har ikke noe ledd nr. {highest}",
                    f"Paragrafen har {most} ledd",
                    "Rett leddet.",
                    mild=True,
                )


def _missing(law: Law, ref: LawRef, day: date | None) -> bool:
    """Whether no reading of a reference exists; a letter may belong to the paragraph («2-1e») or to its text."""
    readings = [(ref.section,), *([ref.also] if ref.also else [])]
    return not any(all(_may_exist(law, section, ref.letter, day) for section in reading) for reading in readings)


def _may_exist(law: Law, section: str, letter: str, day: date | None) -> bool:
    forms = [section, section + letter[:1]]
    if section[-1].isalpha():
        forms.append(section[:-1])
    return any(existed(law, form, day) is not False for form in forms)


def _told(found: tuple[Law, ...], section: str, day: date | None) -> str:
    when = f"hadde ingen § {section} den {day:%d.%m.%Y}" if day else f"har ingen § {section}"
    if len(found) == 1:
        return f"{found[0].display} {when}"
    names = " eller ".join(dict.fromkeys(law.short for law in found))
    return f"Verken {names} {when.replace('ingen', 'noen')}"


def _dates(law: Law, section: str) -> str:
    """When the paragraph did exist, if it ever did."""
    said = [
        f"fra {period.first:%d.%m.%Y}" if period.first and not period.end
        else f"til {period.end:%d.%m.%Y}" if period.end and not period.first
        else f"fra {period.first:%d.%m.%Y} til {period.end:%d.%m.%Y}" if period.first and period.end
        else ""
        for period in law.sections.get(section, ())
    ]  # fmt: skip
    if after := _later(law, section):
        return f"§ {section} står i {after.kind}en fra {after.passed.year}, som ikke gjaldt ennå"
    return f"§ {section} gjaldt {' og '.join(filter(None, said))}" if any(said) else ""


def _later(law: Law, section: str) -> Law | None:
    """The law that came after, when the paragraph is one of that."""
    after = laws().get(law.replaced_by)
    return after if after and section in after.sections and section not in law.sections else None


def _instead(law: Law, section: str, day: date | None) -> str:
    """«Mente du §§ 4 til 7?»: a range, a letter astray, or the nearest of the same chapter."""
    there = partial(existed, law, on=day)
    low, dash, high = section.partition("-")
    if dash and low.isdigit() and high.isdigit() and int(low) < int(high) and there(low) and there(high):
        return f"Mente du §§ {low} til {high}?"
    if not dash and there(f"{section}-1"):
        return f"Mente du § {section}-1?"
    stem = re.sub(r"[a-zæøå]$", "", section)
    chapter, _, number = stem.rpartition("-")
    same = [one for one in law.sections if one.rpartition("-")[0] == chapter and one[-1].isdigit() and there(one)]
    near = sorted(same, key=lambda one: abs(int(one.rpartition("-")[2] or 0) - int(re.sub(r"\D", "", number) or 0)))[:1]
    return f"Mente du § {near[0]}?" if near else "Rett paragrafen, eller sett inn en annen lov."


@check("lov-nummer")
def wrong_numbers(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A number or date that is not that law's: in the title and date of a source, or beside a name in words."""
    if register == "sources":
        for row in evidence.audit.rows(register):
            if row["type"] in KINDS:
                yield from _source_numbers(row)
    for mention in evidence.once(_mentions, register) if register not in CELLS else ():
        ref = mention.ref
        named = () if not ref.number or is_generic(ref.law) else candidates(without_numbers(ref.law))
        if named and _wrong(named, ref.number):
            yield Hit(
                mention.place,
                f"«{ref.law}» står med nummeret {_spoken(ref.number)}",
                _is(named[0]),
                "Rett nummeret, eller navnet.",
            )


def _source_numbers(row: Row) -> Iterator[Hit]:
    title = row["title"]
    written = [ref.number for ref in read_refs(title) if ref.number] or _SERIAL.findall(title)
    named = candidates(without_numbers(title))
    single = len(written) == 1 and not _ELSEWHERE.search(title)
    if single and named and _wrong(named, written[0]):
        yield Hit(
            row.place("title"),
            f"«{title}» står med nummeret {_spoken(written[0])}",
            _is(named[0]),
            "Rett nummeret, eller navnet.",
        )
    known = named or candidates(title)
    span = row.date("date")
    if not span or span.first != span.last:
        return
    if known and not any(span.first in (law.passed, law.force.first, law.force.end) for law in known):
        law = known[0]
        later = span.first > (law.force.first or law.passed)
        if later or abs(span.first.year - law.passed.year) < 2 or single:
            yield Hit(
                row.place("date"), f"Dato er {row['date']}", _is(law),
                "Rett datoen. Er det dagen loven ble lest, skriv den i Merknad.", mild=later,
            )  # fmt: skip
    elif not known and single and len(written[0]) > 9 and written[0][:10] != span.first.isoformat():
        yield Hit(
            row.place("date"), f"Dato er {row['date']}, men nummeret i tittelen er fra {_spoken(written[0])}",
            "Samme dato", "Rett datoen, eller nummeret.",
        )  # fmt: skip


def _wrong(named: tuple[Law, ...], number: str) -> bool:
    """Whether a number is none of these laws'. An older law of the same name, not in the register, is no error."""
    if len(number) < 10:
        return all(law.serial != number for law in named)
    if any(law.number[4:] == number or (law.number[4:14] == number[:10] and len(number) == 10) for law in named):
        return False
    other = any(law.number[4:] == number for law in laws().values())
    alike = any(law.number[4:14] == number[:10] or (law.serial and law.serial == number[11:]) for law in named)
    return other or alike or int(number[:4]) >= min(law.passed.year for law in named)


def _is(law: Law) -> str:
    number = f" nr. {law.serial}" if law.serial else ""
    return f"{law.display} er {law.kind} {law.passed:%d.%m.%Y}{number}"


def _spoken(number: str) -> str:
    if len(number) < 10:
        return number
    year, month, day, *serial = number.split("-")
    return f"{day}.{month}.{year}" + (f" nr. {serial[0]}" if serial else "")


@check("lov-opphevet")
def not_in_force(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A law that was repealed before the audit began, or had not taken effect when it ended.

    Silent on a source used as background or finding, and where the words say that it is about former law.
    """
    span = evidence.audit.span
    if not span:
        return
    if register == "sources":
        for row in evidence.audit.rows(register):
            if row["type"] in KINDS and row["used_as"] not in HISTORY and row["used"] != "Nei":
                found, dated = candidates(row["title"]), row.date("date")
                same = tuple(law for law in found if dated and dated.first == dated.last == law.passed)
                if said := _out_of_force(same or found, span.first, span.last):
                    yield Hit(row.place("title"), *said)
        return
    told: set[tuple[str, str]] = set()
    for mention in evidence.once(_mentions, register):
        ref = mention.ref
        if not ref.section or not ref.law or is_generic(ref.law) or _PAST.search(mention.text):
            continue
        said = _out_of_force(candidates(ref.law), span.first, span.last)
        if said and (mention.place.row, ref.law) not in told:
            told.add((mention.place.row, ref.law))
            yield Hit(mention.place, *said)


def _out_of_force(found: tuple[Law, ...], first: date, last: date) -> tuple[str, str, str] | None:
    """What stands there, what was expected, what to do; None when any of the laws applied during the audit."""
    if not found or any(law.force.covers(first) or law.force.covers(last) for law in found):
        return None
    law = max(found, key=lambda one: one.passed)
    if law.force.end and law.force.end <= first:
        after = laws().get(law.replaced_by)
        instead = f"{after.display} avløste den" if after else "En lov som gjaldt"
        do = "Vis til loven som gjaldt, eller sett Brukt som = bakgrunn."
        return f"{law.display} ble opphevet {law.force.end:%d.%m.%Y}, før revisjonen begynte", instead, do
    if law.force.first and law.force.first > last:
        do = "Vis til loven som gjaldt, eller sett Brukt som = bakgrunn."
        return f"{law.display} gjelder først fra {law.force.first:%d.%m.%Y}, etter revisjonen", "En lov som gjaldt", do
    return None


@check("lov-ukjent")
def unknown_laws(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A law, or a paragraph of a law whose list is not complete, that the register does not know; each told once."""
    told: set[str] = set()
    if register == "sources":
        for row in evidence.audit.rows(register):
            name = fold_name(row["title"])
            if row["type"] in KINDS and row["title"] and not candidates(row["title"]) and name not in told:
                told.add(name)
                yield _unknown(row.place("title"), row["title"])
    for mention in evidence.once(_mentions, register):
        ref, name = mention.ref, fold_name(mention.ref.law)
        named = "" if not ref.section or is_generic(ref.law) else ref.law
        called = is_law_word(named) or name.startswith(_TITLED)
        if named and not mention.laws and called and not _by_title(evidence, named) and name not in told:
            told.add(name)
            yield _unknown(mention.place, named)
        if (
            len(mention.laws) == 1
            and ref.section
            and _unlisted(mention.laws[0], ref)
            and (key := f"{mention.laws[0].key} {ref.section}") not in told
        ):
            told.add(key)
            law = mention.laws[0]
            found = f"{law.display} § {ref.section} står ikke i lovregisteret, som ikke er fullstendig for denne loven"
            yield Hit(mention.place, found, "", "Kontroller paragrafen på Lovdata.")


def _unlisted(law: Law, ref: LawRef) -> bool:
    """Whether the law has a list, not complete, without the paragraph in any of its forms."""
    if law.complete or not law.sections:
        return False
    forms = {ref.section, ref.section + ref.letter[:1], ref.section.rstrip("abcdefghijklmnopqrstuvwxyzæøå"), *ref.also}
    return not forms & law.sections.keys()


def _by_title(evidence: Evidence, name: str) -> bool:
    """Whether a name is that of a source, which is told of at the source."""
    short = fold_name(name)
    return any(row["type"] in KINDS and short in fold_name(row["title"]) for row in evidence.audit.rows("sources"))


def _unknown(place: Place, name: str) -> Hit:
    return Hit(
        place,
        f"«{name}» er ikke blant lovene registeret kjenner, så paragrafene er ikke kontrollert",
        "",
        "Kontroller navn og paragraf på Lovdata.",
    )


_RESTS_ON = re.compile(
    r"\b(?:følg|framg|fremg|går fr[ae]m|står|regul|hjem(?:l|mel)|heim(?:l|el)|fastsatt|fastsett|lovfest|gitt|gjeve|finn"
    r"|nedfelt|forankr|kommer av|kjem av|jfr?\b)",
    re.IGNORECASE,
)
_IS_ABOUT = re.compile(
    r"\b(?:om|gjelder|gjeld|handler|handlar|omhandler|omhandlar|regulerer|regulerar|krever|krev|pålegger|pålegg|plikt|rett"
    r"|skal|må|gir)\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"[;:§]|\b(?:herunder|blant anna|blant annet|bl\.a|også|òg|inkludert|samt|som|når|dersom|hvis|viss|ikke|ikkje"
    r"|behov|medlem)\b",
    re.IGNORECASE,
)
"""Between a paragraph and a subject: the paragraph is not said to be about it."""
_OF_SOMETHING_ELSE = re.compile(
    r"\b(?:klag[^\W\d_]* (?:på|over)|unntak[^\W\d_]* (?:fra|frå)|innsyn i|brudd på|brot på) (?:[^\W\d_]+ )?$",
    re.IGNORECASE,
)
"""Before a subject: «klage på saksbehandlingstiden» is about complaints."""
CLOSE, APART = 25, 110
"""Characters between a subject and its paragraph where nothing, and where a verb, must tie them."""


@check("lov-annen-paragraf")
def other_subjects(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A subject given to a paragraph of its law that is about something else (class 25).

    Only where a sentence has one paragraph and one of the subjects the register knows of that law, and ties them:
    «Retten til individuell plan følger av § 3-1 i …». Silent on former law, and on paragraphs that do not exist.
    """
    for passage in evidence.passages(register):
        for sentence in read_sentences(passage) if "§" in passage.text else ():
            if "§" not in sentence.text:
                continue
            refs = [ref for ref in read_refs(sentence.text) if ref.section]
            found = _meant(evidence, refs[0], ()) if len(refs) == 1 else ()
            if len(found) != 1 or not found[0].subjects or _PAST.search(sentence.text):
                continue
            law, ref = found[0], refs[0]
            told = _other_subject(law, ref, sentence.text)
            if told and existed(law, ref.section) is not False:
                subject, sections = told
                yield Hit(
                    passage.at(sentence.start + ref.offset),
                    f"«{subject}» står med {law.short} § {ref.section}",
                    f"{law.display} {'§' if len(sections) == 1 else '§§'} {_listed(sections)} handler om dette",
                    "Rett paragrafen, eller skriv hva den har med saken å gjøre.",
                )


def _other_subject(law: Law, ref: LawRef, text: str) -> tuple[str, tuple[str, ...]] | None:
    """The one subject of a sentence, as written, with its paragraphs, when the one cited is none of them."""
    said: dict[frozenset[str], list[re.Match[str]]] = {}
    for phrase, sections in law.subjects.items():
        for match in _begins_with(phrase).finditer(text):
            said.setdefault(sections, []).append(match)
    if len(said) != 1:
        return None
    sections, matches = next(iter(said.items()))
    if {ref.section, ref.section + ref.letter[:1]} & sections:
        return None
    tied = next((match for match in matches if _tied(text, match, ref)), None)
    return (tied[0], tuple(sorted(sections, key=_numbers_of))) if tied else None


@cache
def _begins_with(phrase: str) -> re.Pattern[str]:
    """A phrase whose words may go on: «individuell plan» is in «individuelle planer»."""
    words = r"\s+".join(rf"{re.escape(word)}[^\W\d_]*" for word in phrase.split())
    return re.compile(rf"\b{words}", re.IGNORECASE)


def _tied(text: str, subject: re.Match[str], ref: LawRef) -> bool:
    """Whether the words between a subject and a paragraph say that the one is the other's."""
    before = subject.end() <= ref.offset
    between = text[subject.end() : ref.offset] if before else text[ref.end : subject.start()]
    gap = between.replace(ref.law, "") if ref.law else between
    led = text[max(0, subject.start() - CLOSE * 2) : subject.start()]
    if len(gap) > APART or _BESIDE.search(gap) or _OF_SOMETHING_ELSE.search(led):
        return False
    return (before and len(gap) <= CLOSE) or (_RESTS_ON if before else _IS_ABOUT).search(gap) is not None


def _numbers_of(section: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", section))


def _listed(sections: tuple[str, ...]) -> str:
    return " og ".join((", ".join(sections[:-1]), sections[-1])) if len(sections) > 1 else sections[0]
