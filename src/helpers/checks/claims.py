"""Text against facts: does every number and quantifier in the auditor's own voice agree with the registers?

A sentence is matched with the facts whose names share its words; what it says is then held against what
they say. What the auditor only passes on from others is left alone (practice, section 4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from helpers.checks import Evidence, Hit, check
from helpers.facts import Fact, show_fact
from helpers.message import Place
from helpers.numbers import PERCENT, POINTS, round_to
from helpers.passages import Passage, Sentence, read_sentences
from helpers.populations import in_cases, in_surveys, interviews_held
from helpers.quantifiers import holds, quantifier
from helpers.reading import Amount, Quantifier, content, covers, modality, read_amounts, read_quantifiers, stem, voice

ALIKE = Decimal("0.6")
FEWEST_SHARED = 2
ABSOLUTE = ("alle", "ingen", "begge")
STRONG = (*ABSOLUTE, "nesten_alle", "de_fleste", "flertallet", "halvparten", "om_lag_halvparten", "et_mindretall")
VAGUE = ("mange", "få")
DURATIONS = frozenset(stem(word) for word in ("år", "måneder", "uker", "timer", "dager", "minutter"))
OWN_TEXT = ("reason", "text")


def _own_texts(evidence: Evidence) -> Iterator[Sentence]:
    for passage in evidence.paragraphs:
        yield from read_sentences(passage)


def _literals(evidence: Evidence, sentence: Sentence) -> Iterator[Amount]:
    """The amounts a sentence says without a reference; a numeral in words only where it counts something."""
    nouns = evidence.counted
    for amount in read_amounts(sentence.text, nouns):
        if sentence.referred(amount.start, amount.end):
            continue
        if amount.in_words and not amount.unit and amount.base is None and not _counts(sentence.text, amount, nouns):
            continue
        yield amount


def _counts(text: str, amount: Amount, nouns: frozenset[str]) -> bool:
    words = text[amount.end :].split(maxsplit=2)[:2]
    return any(stem(word.strip(".,;:()»")) in nouns for word in words)


@dataclass(frozen=True)
class Match:
    """The facts a sentence seems to speak of, and whether one of them agrees with what it says."""

    facts: tuple[Fact, ...]
    agrees: bool


def _alike(words: frozenset[str], fact: Fact) -> Decimal:
    """How much of a fact's name stands in a sentence: 0 to 1."""
    name = content(f"{fact.label} {fact.definition}") or content(fact.label)
    shared = len(words & name)
    if not name or shared < min(FEWEST_SHARED, len(name)):
        return Decimal(0)
    return Decimal(shared) / len(name)


def _candidates(sentence: Sentence, able: Sequence[Fact]) -> list[Fact]:
    words = content(sentence.text)
    scored = [(score, fact) for fact in able if (score := _alike(words, fact)) >= ALIKE]
    best = max((score for score, _ in scored), default=Decimal(0))
    return [fact for score, fact in scored if score == best]


def _match(evidence: Evidence, sentence: Sentence, amount: Amount) -> Match:
    able = [fact for fact in evidence.facts if fact.number and fact.number.high is None and _same_shape(fact, amount)]
    near = _candidates(sentence, able)
    return Match(tuple(near), any(_agree(fact, amount) for fact in near))


def _same_shape(fact: Fact, amount: Amount) -> bool:
    if amount.base is not None:
        return fact.n is not None and bool(fact.base)
    if amount.unit == PERCENT:
        return fact.unit == PERCENT or (fact.n is not None and bool(fact.base))
    if amount.unit == POINTS:
        return fact.unit == POINTS
    return fact.unit not in (PERCENT, POINTS)


def _agree(fact: Fact, amount: Amount) -> bool:
    if amount.base is not None:
        return (Decimal(fact.n or 0), Decimal(fact.base or 0)) == (amount.number.value, amount.base.value)
    if amount.unit == PERCENT and fact.unit != PERCENT:
        share = Decimal(100 * (fact.n or 0)) / (fact.base or 1)
        return covers(amount.number, share) or round_to(share, amount.number.places) == amount.number.value
    return fact.number is not None and covers(amount.number, fact.number.value)


