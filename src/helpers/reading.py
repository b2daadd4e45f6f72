"""Reading Norwegian prose, bokmål and nynorsk: sentences, amounts, bounds, quantifiers, and who speaks.

Nothing here knows an audit. Every reader is linear in the length of the text and never raises: text that
is no language at all gives fewer amounts, not an error. Bounds and fractions follow practice, section 6.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

from helpers.dates import MONTHS
from helpers.numbers import MOST_DECIMALS, MOST_DIGITS, PERCENT, POINTS, Kind, Number

Voice = Literal["own", "reported", "quoted"]


@cache
def _vocabulary() -> dict[str, Any]:
    return tomllib.loads(files("helpers").joinpath("reference/reading.toml").read_text(encoding="utf-8"))


def _either(words: Iterable[str]) -> str:
    """A pattern for any of some words, the longest first; spaces may be any white space.

    It looks at the first letter before it tries the words: most places begin none of them.
    """
    known = [word.replace(" ", r"\s+") for word in sorted(words, key=len, reverse=True)]
    first = "".join(sorted({word[0] for word in known}))
    return f"(?=[{first}])(?:{'|'.join(known)})" if first.isalpha() else f"(?:{'|'.join(known)})"


_NUMBERS = _vocabulary()["numbers"]
_NUMERALS: dict[str, int] = _NUMBERS["numerals"]
_ONES: dict[str, int] = dict.fromkeys(_NUMBERS["ones"], 1)
_TENS: dict[str, int] = _NUMBERS["tens"]
_POWERS: dict[str, int] = _NUMBERS["powers"]
_DENOMINATORS: dict[str, int] = _NUMBERS["denominators"]

_ANY_NUMERAL = _either([*_NUMERALS, *_ONES])
_ANY_TEN = _either(_TENS)
_WORD = re.compile(rf"\b(?:(?:{_ANY_TEN})(?:{_ANY_NUMERAL})?|{_ANY_NUMERAL}|{'|'.join(_POWERS)})\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)(?:,\d+)?|\d+(?:,\d+)?")
_HALF = re.compile(r"\s+og\s+(?:et|en|ein|eit)\s+halv[t]?\b", re.IGNORECASE)
_FRACTION = re.compile(
    rf"\b(?P<half>halvparten|halvdelen|halvannen|halvannet|halvtanna)\b"
    rf"|\b(?P<n>en|én|ein|éin|{'|'.join(_NUMERALS)})\s+"
    rf"(?:(?P<d>{'|'.join(_DENOMINATORS)})(?:del|dels|delen|deler|delar|delene|delane)|(?P<q>kvart))\b",
    re.IGNORECASE,
)
_OF = re.compile(
    r"\s+(?:\([^()]{0,40}\)\s+)?av\s+(?:(?:de|dei|i alt|totalt|til sammen|alle|våre|hele)\s+)*", re.IGNORECASE
)
_UNIT = re.compile(r"\s?(?:(?P<points>prosentpoeng|prosenteiningar)|(?P<percent>%|prosent\b|pst\b\.?))", re.IGNORECASE)
_DASH = re.compile(r"\s?[–-]\s?|\s+til\s+|\s+og\s+", re.IGNORECASE)
_BOUNDS: dict[Kind, list[str]] = _vocabulary()["bounds"]
_BEFORE = tuple(
    (re.compile(rf"(?:^|(?<=\W))(?:{_either(words)})\s*$", re.IGNORECASE), kind) for kind, words in _BOUNDS.items()
)
_NO_BOUND = re.compile(r"\b(?:list\w*|oversikt\w*|register\w*|kart|fordelt|delt)\s+over\s*$", re.IGNORECASE)
_LOOK_BACK = 30

_MASK = "¤"
LONGEST_SENTENCE = 2_000
"""In characters; the longest sentences of published reports are under 600."""
KEPT = 20_000
"""How many readings of sentences and words are kept for the next check that asks."""
_NO_AMOUNT = re.compile(
    rf"""§+\s?[\w\-–, og]{{0,60}}?\d[\w-]*(?:\s?(?:[,–-]|og|til)\s?\d[\w-]*)*   # paragraphs of laws
      | \b(?:nr|pkt|punkt|kap|kapittel|kapitlene|avsnitt|sak|saksnr|art|side|s(?=\.)|linje|rad|tabell|figur|diagram
          |vedlegg|fotnote|kl|kommunenr|kommunenummer|tlf|telefon|org\.?nr|Meld\.\s?St|Prop|St\.meld|Ot\.prp)
          \.?[\s-]*\d[\d/.:–-]*\w*
      | \b(?-i:LOV|FOR|IS)[\s-]\d[\d/.:–-]*\w*
      | \A\s*\d{{1,9}}[.)](?=\s|\Z)                        # the number of a list's item
      | (?<![\d.])\d+\.\d+(?![\d.])                      # a decimal point, or a dot in thousands: not ours to guess
      | \b\d{{1,2}}\.\s?\d{{1,2}}\.(?:\s?\d{{2,4}})?       # dates
      | \b\d{{1,2}}\.\s(?:{"|".join(MONTHS)})\b
      | \b\d{{1,2}}\.\s?\d{{4}}\b
      | \b[A-ZÆØÅ]{{1,5}}-?\d+\w*\b                      # P1, K12
      | \bRSK\s?\d+ | \b24[/:]7\b | \b\d+-trinn\w*
      | \b\d{{1,2}}\.\s?(?:og\s\d{{1,2}}\.\s)?(?:klasse|trinn|kvartal|halvår)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DATED = re.compile(
    rf"(?:\b(?:i|fra|siden|innen|før|etter|per|til|og|året|sommeren|høsten|våren|vinteren|{'|'.join(MONTHS)})\s|[-–/.])$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d(?:[–/-](?:\d{4}|\d{2}))?\b(?!\s?(?:%|prosent|kr\b|kroner))")
