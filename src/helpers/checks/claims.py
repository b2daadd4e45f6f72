"""Numbers in text against facts: does every number the auditor writes agree with the registers and with itself?

A sentence is matched with the facts whose names share its words; what it says is then held against what
they say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from helpers.checks import Evidence, Hit, check
from helpers.checks.matching import agree, candidates, literals, match, own_texts, reference, said, same_shape
from helpers.facts import Fact
from helpers.numbers import PERCENT, POINTS, round_to
from helpers.passages import Passage, Sentence
from helpers.populations import in_cases, in_surveys
from helpers.reading import Amount, content, covers, read_amounts, stem, voice

DURATIONS = frozenset(stem(word) for word in ("år", "måneder", "uker", "timer", "dager", "minutter"))


def _contradictions(evidence: Evidence) -> Iterator[tuple[Sentence, Amount, Fact]]:
    for sentence in own_texts(evidence):
        for amount in literals(evidence, sentence):
            alike = match(evidence, sentence, amount)
            if alike.facts and not alike.agrees and _speaker(sentence.text, amount) == "own":
                yield sentence, amount, alike.facts[0]


_BY_THE_BOOK = re.compile(r"\b(?:ifølge|i følge|ifølgje|i følgje) (?:rapporten|registrene|registra)\b", re.IGNORECASE)


def _speaker(text: str, amount: Amount) -> str:
    """Who says a number; «ifølge rapporten» is nobody else."""
    return voice(_BY_THE_BOOK.sub(lambda match: " " * len(match[0]), text), amount.start)


def _contradicted(name: str, shape: str) -> None:
    """One check for each shape a number has in text, because each is a class of its own."""

    @check(name)
    def run(evidence: Evidence, register: str) -> Iterator[Hit]:
        for sentence, amount, fact in evidence.once(_contradictions):
            if _shape(amount, fact) == shape:
                yield Hit(
                    sentence.place,
                    f"Det står {amount.written}. {fact.label} er {said(evidence, fact, amount)}",
                    "Det samme i tekst og register",
                    f"Sett inn {reference(fact, amount)}, så følger setningen registeret.",
                    tuple(cell.place for cell in fact.cells[:3]),
                )


def _shape(amount: Amount, fact: Fact) -> str:
    """How a number stands to its fact: a share, a percentage of a count, a number word, or the measure itself."""
    if amount.base is not None or _is_fraction(amount):
        return "share"
    if amount.unit == PERCENT and fact.n is not None and fact.base:
        return "percent"
    return "word" if amount.in_words else "count"


_contradicted("andel-i-tekst", "share")
_contradicted("prosent-i-tekst", "percent")
_contradicted("tall-i-tekst", "count")
_contradicted("tallord-i-tekst", "word")


@check("utsagn-mot-register")
def statements(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A number in a statement that the register has otherwise (class 3): the statement names the measure.

    What was told may differ from the count, until *Motsies av* or *Avklaring* shows it: then it is milder.
    """
    for row in evidence.audit.rows(register):
        if row["clarification"] or row["contradicted_by"]:
            continue
        sentence = Sentence(Passage(row, row["text"], "", "text"), 0, row["text"], (), ())
        for amount in read_amounts(row["text"], evidence.counted):
            able = [f for f in evidence.facts if f.number and f.number.high is None and same_shape(f, amount)]
            able = [f for f in able if f.register != "measures" or f.n is not None]  # no differences and sums
            unit = {stem(word.strip(".,;:()»")) for word in row["text"][amount.end :].split(maxsplit=2)[:2]}
            able = [f for f in able if amount.unit or amount.base or unit & content(f.unit)]
            near = candidates(sentence.text, able)
            if near and not any(agree(fact, amount) for fact in near):
                yield Hit(
                    row.place("text"),
                    f"Utsagnet sier {amount.written}. {near[0].label} er {said(evidence, near[0], amount)}",
                    "Samme tall, eller hva som skiller dem",
                    "Rett tallet, eller fyll ut Motsies av og Avklaring.",
                    tuple(cell.place for cell in near[0].cells[:3]),
                    mild=row["known"] == "fortalt",
                )


