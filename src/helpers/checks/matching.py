"""Which fact a sentence speaks of, and whether it agrees: words of names against words of sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import islice

from helpers.checks import Evidence
from helpers.facts import Fact, show_fact
from helpers.numbers import PERCENT, POINTS, round_to
from helpers.passages import Sentence
from helpers.reading import KEPT, Amount, content, covers, read_amounts, stem

ALIKE = Decimal("0.6")
FEWEST_SHARED = 2
MOST_LITERALS = 40
"""In one sentence; more are a list somebody pasted, of which the first numbers say enough."""


def own_texts(evidence: Evidence) -> Iterator[Sentence]:
    yield from evidence.sentences


def literals(evidence: Evidence, sentence: Sentence) -> Iterator[Amount]:
    """The amounts a sentence says without a reference; «de to» and «begge de tre» only point back."""
    for amount in islice(read_amounts(sentence.text, evidence.counted), MOST_LITERALS):
        if sentence.referred(amount.start, amount.end):
            continue
        if (
            amount.in_words
            and not amount.unit
            and amount.base is None
            and _POINTS_BACK.search(sentence.text[: amount.start])
        ):
            continue
        yield amount


_POINTS_BACK = re.compile(r"\b(?:de|dei|disse|desse|begge|alle|våre|siste|første|neste)\s+$", re.IGNORECASE)


@dataclass(frozen=True)
class Match:
    """The facts a sentence seems to speak of, and whether one of them agrees with what it says."""

    facts: tuple[Fact, ...]
    agrees: bool


def _alike(words: frozenset[str], fact: Fact) -> Decimal:
    """How much of a fact's name stands in a sentence: 0 to 1; its definition counts where that is nearer."""
    best = Decimal(0)
    for name in _names(fact.label, fact.definition):
        shared = len(words & name)
        if name and shared >= min(FEWEST_SHARED, len(name)):
            best = max(best, Decimal(shared) / len(name))
    return best