_PER = re.compile(r"\bpe?r\.?\s+$", re.IGNORECASE)
_NEXT_WORD = re.compile(r"\s+([^\W\d_]+)")


@dataclass(frozen=True)
class Amount:
    """A number as prose says it.

    Attributes:
        number: the value with its bound; a fraction is per cent with the bound it holds for.
        unit: ``prosent``, ``prosentpoeng`` or empty.
        base: N, in «to av syv».
        start: where it begins in the text, the bound not counted; ``end`` where it ends.
        in_words: whether it is written in words.
    """

    number: Number
    unit: str
    start: int
    end: int
    written: str
    base: Number | None = None
    in_words: bool = False


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of every sentence; a full stop after an abbreviation or an ordinal ends none."""
    found = []
    start = 0
    for match in _STOP.finditer(text):
        before = text[max(start, match.start() - 12) : match.start()]
        numbered = before[-1:].isdigit() and text[match.end() : match.end() + 1].isdigit()
        if match[0][0] == "." and (_NO_STOP.search(before) or numbered):
            continue
        found.append((start, match.start() + 1))
        start = match.end()
    if text[start:].strip():
        found.append((start, len(text)))
    return [piece for start, end in found for piece in _readable(text, start, end)]


def _readable(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence no person wrote is read in pieces: what looks back and forth in one stays linear in the text."""
    while end - start > LONGEST_SENTENCE:
        space = text.rfind(" ", start + 1, start + LONGEST_SENTENCE)
        stop = space if space > start else start + LONGEST_SENTENCE
        yield start, stop
        start = stop
    yield start, end


_STOP = re.compile(r"[.!?][»\")]?\s+(?=[A-ZÆØÅ«\d])")
_NO_STOP = re.compile(rf"(?:\b(?:{_either(_vocabulary()['grammar']['abbreviations'])})|\b[A-ZÆØÅ])$", re.IGNORECASE)


def read_amounts(text: str, units: frozenset[str] = frozenset()) -> list[Amount]:
    """Every amount in a text, in order.

    Years, dates, paragraphs of laws and numbers in names are none; four digits that could be a year are
    an amount when a word of ``units`` (stems, see `stem`) follows. Without «av» after it, «en» is an article.
    """
    return list(_amounts(text, units))


@lru_cache(maxsize=KEPT)
def _amounts(text: str, units: frozenset[str]) -> tuple[Amount, ...]:
    """Kept, because a dozen checks read the same sentences."""
    masked = text
    if _DIGIT.search(text):
        masked = _NO_AMOUNT.sub(lambda match: _MASK * len(match[0]), text)
        masked = _YEAR.sub(lambda match: match[0] if _counted(masked, match, units) else _MASK * len(match[0]), masked)
    atoms = sorted([*_digit_atoms(masked), *_word_atoms(masked), *_fraction_atoms(masked)], key=lambda atom: atom.start)
    return tuple(_bounded(masked, amount) for amount in _pairs(masked, _without_overlap(atoms)))


