"""Quantifiers against counts: is «alle», «ingen», «de fleste» what n of N says, and the same wherever it is said?

Only the auditor's own voice is held against the registers; reported speech is the informant's claim
(practice, section 4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from helpers.checks import Evidence, Hit, check
from helpers.checks.matching import FEWEST_SHARED, candidates, is_share, own_texts
from helpers.facts import CellRef, Fact
from helpers.passages import Passage, Sentence, read_sentences
from helpers.populations import in_cases, in_surveys, interviews_held
from helpers.quantifiers import holds, quantifier
from helpers.reading import Quantifier, content, modality, read_quantifiers, stem, voice
from helpers.register import Row

ABSOLUTE = ("alle", "ingen", "begge")
STRONG = (*ABSOLUTE, "nesten_alle", "de_fleste", "flertallet", "halvparten", "om_lag_halvparten", "et_mindretall")
VAGUE = ("mange",)
OWN_TEXT = ("reason", "text")


def _wrong_quantifiers(evidence: Evidence) -> Iterator[tuple[str, Hit]]:
    """Every quantifier over a population that the registers contradict or do not back, with its key."""
    people, cases, surveys = evidence.informants, in_cases(evidence.audit), in_surveys(evidence.audit)
    for sentence in _claims(evidence):
        for word in read_quantifiers(sentence.text):
            nouns = set(word.nouns[:2])
            if sentence.referred(word.start, word.end):
                continue
            population = bool(nouns & (people | cases | surveys)) or _of_answers(evidence, sentence, word)
            if voice(sentence.text, word.start) != "own" or modality(sentence.text) in ("skal", "må", "bør", "kan"):
                continue
            hit = _judged(evidence, sentence, word, population=population, spoken_to=bool(nouns & people))
            if hit:
                yield word.key, hit


_INTERVIEWS = stem("intervjuer")
_NO_NOUN = frozenset(("på", "i", "av", "ved", "hos", "fra", "frå", "som", "vi"))


def _of_answers(evidence: Evidence, sentence: Sentence, word: Quantifier) -> bool:
    """Whether a quantifier without a population noun still counts answers: «i alle intervjuene», «ingen på …»."""
    if not any(row["evidence"] in sentence.cited for row in evidence.audit.rows("answers")):
        return False
    following = sentence.text[word.start + len(word.written) :].split(maxsplit=1)[:1]
    return _INTERVIEWS in word.nouns[:1] or (word.key in ABSOLUTE and bool(following) and following[0] in _NO_NOUN)


def _claims(evidence: Evidence) -> Iterator[Sentence]:
    yield from own_texts(evidence)
    for passage in evidence.passages("assessments"):
        if passage.source in OWN_TEXT:
            yield from read_sentences(passage)


def _judged(
    evidence: Evidence, sentence: Sentence, word: Quantifier, *, population: bool, spoken_to: bool
) -> Hit | None:
    """What n of N says against a quantifier; and, of a population, that no count backs it."""
    limits = evidence.audit.params.thresholds
    facts = [fact for _, _, id in sentence.facts if is_share(evidence, fact := evidence.facts.by_id[id])]
    if not facts:
        facts = _counted_by(evidence, sentence, spoken_to if population else None)
    if spoken_to and (few := _few_asked(evidence, facts, word)):
        return Hit(
            sentence.place,
            f"Det står «{_phrase(sentence.text, word)}», men Svar har bare {few.base} som er spurt, av "
            f"{len(evidence.audit.registers['answers'].wide)} intervjuer",
            "Ord som sier hvem som er spurt",
            "Skriv hvor mange dere spurte, eller før inn svarene.",
            tuple(cell.place for cell in few.cells[:3]),
        )
    if facts and (population or word.key in STRONG or facts[0].register == "interviews"):
        if word.key in VAGUE or any(holds(word.key, n, base, limits) for n, base in _sides(evidence, sentence, facts)):
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
    if not population or word.key not in STRONG or _backed(evidence, sentence, word):
        return None
    return Hit(
        sentence.place,
        f"Det står «{_phrase(sentence.text, word)}», men ingen telling i registrene viser det",
        "En rad i Svar, Saker eller Undersøkelser som viser n av N",
        "Før inn svarene, skriv hvem som sier det, eller skriv hvor mange det gjelder.",
    )


_NOT = re.compile(r"\b(?:ikke|ikkje|aldri)\b", re.IGNORECASE)


def _sides(evidence: Evidence, sentence: Sentence, facts: Sequence[Fact]) -> Iterator[tuple[int, int]]:
    """n and N of each count; also the other side where what was counted denies and the sentence does not.

    «De unge kjente ikke tilbudet», 6 of 6, bears «ingen av de unge kjente tilbudet».
    """
    for fact in facts:
        n, base = fact.n or 0, fact.base or 0
        yield n, base
        answer = evidence.audit.row("answers", fact.id.removeprefix("answers.")) if fact.register == "answers" else None
        counted = evidence.audit.row("evidence", answer["evidence"]) if answer else None
        if counted and _NOT.search(counted["text"]) and not _NOT.search(sentence.text):
            yield base - n, base


def _about_interviews(evidence: Evidence) -> list[Fact]:
    """What the register of interviews counts: minutes approved, and interviews of a form."""
    held = interviews_held(evidence.audit)
    told = [row for row in held if row["approved"]]
    sets = (
        ("Referater godkjent", "approved", [row for row in told if row["approved"] == "Ja"], told),
        ("Intervjuer telefon", "form", [row for row in held if row["form"] == "telefonintervju"], held),
    )
    return [
        Fact("", "interviews", "", "", label, None, "", len(part), len(whole), cells=_cells(whole, column))
        for label, column, part, whole in sets
        if whole
    ]


def _cells(rows: Sequence[Row], column: str) -> tuple[CellRef, ...]:
    return tuple(CellRef(row.place(column), row[column]) for row in rows)


GENERAL = frozenset(stem(word) for word in ("informanter", "intervjuede", "spurte", "respondenter"))


def _few_asked(evidence: Evidence, facts: Sequence[Fact], word: Quantifier) -> Fact | None:
    """The answers behind «alle informanter» that only some were asked for."""
    everyone = word.key in ("alle", "ingen", "nesten_alle") and bool(GENERAL & set(word.nouns[:2]))
    columns = len(evidence.audit.registers["answers"].wide)
    return next((f for f in facts if everyone and f.register == "answers" and (f.base or 0) < columns), None)


def _counted_by(evidence: Evidence, sentence: Sentence, spoken_to: bool | None) -> list[Fact]:
    """The counts a sentence can be about: answers to what it cites, else the count whose name it shares.

    Args:
        spoken_to: whether those the auditor spoke with are meant; None when the noun does not tell.
    """
    answers = [row for row in evidence.audit.rows("answers") if row["evidence"] in sentence.cited]
    if answers:
        return [evidence.facts.by_id[f"answers.{row.id}"] for row in answers]
    able = [
        fact for fact in evidence.facts if is_share(evidence, fact) and spoken_to in (None, fact.register == "answers")
    ]
    able += _about_interviews(evidence) if not spoken_to else []
    return candidates(sentence.text, able)


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
    yield from (hit for key, hit in evidence.once(_wrong_quantifiers) if key in ABSOLUTE)


@check("kvantor")
def quantifiers(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«de fleste», «flertallet», «noen» … that is not what n of N says (class 12)."""
    yield from (hit for key, hit in evidence.once(_wrong_quantifiers) if key not in ABSOLUTE)