@lru_cache(maxsize=KEPT)
def _names(label: str, definition: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a fact's name, and with those of its definition; kept, because every sentence asks."""
    return content(label), content(f"{label} {definition}")


def candidates(text: str, able: Sequence[Fact]) -> list[Fact]:
    """The facts whose names stand in a text best of all, if well enough."""
    words = content(text)
    scored = [(score, fact) for fact in able if (score := _alike(words, fact)) >= ALIKE]
    best = max((score for score, _ in scored), default=Decimal(0))
    return [fact for score, fact in scored if score == best]


def match(evidence: Evidence, sentence: Sentence, amount: Amount) -> Match:
    """The facts a sentence speaks of, by its own words; else by those of its paragraph, where the unit agrees."""
    able = [
        fact
        for fact in evidence.facts
        if fact.number and fact.number.high is None and same_shape(fact, amount) and _same_time(fact, sentence.text)
    ]
    noun = _noun(evidence, sentence.text, amount)
    able = [fact for fact in able if not noun or noun in content(f"{fact.unit} {fact.label}")]
    near = candidates(sentence.text, able)
    if not near:
        unit = {stem(word.strip(".,;:()»")) for word in sentence.text[amount.end :].split(maxsplit=3)[:3]}
        counted = [
            fact for fact in able if (PERCENT in fact.unit and amount.unit == PERCENT) or unit & content(fact.unit)
        ]
        near = candidates(sentence.passage.text, counted) if content(sentence.text) else []
        if not near and not unit & evidence.counted:
            near = candidates(
                sentence.passage.text, [fact for fact in able if len(content(fact.label)) > FEWEST_SHARED]
            )
            near = near if len(near) == 1 else []
    return Match(tuple(near), any(agree(fact, amount) for fact in near))


_YEARS = re.compile(r"\b(?:19|20)\d\d\b")


def _same_time(fact: Fact, text: str) -> bool:
    """Whether a sentence that names years names one of the fact's; else it speaks of another time."""
    told, own = set(_YEARS.findall(text)), set(_YEARS.findall(fact.as_of))
    return not told or not own or bool(told & own)


def _noun(evidence: Evidence, text: str, amount: Amount) -> str:
    """The stem of the noun a count counts, where the word after it is one the audit counts."""
    following = text[amount.end :].split(maxsplit=1)[:1]
    word = stem(following[0].strip(".,;:()»")) if following and not amount.unit and amount.base is None else ""
    return word if word in evidence.counted else ""


def same_shape(fact: Fact, amount: Amount) -> bool:
    if amount.base is not None:
        return fact.n is not None and bool(fact.base)
    if amount.unit == PERCENT:
        return PERCENT in fact.unit or (fact.n is not None and bool(fact.base))
    if amount.unit == POINTS:
        return fact.unit == POINTS
    return fact.unit not in (PERCENT, POINTS)


class Nearest:
    """Texts known by the words that carry meaning, to find the one a sentence is most like.

    A word leads to the texts it stands in, so that only those a sentence shares a word with are looked at.
    """

    def __init__(self, texts: Sequence[frozenset[str]]) -> None:
        self._sizes = [len(words) for words in texts]
        self._having: dict[str, list[int]] = {}
        for number, words in enumerate(texts):
            for word in words:
                self._having.setdefault(word, []).append(number)

    def to(self, words: frozenset[str]) -> tuple[int, float]:
        """The number of the text most like these words (the first of equals), and how much of all their words both
        have, 0 to 1 (Jaccard)."""
        shared: dict[int, int] = {}
        for word in words:
            for number in self._having.get(word, ()):
                shared[number] = shared.get(number, 0) + 1
        best, most = 0, 0.0
        for number in sorted(shared):
            alike = shared[number] / (len(words) + self._sizes[number] - shared[number])
            if alike > most:
                best, most = number, alike
        return best, most


def pairs_alike(texts: Sequence[frozenset[str]], at_least: float) -> list[tuple[int, int, float]]:
    """Every two texts that share so much of their words, by their numbers, with how much it is, 0 to 1 (Jaccard)."""
    found = []
    having: dict[str, list[int]] = {}
    for number, words in enumerate(texts):
        shared: dict[int, int] = {}
        for word in words:
            before = having.setdefault(word, [])
            for other in before:
                shared[other] = shared.get(other, 0) + 1
            before.append(number)
        for other, count in shared.items():
            alike = count / (len(words) + len(texts[other]) - count)
            if alike >= at_least:
                found.append((other, number, alike))
    return sorted(found)


def agree(fact: Fact, amount: Amount) -> bool:
    if amount.base is not None:
        return (Decimal(fact.n or 0), Decimal(fact.base or 0)) == (amount.number.value, amount.base.value)
    if amount.unit == PERCENT and fact.unit != PERCENT:
        share = Decimal(100 * (fact.n or 0)) / (fact.base or 1)
        return covers(amount.number, share) or round_to(share, amount.number.places) == amount.number.value
    if fact.number is None:
        return False
    rounded = round_to(fact.number.value, amount.number.places) == amount.number.value
    return covers(amount.number, fact.number.value) or (rounded and fact.unit == PERCENT)


def said(evidence: Evidence, fact: Fact, amount: Amount) -> str:
    """What the register says, in the form the sentence used."""
    pair = fact.n is not None and fact.base
    form = "n av N" if amount.base is not None and pair else ""
    text = show_fact(evidence.audit, fact, form)
    if amount.unit == PERCENT and fact.unit != PERCENT and pair:
        share = round_to(Decimal(100 * (fact.n or 0)) / (fact.base or 1), max(1, amount.number.places))
        text = f"{fact.n} av {fact.base}, {evidence.audit.words.decimal(share)} %"
    return text


def reference(fact: Fact, amount: Amount) -> str:
    name = fact.row if not fact.column else fact.id
    if amount.base is not None:
        return f"{{{{{name}|n av N}}}}"
    share = amount.unit == PERCENT and fact.unit not in (PERCENT, POINTS)
    return f"{{{{{name}|prosent {amount.number.places}}}}}" if share else f"{{{{{name}}}}}"


COUNTED_SHEETS = ("saker", "svar", "undersøkelser", "tall")


def is_share(evidence: Evidence, fact: Fact) -> bool:
    """Whether n of N is a share of people or cases, not rows of one kind among all the rows of a sheet."""
    if fact.n is None or not fact.base:
        return False
    row = evidence.audit.row("measures", fact.row) if fact.register == "measures" else None
    if row is None or row["base_where"] or row["kind"] == "andel":
        return True
    return row["over"].lower().split(" ")[0] in COUNTED_SHEETS