def _counted(text: str, year: re.Match[str], units: frozenset[str]) -> bool:
    """Whether four digits are a count and no year: a unit follows, and no word of time stands before."""
    following = _NEXT_WORD.match(text, year.end())
    dated = _DATED.search(text[max(0, year.start() - 12) : year.start()])
    return following is not None and not dated and stem(following[1]) in units


def _digit_atoms(text: str) -> Iterator[Amount]:
    for match in _DIGITS.finditer(text):
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        clean = re.sub(r"\s", "", match[0]).replace(",", ".")
        whole, _, decimals = clean.partition(".")
        if before.isalpha() or after.isalpha() or len(whole) > MOST_DIGITS or len(decimals) > MOST_DECIMALS:
            continue
        if not clean.replace(".", "").isascii():
            continue  # digits of another script: the text check of unreadable signs tells
        yield Amount(Number(Decimal(clean)), "", match.start(), match.end(), match[0])


def _word_atoms(text: str) -> Iterator[Amount]:
    """Numerals in words, those that belong together read as one: «hundre og femti», «to tusen»."""
    group: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        if group and not _belongs(text[group[-1].end() : match.start()], group, match[0]):
            yield from _numeral(text, group)
            group = []
        group.append(match)
    yield from _numeral(text, group)


def _belongs(gap: str, group: Sequence[re.Match[str]], word: str) -> bool:
    last = group[-1][0].lower()
    return (gap.isspace() and (word.lower() in _POWERS or last in _POWERS)) or (gap == " og " and last in _POWERS)


def _numeral(text: str, group: Sequence[re.Match[str]]) -> Iterator[Amount]:
    if not group or (len(group) == 1 and group[0][0].lower() in _ONES and not _OF.match(text, group[0].end())):
        return
    if all(match[0].lower() in _POWERS for match in group) and (
        group[0][0].lower() not in ("hundre", "tusen")
        or _PER.search(text[max(0, group[0].start() - 5) : group[0].start()])
    ):
        return  # «1,5 millioner», «per tusen innbyggere»: part of a unit
    total = current = 0
    for match in group:
        word = match[0].lower()
        if word in _POWERS:
            current = max(current, 1) * _POWERS[word]
            if _POWERS[word] >= 1000:
                total, current = total + current, 0
        else:
            current += _small(word)
    start, end = group[0].start(), group[-1].end()
    if total + current < 10**MOST_DIGITS:
        yield Amount(Number(Decimal(total + current)), "", start, end, text[start:end], in_words=True)


@cache
def _small(word: str) -> int:
    known = {**_NUMERALS, **_ONES, **_TENS}
    if word in known:
        return known[word]
    ten = next(ten for ten in sorted(_TENS, key=len, reverse=True) if word.startswith(ten))
    return _TENS[ten] + {**_NUMERALS, **_ONES}[word.removeprefix(ten)]


def _fraction_atoms(text: str) -> Iterator[Amount]:
    for match in _FRACTION.finditer(text):
        if match["half"] and match["half"].lower().startswith(("halvann", "halvtann")):
            number, unit = Number(Decimal("1.5")), ""
        else:
            n = 1 if match["half"] or match["n"].lower() in _ONES else _NUMERALS[match["n"].lower()]
            d = 2 if match["half"] else 4 if match["q"] else _DENOMINATORS[match["d"].lower()]
            number, unit = fraction(n, d), PERCENT
        yield Amount(number, unit, match.start(), match.end(), match[0], in_words=True)


def fraction(n: int, d: int) -> Number:
    """What a fraction in words holds for, in per cent: «en tredel» 30 to 37, «to tredeler» 63 to 70."""
    share = Decimal(100 * n) / d
    if d == 2:
        return Number(Decimal(50))
    return Number(
        (share - Decimal("3.4")).quantize(Decimal(1)), "interval", (share + Decimal("3.4")).quantize(Decimal(1))
    )


def _without_overlap(atoms: Sequence[Amount]) -> list[Amount]:
    """Of two readings of the same letters the longer stands: «to tredeler» is no «to»."""
    kept: list[Amount] = []
    for atom in sorted(atoms, key=lambda atom: (atom.start, -atom.end)):
        if kept and atom.start < kept[-1].end:
            continue
        kept.append(atom)
    return kept