@check("tall-uten-referanse")
def typed_numbers(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A number typed by hand, which no correction would reach (class 12); told elsewhere when a fact contradicts it."""
    for sentence in own_texts(evidence):
        for amount in literals(evidence, sentence):
            alike = match(evidence, sentence, amount)
            who = _speaker(sentence.text, amount)
            told = who == "quoted" or (alike.facts and not alike.agrees and who == "own")  # said by another check
            if told or (_is_fraction(amount) and (alike.agrees or not _of_population(evidence, sentence, amount))):
                continue
            same = next((fact for fact in alike.facts if agree(fact, amount)), None)
            found = f"«{amount.written}» er skrevet rett inn i teksten"
            if same:
                do = f"Sett inn {reference(same, amount)}, så følger setningen registeret."
            else:
                do = "Sett inn en referanse, {{tall-id}}, så følger setningen registeret, eller før tallet inn i Tall."
            yield Hit(sentence.place, found, "Tall i tekst er referanser, årstall, datoer eller paragrafer", do)


def _is_fraction(amount: Amount) -> bool:
    """«halvparten», «en tredel»: a quantifier as much as a number."""
    return amount.in_words and amount.unit == PERCENT


def _of_population(evidence: Evidence, sentence: Sentence, amount: Amount) -> bool:
    """Whether a fraction is of people or cases the audit counted, and nothing it cites says the same."""
    words = [stem(word.strip(".,;:()»")) for word in sentence.text[amount.end :].split(maxsplit=4)[:4]]
    people = evidence.informants | in_cases(evidence.audit) | in_surveys(evidence.audit)
    rows = [row for id in sentence.cited if (row := evidence.audit.row("evidence", id))]
    backed = any(other.number == amount.number for row in rows for other in read_amounts(row["text"]))
    return bool(people & set(words)) and voice(sentence.text, amount.start) == "own" and not backed


_SAME_THING = re.compile(
    r"(?:\(|\baltså|\bdvs\.?|\bdet vil si|\beller|\bsom er|\btilsvar\w*|\butgj\w*|\bnoe som er|,)\s*"
    r"(?:(?:om lag|omtrent|ca\.?|rundt|nesten|en andel på)\s+)?$",
    re.IGNORECASE,
)
_RESPONSE_RATE = re.compile(r"\bsvar(?:prosent|andel|del)\w*\b", re.IGNORECASE)


@check("prosent-ved-antall")
def percent_beside_count(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«19 av 151 (12,5 prosent)», or a response rate beside sent and answered, that do not agree (class 2)."""
    words = evidence.audit.words
    for sentence in own_texts(evidence):
        amounts = read_amounts(sentence.text, evidence.counted)
        if _WEIGHTED.search(sentence.text):
            continue
        for part, whole, share in _shares_told(sentence.text, amounts):
            right = 100 * part / whole
            if round_to(right, share.number.places) != share.number.value and not (
                share.number.kind != "exact" and covers(share.number, right)
            ):
                yield Hit(
                    sentence.place,
                    f"Det står {share.written}. {words.decimal(part)} av {words.decimal(whole)} er "
                    f"{words.decimal(round_to(right, 2))} %",
                    f"{words.decimal(round_to(right, share.number.places))} %",
                    "Rett prosenten, eller sett inn {{tall-id|prosent 1}}.",
                    mild=0 < right - share.number.value < Decimal(1).scaleb(-share.number.places),
                )


_WEIGHTED = re.compile(r"\bvekt(?:et|a|ede)\b", re.IGNORECASE)


def _shares_told(text: str, amounts: Sequence[Amount]) -> Iterator[tuple[Decimal, Decimal, Amount]]:
    """Part, whole and the percentage that a sentence says they make."""
    for pair, share in pairwise(amounts):
        if pair.base and pair.base.value and share.unit == PERCENT and _SAME_THING.search(text[pair.end : share.start]):
            yield pair.number.value, pair.base.value, share
    rate = _RESPONSE_RATE.search(text)
    counts = [amount for amount in amounts if not amount.unit and amount.base is None]
    after = [amount for amount in amounts if rate and amount.start >= rate.end() and amount.base is None]
    before = [amount for amount in counts if rate and amount.end <= rate.start()]
    if after and len(before) == 2 and max(one.number.value for one in before):
        low, high = sorted(one.number.value for one in before)
        yield low, high, after[0]


@check("sum-i-tekst")
def sums_told(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«69 om våren og 41 om høsten, til sammen 107»: a sum that its own sentence does not make (class 1)."""
    words = evidence.audit.words
    for sentence in own_texts(evidence):
        mark = _ALTOGETHER.search(sentence.text)
        amounts = read_amounts(sentence.text, evidence.counted) if mark else []
        exact = [one for one in amounts if not one.unit and one.base is None and one.number.kind == "exact"]
        terms = [one for one in exact if mark and one.end <= mark.start()]
        total = next((one for one in exact if mark and one.start >= mark.end()), None)
        if not mark or not total or len(terms) < 2 or total.start - mark.end() > _NEAR:
            continue
        values = [one.number.value for one in terms]
        made = sum(values, Decimal(0))
        fitting = {sum(values[index:], Decimal(0)) for index in range(len(values) - 1)}
        fitting |= {one * other for one, other in pairwise(values)}  # «tre grupper med ni i hver»
        if total.number.value not in fitting and total.number.value > max(values):
            shown = " + ".join(words.decimal(one.number.value) for one in terms)
            yield Hit(
                sentence.place,
                f"Det står til sammen {total.written}, men {shown} er {words.decimal(made)}",
                words.decimal(made),
                "Rett summen, eller la et måltall regne den ut.",
            )


_ALTOGETHER = re.compile(r"\b(?:til sammen|tilsammen|i alt|totalt|samlet|til saman|i sum|samla)\b", re.IGNORECASE)
_NEAR = 12


@check("del-over-hele-i-tekst")
def part_above_whole(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«18 av 17»: more than there are (class 4)."""
    for sentence in own_texts(evidence):
        for amount in read_amounts(sentence.text, evidence.counted):
            if amount.base and amount.number.value > amount.base.value:
                yield Hit(
                    sentence.place,
                    f"«{amount.written}»: delen er større enn hele",
                    "",
                    "Rett ett av tallene, eller sett inn {{tall-id|n av N}}.",
                )


KINDS_OF_UNIT = tuple(
    frozenset(stem(word) for word in words.split())
    for words in (
        "personer brukere ansatte tilsette elever pasienter barn ungdommer beboere informanter deltakere pårørende",
        "årsverk stillinger", "vedtak", "henvisninger søknader henvendelser tilvisingar", "husstander familier",
        "boliger leiligheter", "kroner kr", "avvik", "planer",
    )
)  # fmt: skip
"""Units that are never each other's other word."""


@check("enhet-i-tekst")
def wrong_unit(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A reference followed by another kind of unit than its fact has: «vedtak» of a count of users (class 6)."""
    for sentence in own_texts(evidence):
        for start, end, id in sentence.facts:
            fact = evidence.facts.by_id[id]
            following = _NEXT.match(sentence.text, end)
            said, counted = _kind_of_unit(stem(following[1]) if following else ""), _kind_of_unit(*_stems(fact.unit))
            named = content(f"{fact.label} {fact.definition}")
            if said and counted and said is not counted and following and not said & (named | set(_stems(fact.unit))):
                yield Hit(
                    sentence.place,
                    f"Det står «{sentence.text[start : following.end()]}», men {fact.label} er {fact.unit}",
                    fact.unit,
                    "Rett ordet, eller sett inn riktig tall.",
                    tuple(cell.place for cell in fact.cells[:3]),
                )


_NEXT = re.compile(r"\s+([^\W\d_]{3,})")


def _stems(text: str) -> list[str]:
    return [stem(word) for word in text.split()]


def _kind_of_unit(*words: str) -> frozenset[str] | None:
    return next((kind for kind in KINDS_OF_UNIT if kind & set(words)), None)


@check("grense-i-tekst")
def bounds(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«over» or «under» before a reference whose fact is exactly that number (class 12)."""
    for sentence in own_texts(evidence):
        for amount in read_amounts(sentence.text, evidence.counted):
            ids = sentence.referred(amount.start, amount.end)
            fact = evidence.facts.by_id.get(ids[0]) if len(ids) == 1 else None
            if not fact or not fact.number or amount.number.kind not in ("less", "more") or amount.base is not None:
                continue
            if fact.number.kind == "exact" and fact.number.value == amount.number.value and not _duration(fact):
                yield Hit(
                    sentence.place,
                    f"Grensen foran {amount.written} stemmer ikke: {fact.label} er nøyaktig "
                    f"{said(evidence, fact, amount)}",
                    "",
                    "Ta ut «over» eller «under», eller sett inn tallet som er grensen.",
                    tuple(cell.place for cell in fact.cells[:3]),
                )


def _duration(fact: Fact) -> bool:
    return any(stem(word) in DURATIONS for word in fact.unit.split())


@check("prosent-for-prosentpoeng")
def percent_for_points(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A difference between two percentages called per cent (class 6): in Måltall, or in text after a reference."""
    audit = evidence.audit
    for row in audit.rows("measures") if register else ():
        operands = [evidence.facts.by_id.get(evidence.facts.names.get(name, "")) for name in row.refs("operands")]
        if row["kind"] == "differanse" and row["unit"] == PERCENT and all(f and f.unit == PERCENT for f in operands):
            yield Hit(
                row.place("unit"),
                f"{row['label']}: forskjellen mellom to prosenttall er ført som prosent",
                "prosentpoeng",
                "Sett Enhet til prosentpoeng.",
            )
    for sentence in own_texts(evidence) if not register else ():
        for amount in read_amounts(sentence.text, evidence.counted):
            facts = [evidence.facts.by_id[id] for id in sentence.referred(amount.start, amount.end)]
            match = _points_like(evidence, sentence, amount) if amount.unit == PERCENT else None
            if amount.unit == PERCENT and any(fact.unit == POINTS for fact in facts):
                match = facts[0]
            if amount.unit == PERCENT and not match and _difference(sentence.text, amount, evidence):
                yield Hit(
                    sentence.place,
                    f"«{amount.written}» er en forskjell mellom to prosenttall i samme setning",
                    f"{evidence.audit.words.decimal(amount.number.value)} prosentpoeng",
                    "Skriv prosentpoeng.",
                )
            if match:
                yield Hit(
                    sentence.place,
                    f"«{amount.written}» er en forskjell mellom to prosenttall",
                    f"{evidence.audit.words.decimal(match.number.value) if match.number else ''} prosentpoeng",
                    f"Skriv prosentpoeng, eller sett inn {reference(match, amount)}.",
                )


_CHANGED = re.compile(
    r"\b(?:økning|auke|økt|nedgang|reduksjon|forskjell|skilnad|opp|ned|flere|fleire|færre)\b", re.IGNORECASE
)


def _difference(text: str, amount: Amount, evidence: Evidence) -> bool:
    """Whether a percentage is the difference of two other percentages of its sentence."""
    others = [
        one.number.value
        for one in read_amounts(text, evidence.counted)
        if one.unit == PERCENT and one.start != amount.start
    ]
    told = bool(_CHANGED.search(text)) and len(others) == 2
    return told and abs(others[0] - others[1]) == amount.number.value


def _points_like(evidence: Evidence, sentence: Sentence, amount: Amount) -> Fact | None:
    if sentence.referred(amount.start, amount.end):
        return None
    able = [fact for fact in evidence.facts if fact.unit == POINTS and fact.number]
    near = candidates(sentence.text, able)
    return next((fact for fact in near if fact.number and abs(fact.number.value) == amount.number.value), None)