def _said(evidence: Evidence, fact: Fact, amount: Amount) -> str:
    """What the register says, in the form the sentence used."""
    pair = fact.n is not None and fact.base
    form = "n av N" if amount.base is not None and pair else ""
    text = show_fact(evidence.audit, fact, form)
    if amount.unit == PERCENT and fact.unit != PERCENT and pair:
        share = round_to(Decimal(100 * (fact.n or 0)) / (fact.base or 1), max(1, amount.number.places))
        text = f"{fact.n} av {fact.base}, {evidence.audit.words.decimal(share)} %"
    return text


def _reference(fact: Fact, amount: Amount) -> str:
    name = fact.row if not fact.column else fact.id
    return f"{{{{{name}|n av N}}}}" if amount.base is not None else f"{{{{{name}}}}}"


def _contradictions(evidence: Evidence) -> Iterator[tuple[Sentence, Amount, Fact]]:
    for sentence in _own_texts(evidence):
        for amount in _literals(evidence, sentence):
            match = _match(evidence, sentence, amount)
            if match.facts and not match.agrees and voice(sentence.text, amount.start) != "reported":
                yield sentence, amount, match.facts[0]


def _contradicted(name: str, shape: str) -> None:
    """One check for each shape a number has in text, because each is a class of its own."""

    @check(name)
    def run(evidence: Evidence, register: str) -> Iterator[Hit]:
        for sentence, amount, fact in _contradictions(evidence):
            if _shape(amount) == shape:
                yield Hit(
                    sentence.place,
                    f"Det står {amount.written}. {fact.label} er {_said(evidence, fact, amount)}",
                    "Det samme i tekst og register",
                    f"Sett inn {_reference(fact, amount)}, så følger setningen registeret.",
                    tuple(cell.place for cell in fact.cells[:3]),
                )


def _shape(amount: Amount) -> str:
    if amount.base is not None:
        return "share"
    return "percent" if amount.unit == PERCENT else "count"


_contradicted("andel-i-tekst", "share")
_contradicted("prosent-i-tekst", "percent")
_contradicted("tall-i-tekst", "count")