def _pairs(text: str, atoms: Sequence[Amount]) -> Iterator[Amount]:
    """Join what is one amount: a half, per cent, an interval, n of N."""
    index = 0
    while index < len(atoms):
        amount = _with_unit(text, _with_half(text, atoms[index]))
        index += 1
        following = atoms[index] if index < len(atoms) else None
        if following and not amount.unit and _is_range(text, amount, following):
            high = _with_half(text, following)
            amount = replace(
                amount, number=Number(amount.number.value, "interval", high.number.value),
                end=high.end, written=text[amount.start : high.end],
            )  # fmt: skip
            amount = _with_unit(text, amount)
            index += 1
        elif following and not amount.unit and (of := _OF.match(text, amount.end)) and of.end() == following.start:
            amount = replace(
                amount, base=following.number, end=following.end, written=text[amount.start : following.end]
            )
            index += 1
        if amount.in_words and amount.number.value == 1 and amount.base is None:
            continue  # «en av informantene»: an article, or one told by name
        yield amount


def _with_half(text: str, amount: Amount) -> Amount:
    half = _HALF.match(text, amount.end)
    if not half or amount.unit:
        return amount
    number = Number(amount.number.value + Decimal("0.5"))
    return replace(amount, number=number, end=half.end(), written=text[amount.start : half.end()])


def _with_unit(text: str, amount: Amount) -> Amount:
    unit = None if amount.unit else _UNIT.match(text, amount.end)
    if not unit:
        return amount
    name = POINTS if unit["points"] else PERCENT
    return replace(amount, unit=name, end=unit.end(), written=text[amount.start : unit.end()])


def _is_range(text: str, low: Amount, high: Amount) -> bool:
    dash = _DASH.match(text, low.end)
    if not dash or dash.end() != high.start or low.number.high or high.number.high:
        return False
    if dash[0].strip() in ("til", "og"):
        word = "mellom" if dash[0].strip() == "og" else ("fra", "frå")
        if not text[max(0, low.start - 8) : low.start].lower().rstrip().endswith(word):
            return False
    return low.number.value < high.number.value


def _bounded(text: str, amount: Amount) -> Amount:
    """The amount under the bound before it; the words of a bound can stand after «på» and «i»."""
    before = text[max(0, amount.start - _LOOK_BACK) : amount.start]
    kind = next((kind for pattern, kind in _BEFORE if pattern.search(before)), None)
    if kind is None or _NO_BOUND.search(before):
        return amount
    number = replace(amount.number, kind=kind)
    if amount.in_words and amount.unit == PERCENT and kind in ("more", "less"):  # «over halvparten» is all above
        low, high = (number.value, Decimal(100)) if kind == "more" else (Decimal(0), number.high or number.value)
        number = Number(low, "interval", high)
    return replace(amount, number=number)


def covers(number: Number, value: Decimal) -> bool:
    """Whether a number as prose prints it can stand for a value.

    «ca. 94» holds 93,5 to 94,5 and round numbers (multiples of ten) ± 5 %; «opp mot», «nesten» 90 to 100 %;
    «over», «i overkant av» 100 to 110 % (practice, section 6); an interval holds what lies within it.
    """
    if number.high is not None:
        return number.value <= value <= number.high
    if number.kind == "about":
        if number.value % 10 == 0:
            return abs(value - number.value) * 20 <= abs(number.value)
        return abs(value - number.value) <= Decimal("0.5").scaleb(int(number.value.as_tuple().exponent))
    share = 10 * value
    return {
        "exact": value == number.value,
        "interval": value == number.value,
        "at most": 9 * number.value <= share <= 10 * number.value,
        "less": 9 * number.value <= share < 10 * number.value,
        "at least": number.value <= value,
        "more": 10 * number.value < share <= 11 * number.value,
    }[number.kind]


QUANTIFIERS = {word: key for key, words in _vocabulary()["quantifiers"].items() for word in words}
_QUANTIFIER = re.compile(
    rf"\b(?P<word>{_either(QUANTIFIERS)})\b"
    r"(?P<between>(?:\s+(?:av|de|dei|disse|desse|våre|andre|som|vi|ulike|to|tre|fire|fem|seks|sju|syv|åtte|ni|ti)\b)*)",
    re.IGNORECASE,
)  # fmt: skip
_NOUN_PHRASE = re.compile(r"\s+(?P<a>[^\W\d_][\w-]*)(?:\s+(?P<b>[^\W\d_][\w-]*))?(?:\s+(?P<c>[^\W\d_][\w-]*))?")