RANGES = {
    "alle": (100, 100), "begge": (100, 100), "nesten_alle": (90, 100), "de_fleste": (50, 100), "flertallet": (50, 100),
    "halvparten": (45, 55), "om_lag_halvparten": (45, 55), "et_mindretall": (1, 50), "enkelte": (1, 50), "få": (1, 50),
    "ingen": (0, 0),
}  # fmt: skip


@check("kvantor-to-steder")
def two_quantifiers(evidence: Evidence, register: str) -> Iterator[Hit]:
    """One statement told with two quantifiers that cannot both hold: «alle» here, «bare noen få» there (class 12)."""
    seen: dict[str, list[tuple[Quantifier, Sentence]]] = {}
    for sentence in own_texts(evidence):
        words = [word for word in read_quantifiers(sentence.text) if word.key in RANGES]
        for word in words[:1]:
            for id in sentence.cited:
                for other, earlier in seen.get(id, ()):
                    low, high = RANGES[word.key], RANGES[other.key]
                    same = len(content(sentence.text) & content(earlier.text)) >= FEWEST_SHARED
                    if same and (low[1] < high[0] or high[1] < low[0]):
                        yield Hit(
                            sentence.place,
                            f"Her står «{_phrase(sentence.text, word)}», men i {earlier.place.register}, linje "
                            f"{earlier.place.line}, står «{_phrase(earlier.text, other)}» om det samme ({id})",
                            "Samme ord om samme utsagn",
                            "Rett det ene, eller sett inn {{svar-id|kvantor}} begge steder.",
                            (earlier.place,),
                        )
                seen.setdefault(id, []).append((word, sentence))


@check("utsagn-mot-tall")
def told_against_counted(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A statement told with «alle» or «ingen» where the audit's own count says otherwise (class 22).

    Silent once *Avklaring* says which holds, or *Motsies av* shows both.
    """
    able = [fact for fact in evidence.facts if is_share(evidence, fact) and fact.register != "answers"]
    for row in evidence.audit.rows(register):
        if row["clarification"] or row["contradicted_by"] or modality(row["text"]) in ("skal", "må", "bør"):
            continue
        sentence = Sentence(Passage(row, row["text"], "", "text"), 0, row["text"], (), ())
        for word in read_quantifiers(row["text"]):
            nouns = set(word.nouns[:2])
            near = [
                fact
                for fact in (candidates(sentence.text, able) if word.key in ABSOLUTE else ())
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