@check("tall-uten-referanse")
def typed_numbers(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A number typed by hand, which no correction would reach (class 12); told elsewhere when a fact contradicts it."""
    for sentence in _own_texts(evidence):
        for amount in _literals(evidence, sentence):
            match = _match(evidence, sentence, amount)
            told = match.facts and not match.agrees and voice(sentence.text, amount.start) != "reported"
            if told or (_is_fraction(amount) and (match.agrees or not _of_population(evidence, sentence, amount))):
                continue
            same = next((fact for fact in match.facts if _agree(fact, amount)), None)
            found = f"«{amount.written}» er skrevet rett inn i teksten"
            if same:
                do = f"Sett inn {_reference(same, amount)}, så følger setningen registeret."
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


@check("prosent-ved-antall")
def percent_beside_count(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«19 av 151 (12,5 prosent)»: a percentage in a sentence that its own n of N does not give (class 2)."""
    words = evidence.audit.words
    for sentence in _own_texts(evidence):
        amounts = read_amounts(sentence.text, evidence.counted)
        for pair, share in pairwise(amounts):
            if pair.base is None or not pair.base.value or share.unit != PERCENT:
                continue
            between = sentence.text[pair.end : share.start]
            if "(" not in between and not any(
                word in between for word in ("eller", "som er", "tilsvar", "utgj", "det vil")
            ):
                continue
            right = 100 * pair.number.value / pair.base.value
            if round_to(right, share.number.places) != share.number.value and not (
                share.number.kind != "exact" and covers(share.number, right)
            ):
                yield Hit(
                    sentence.place,
                    f"Det står {share.written}. {pair.written} er {words.decimal(round_to(right, 2))} %",
                    f"{words.decimal(round_to(right, share.number.places))} %",
                    "Rett prosenten, eller sett inn {{tall-id|prosent 1}}.",
                )


@check("grense-i-tekst")
def bounds(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«over», «under» or «nesten» before a reference whose fact is exactly that, or lies elsewhere (class 12)."""
    for sentence in _own_texts(evidence):
        for amount in read_amounts(sentence.text, evidence.counted):
            ids = sentence.referred(amount.start, amount.end)
            fact = evidence.facts.by_id.get(ids[0]) if len(ids) == 1 else None
            if not fact or not fact.number or amount.number.kind not in ("less", "more") or amount.base is not None:
                continue
            if fact.number.kind == "exact" and fact.number.value == amount.number.value and not _duration(fact):
                yield Hit(
                    sentence.place,
                    f"Grensen foran {amount.written} stemmer ikke: {fact.label} er nøyaktig "
                    f"{_said(evidence, fact, amount)}",
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
    for sentence in _own_texts(evidence) if not register else ():
        for amount in read_amounts(sentence.text, evidence.counted):
            facts = [evidence.facts.by_id[id] for id in sentence.referred(amount.start, amount.end)]
            match = _points_like(evidence, sentence, amount) if amount.unit == PERCENT else None
            if amount.unit == PERCENT and any(fact.unit == POINTS for fact in facts):
                match = facts[0]
            if match:
                yield Hit(
                    sentence.place,
                    f"«{amount.written}» er en forskjell mellom to prosenttall",
                    f"{evidence.audit.words.decimal(match.number.value) if match.number else ''} prosentpoeng",
                    f"Skriv prosentpoeng, eller sett inn {_reference(match, amount)}.",
                )


def _points_like(evidence: Evidence, sentence: Sentence, amount: Amount) -> Fact | None:
    if sentence.referred(amount.start, amount.end):
        return None
    able = [fact for fact in evidence.facts if fact.unit == POINTS and fact.number]
    near = _candidates(sentence, able)
    return next((fact for fact in near if fact.number and abs(fact.number.value) == amount.number.value), None)


def _wrong_quantifiers(evidence: Evidence) -> Iterator[tuple[str, Hit]]:
    """Every quantifier over a population that the registers contradict or do not back, with its key."""
    people, cases, surveys = evidence.informants, in_cases(evidence.audit), in_surveys(evidence.audit)
    for sentence in _claims(evidence):
        for word in read_quantifiers(sentence.text):
            nouns = set(word.nouns[:2])
            if sentence.referred(word.start, word.end) or not nouns & (people | cases | surveys):
                continue
            if voice(sentence.text, word.start) != "own" or modality(sentence.text) in ("skal", "må", "bør", "kan"):
                continue
            hit = _judged(evidence, sentence, word, spoken_to=bool(nouns & people))
            if hit:
                yield word.key, hit


def _claims(evidence: Evidence) -> Iterator[Sentence]:
    yield from _own_texts(evidence)
    for passage in evidence.passages("assessments"):
        if passage.source in OWN_TEXT:
            yield from read_sentences(passage)


def _judged(evidence: Evidence, sentence: Sentence, word: Quantifier, *, spoken_to: bool) -> Hit | None:
    limits = evidence.audit.params.thresholds
    facts = [fact for _, _, id in sentence.facts if _is_share(evidence, fact := evidence.facts.by_id[id])]
    if not facts:
        facts = _counted_by(evidence, sentence, spoken_to)
    if facts:
        if word.key in VAGUE or any(holds(word.key, fact.n or 0, fact.base or 0, limits) for fact in facts):
            return None
        fact = facts[0]
        right = quantifier(fact.n or 0, fact.base or 0, evidence.audit.words, limits)
        return Hit(
            sentence.place,
            f"Det står «{_phrase(sentence.text, word)}», men {_where(evidence, fact)} har {fact.n} av {fact.base}",
            f"«{right}»",
            "Skriv det tallene bærer, sett inn {{tall-id|kvantor}}, eller før inn det som mangler.",
            tuple(cell.place for cell in fact.cells[:3]),
        )
    if word.key not in STRONG or _backed(evidence, sentence, word):
        return None
    return Hit(
        sentence.place,
        f"Det står «{_phrase(sentence.text, word)}», men ingen telling i registrene viser det",
        "En rad i Svar, Saker eller Undersøkelser som viser n av N",
        "Før inn svarene, skriv hvem som sier det, eller skriv hvor mange det gjelder.",
    )


COUNTED_SHEETS = ("saker", "svar", "undersøkelser", "tall")


def _is_share(evidence: Evidence, fact: Fact) -> bool:
    """Whether n of N is a share of people or cases, not rows of one kind among all the rows of a sheet."""
    if fact.n is None or not fact.base:
        return False
    row = evidence.audit.row("measures", fact.row) if fact.register == "measures" else None
    return row is None or bool(row["base_where"]) or row["over"].lower().split(" ")[0] in COUNTED_SHEETS


def _counted_by(evidence: Evidence, sentence: Sentence, spoken_to: bool) -> list[Fact]:
    """The counts a sentence can be about: answers to what it cites, else the count whose name it shares."""
    answers = [row for row in evidence.audit.rows("answers") if row["evidence"] in sentence.cited]
    if answers:
        return [evidence.facts.by_id[f"answers.{row.id}"] for row in answers]
    able = [fact for fact in evidence.facts if _is_share(evidence, fact) and (fact.register == "answers") == spoken_to]
    return _candidates(sentence, able)


def _backed(evidence: Evidence, sentence: Sentence, word: Quantifier) -> bool:
    """Whether a cited statement uses the same quantifier: then the statement is where it is to be counted."""
    rows = [row for id in sentence.cited if (row := evidence.audit.row("evidence", id))]
    return any(word.key == other.key for row in rows for other in read_quantifiers(row["text"]))


def _phrase(text: str, word: Quantifier) -> str:
    return " ".join([text[word.start : word.end].strip(), *text[word.end :].split(maxsplit=2)[:1]]).strip(" .,;:")


def _where(evidence: Evidence, fact: Fact) -> str:
    return f"{evidence.audit.schema[fact.register].sheet} «{fact.label}»"


@check("alle-og-ingen")
def absolutes(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«alle», «ingen», «begge» in the auditor's own voice that is not what n of N says (class 12)."""
    yield from (hit for key, hit in _wrong_quantifiers(evidence) if key in ABSOLUTE)


@check("kvantor")
def quantifiers(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«de fleste», «flertallet», «noen» … that is not what n of N says (class 12)."""
    yield from (hit for key, hit in _wrong_quantifiers(evidence) if key not in ABSOLUTE)


@check("utsagn-mot-tall")
def told_against_counted(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A statement told with «alle» or «ingen» where the audit's own count says otherwise (class 22).

    Silent once *Avklaring* says which holds, or *Motsies av* shows both.
    """
    able = [fact for fact in evidence.facts if _is_share(evidence, fact) and fact.register != "answers"]
    for row in evidence.audit.rows(register):
        if row["clarification"] or row["contradicted_by"]:
            continue
        sentence = Sentence(Passage(row.place("text"), row["text"]), 0, row["text"], (), ())
        for word in read_quantifiers(row["text"]):
            nouns = set(word.nouns[:2])
            near = [
                fact
                for fact in (_candidates(sentence, able) if word.key in ABSOLUTE else ())
                if nouns & content(f"{fact.label} {fact.unit}") and len(content(fact.label)) >= FEWEST_SHARED
            ]
            if near and not any(_may(word.key, fact) for fact in near):
                yield Hit(
                    row.place("text"),
                    f"Utsagnet sier «{_phrase(row['text'], word)}». {_where(evidence, near[0])} har "
                    f"{near[0].n} av {near[0].base}",
                    "",
                    "Vis begge i Motsies av, eller fyll ut Avklaring.",
                    tuple(cell.place for cell in near[0].cells[:3]),
                )


def _may(key: str, fact: Fact) -> bool:
    return fact.n == (0 if key == "ingen" else fact.base)


_TALKS = frozenset(stem(word) for word in ("intervjuer", "samtaler", "gruppeintervjuer", "telefonintervjuer"))
_PEOPLE = frozenset(stem(word) for word in ("informanter", "intervjuede", "intervjua", "intervjuobjekter"))
_PERSONS = frozenset(stem(word) for word in ("personer", "ansatte", "ledere"))


@check("intervjutall")
def interview_counts(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Interviews or informants told in text, or in Tall, that the register of interviews does not give (class 9)."""
    talks, people = _interview_counts(evidence)
    if not talks:
        return
    for sentence in _own_texts(evidence) if not register else ():
        for amount in read_amounts(sentence.text, evidence.counted):
            right = _of_interviews(sentence.text, amount, talks, people)
            derived = any(id in evidence.on_interviews for id in sentence.referred(amount.start, amount.end))
            if right is not None and amount.base is None and not derived and amount.number.value not in right[1]:
                yield _interview_hit(sentence.place, amount.written, right[0], max(right[1]), evidence)
    for row in evidence.audit.rows(register) if register else ():
        number, text = row.number("value"), f"{row['what']} {row['unit']}"
        words = content(text)
        if number is None or row["part_of"] or row["base"]:
            continue
        kind = "intervjuer" if stem(row["unit"]) in _TALKS else "intervjuede" if words & _PEOPLE else ""
        allowed = talks if kind == "intervjuer" else people
        if kind and number.kind == "exact" and number.value not in allowed:
            yield _interview_hit(row.place("value"), row["value"], kind, max(allowed), evidence)


def _interview_hit(place: Place, written: str, kind: str, count: Decimal, evidence: Evidence) -> Hit:
    held = interviews_held(evidence.audit)
    return Hit(
        place,
        f"Det står {written} {kind}. Arket Intervjuer gir {evidence.audit.words.decimal(count)}",
        "",
        "Rett tallet, la et måltall telle, eller rett Antall personer og Ikke gjennomført fordi i Intervjuer.",
        tuple(row.place("persons") for row in held[:3]),
    )


def _interview_counts(evidence: Evidence) -> tuple[set[Decimal], set[Decimal]]:
    """What may be said of interviews and of persons: all, those of one form, those of one interview or unit."""
    held = interviews_held(evidence.audit)
    persons = {row.id: number.value for row in held if (number := row.number("persons"))}
    groups = [held, *([row for row in held if row["form"] == form] for form in {row["form"] for row in held})]
    derived = {f.number.value for id in evidence.on_interviews if (f := evidence.facts.by_id[id]).number}
    talks = {Decimal(len(group)) for group in groups} | derived if held else set()
    people = {sum((persons.get(row.id, Decimal(0)) for row in group), Decimal(0)) for group in groups}
    return talks, people | set(persons.values()) | derived


def _of_interviews(
    text: str, amount: Amount, talks: set[Decimal], people: set[Decimal]
) -> tuple[str, set[Decimal]] | None:
    following = [stem(word.strip(".,;:()»")) for word in text[amount.end :].split(maxsplit=3)[:3]]
    if amount.unit or not following:
        return None
    if following[0] in _TALKS or (len(following) > 1 and following[1] in _TALKS):
        return "intervjuer", talks
    if following[0] in _PEOPLE or (len(following) > 1 and following[1] in _PEOPLE and following[0] not in ("av",)):
        return "intervjuede", people
    if following[0] in _PERSONS and "intervju" in text.lower():
        return "intervjuede", people
    return None