@dataclass(frozen=True)
class Quantifier:
    """A quantifying word with the words after it: the noun it counts is one of ``nouns``."""

    key: str
    written: str
    nouns: tuple[str, ...]
    start: int
    end: int


def read_quantifiers(text: str) -> list[Quantifier]:
    """Every «alle», «ingen», «de fleste» … with the stems of up to three words that follow."""
    found = []
    for match in _QUANTIFIER.finditer(text):
        phrase = _NOUN_PHRASE.match(text, match.end())
        nouns = tuple(stem(word) for word in phrase.groups() if word) if phrase else ()
        found.append(
            Quantifier(
                QUANTIFIERS[" ".join(match["word"].lower().split())], match["word"], nouns, match.start(), match.end()
            )
        )
    return found


_ENDINGS: list[str] = _vocabulary()["grammar"]["endings"]
_SHORTEST = 3


@lru_cache(maxsize=KEPT)
def stem(word: str) -> str:
    """A word without its ending, so that «brukere», «brukerne» and «brukarane» meet; no dictionary."""
    low = word.lower()
    for ending in _ENDINGS:
        if low.endswith(ending) and len(low) - len(ending) >= _SHORTEST:
            return low.removesuffix(ending)
    return low


_STOPWORDS = frozenset(_vocabulary()["grammar"]["stopwords"])
_TOKEN = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=KEPT)
def content(text: str) -> frozenset[str]:
    """The stems of the words that carry meaning; what two texts share tells whether they say the same thing."""
    return frozenset(stem(word) for word in _TOKEN.findall(text.lower()) if len(word) > 2 and word not in _STOPWORDS)


_VOICE: dict[str, list[str]] = _vocabulary()["voice"]
_SPEECH_VERB = re.compile(rf"\b(?:{_either(_VOICE['speech'])})\b", re.IGNORECASE)
_ATTRIBUTED = re.compile(rf"\b(?:{_either(_VOICE['attributed'])})\b", re.IGNORECASE)
_AUDITOR = re.compile(rf"\b(?:{_either(_VOICE['auditor'])})\b", re.IGNORECASE)
_LAW = re.compile(rf"§|\b(?:{_either(_VOICE['norms'])})\s+(?:{_either(_VOICE['norm_verbs'])})\b", re.IGNORECASE)
_LONGEST_SUBJECT = 4


def voice(sentence: str, at: int = -1) -> Voice:
    """Who speaks in a sentence, or at a place in it.

    *reported* is somebody's claim, told as such («lederen sier at alle …»); *quoted* is law, plan or
    words in quotation marks; else it is the auditor's own voice. A quantified subject («alle informanter
    sier») is the auditor's own count, though a speech verb follows.
    """
    if at >= 0 and _inside_quotes(sentence, at):
        return "quoted"
    if _LAW.search(sentence):
        return "quoted"
    if _ATTRIBUTED.search(sentence):
        return "reported"
    for verb in _SPEECH_VERB.finditer(sentence):
        subject = sentence[max(0, verb.start() - 40) : verb.start()]
        after = sentence[verb.end() : verb.end() + 20]
        if _AUDITOR.search(subject) or re.match(rf"\s+(?:ikke\s+)?{_AUDITOR.pattern}", after, re.IGNORECASE):
            continue
        if 0 <= at < verb.start() and len(_TOKEN.findall(sentence[at : verb.start()])) <= _LONGEST_SUBJECT:
            return "own"
        return "reported"
    return "own"


def _inside_quotes(text: str, at: int) -> bool:
    return text.rfind("«", 0, at) > text.rfind("»", 0, at)


_MODALS = tuple(
    (name, re.compile(rf"\b(?:{_either(words)})\b", re.IGNORECASE)) for name, words in _vocabulary()["modality"].items()
)


def modal_words(text: str) -> set[str]:
    """Every modal word of a text, by its kind."""
    return {name for name, pattern in _MODALS if pattern.search(text)}


def first_modal(text: str) -> str:
    """The modal word that stands first, by its kind; ``er`` when there is none."""
    found = [(match.start(), name) for name, pattern in _MODALS if (match := pattern.search(text))]
    return min(found)[1] if found else "er"


def modality(text: str) -> str:
    """The strongest modal word of a sentence: skal, må, bør, kan; ``er`` when there is none."""
    return next((name for name, pattern in _MODALS if pattern.search(text)), "er")
