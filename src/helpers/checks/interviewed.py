"""Do texts and tables tell of the interviews and samples that the registers have?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from helpers.checks import Evidence, Hit, check
from helpers.checks.matching import literals, own_texts
from helpers.message import Place
from helpers.populations import HELD, in_cases, interviews_held
from helpers.reading import Amount, content, read_amounts, stem
from helpers.register import Row

_INTERVIEWS = stem("intervjuer")
_TALKS = frozenset(stem(word) for word in ("intervjuer", "samtaler", "gruppeintervjuer", "telefonintervjuer"))
_PEOPLE = frozenset(stem(word) for word in ("informanter", "intervjuede", "intervjua", "intervjuobjekter"))
_PERSONS = frozenset(stem(word) for word in ("personer", "ansatte", "ledere"))


_NO_INTERVIEW = re.compile(r"\be-?post\w*|\boppstartsmøte\w*|\boppstartmøte\w*", re.IGNORECASE)


NEAR = 40


@check("intervjutall")
def interview_counts(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Interviews or informants told in text, or in Tall, that the register of interviews does not give (class 9)."""
    talks, people = _interview_counts(evidence)
    if not talks:
        return
    for sentence in own_texts(evidence) if not register else ():
        for amount in read_amounts(sentence.text, evidence.counted):
            if _NO_INTERVIEW.search(sentence.text[max(0, amount.start - NEAR) : amount.end + NEAR]):
                continue
            right = _of_interviews(evidence, sentence.text, amount, talks, people)
            if right and not sentence.referred(amount.start, amount.end):
                right = _in_all(evidence, sentence.text, amount, right)
            derived = any(id in evidence.on_interviews for id in sentence.referred(amount.start, amount.end))
            if right is not None and amount.base is None and not derived and amount.number.value not in right[1]:
                yield _interview_hit(sentence.place, amount.written, right[0], max(right[1]), evidence)
    for row in evidence.audit.rows(register) if register else ():
        number, text = row.number("value"), f"{row['what']} {row['unit']}"
        words = content(text)
        form = next((form for form in HELD[1:] if stem(form) in words), "")
        kind = form or ("intervjuer" if stem(row["unit"]) in _TALKS else "intervjuede" if words & _PEOPLE else "")
        of_form = {Decimal(sum(1 for one in interviews_held(evidence.audit) if one["form"] == form))}
        if number is None or (not form and (row["part_of"] or row["base"])):
            continue
        allowed = of_form if form else talks if kind == "intervjuer" else people
        if kind and number.kind == "exact" and number.value not in allowed:
            yield _interview_hit(row.place("value"), row["value"], kind, max(allowed), evidence)


_SOME = re.compile(
    r"gruppeintervju|telefon|\bav (?:dem|disse|dei|intervju)|\bblant (?:dem|disse)"
    r"|\bmed (?:ansatte|ledere|unge|brukere)|\bsamtidig\b|\bhver\b|\bandre\b",
    re.IGNORECASE,
)


def _in_all(evidence: Evidence, text: str, amount: Amount, right: tuple[str, set[Decimal]]) -> tuple[str, set[Decimal]]:
    """What a typed number may be where the sentence speaks of all interviews or all who were interviewed."""
    held = interviews_held(evidence.audit)
    following = stem(text[amount.end :].split(maxsplit=1)[0].strip(".,;:()»")) if text[amount.end :].split() else ""
    if _SOME.search(text) or following in _PERSONS - {stem("personer")}:
        return right
    if right[0] == "intervjuer":
        return right[0], {Decimal(len(held))}
    persons = [number.value for row in held if (number := row.number("persons"))]
    return (right[0], {sum(persons, Decimal(0))}) if len(persons) == len(held) else right


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
    measures = [f for id in evidence.on_interviews if (f := evidence.facts.by_id[id]).number]
    counted = {f.number.value for f in measures if f.number and stem(f.unit) in _TALKS}
    derived = {f.number.value for f in measures if f.number}
    talks = {Decimal(len(group)) for group in groups} | counted if held else set()
    people = {sum((persons.get(row.id, Decimal(0)) for row in group), Decimal(0)) for group in groups}
    return talks, people | set(persons.values()) | derived


def _of_interviews(
    evidence: Evidence, text: str, amount: Amount, talks: set[Decimal], people: set[Decimal]
) -> tuple[str, set[Decimal]] | None:
    """What an amount counts, and what it may be: interviews of a form, interviews, or persons spoken with."""
    following = [stem(word.strip(".,;:()»")) for word in text[amount.end :].split(maxsplit=6)[:6]]
    if amount.unit or not following:
        return None
    forms = {stem(form): form for form in HELD if form != HELD[0]}
    named = [forms[word] for word in following if word in forms]
    if named and (following[0] in forms or following[:2] == ["av", _INTERVIEWS]):
        return named[0], {Decimal(sum(1 for row in interviews_held(evidence.audit) if row["form"] == named[0]))}
    if following[0] in _TALKS or (len(following) > 1 and following[1] in _TALKS):
        return "intervjuer", talks
    if following[0] in _PEOPLE or (len(following) > 1 and following[1] in _PEOPLE and following[0] not in ("av",)):
        return "intervjuede", people
    if following[0] in _PERSONS and "intervju" in text.lower():
        return "intervjuede", people
    return None


_SPOKE_WITH = re.compile(
    r"\b(?:revisjonen|revisor|vi)\s+(?:har\s+)?(?:intervjuet|intervjua|snakket med|snakka med|møtte)\s+([^.,;:(]+)",
    re.IGNORECASE,
)


@check("ikke-intervjuet")
def never_interviewed(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Somebody the text says was interviewed and the register of interviews does not have as held (class 9)."""
    held = interviews_held(evidence.audit)
    known = content(" ".join(f"{row['roles']} {row['unit']}" for row in held)) | evidence.informants | _PERSON_WORDS
    others = [row for row in evidence.audit.rows("interviews") if row not in held]
    for sentence in own_texts(evidence) if held else ():
        for match in _SPOKE_WITH.finditer(sentence.text):
            own = content(f"{evidence.audit.params.municipality.name} kommune kommunen")
            named = frozenset(word for word in content(match[1]) if len(word) > LONGEST_PRONOUN) - own
            same = next((row for row in others if len(named & content(row["roles"])) >= max(1, len(named) - 1)), None)
            if named and (not named & known or (same and not _spoken(named, held))):
                yield Hit(
                    sentence.place,
                    f"Teksten sier at {match[1].strip()} er intervjuet, men Intervjuer har ikke noe slikt intervju",
                    "En rad i Intervjuer som er gjennomført",
                    "Rett teksten, eller før inn intervjuet.",
                    (same.place("form"),) if same else (),
                )


LONGEST_PRONOUN = 4
_PERSON_WORDS = content("personer ansatte ledere representanter medarbeidere brukere ungdommer pårørende")


def _spoken(named: frozenset[str], held: Sequence[Row]) -> bool:
    return any(named <= content(f"{row['roles']} {row['unit']}") for row in held)


SHORT = 4


@check("utvalg-i-tekst")
def samples_told(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A number in a sentence about a sample that the sample does not have (class 10)."""
    nouns = in_cases(evidence.audit)
    for sentence in own_texts(evidence):
        rows = [row for id in sentence.cited if (row := evidence.audit.row("samples", id))]
        if not rows:
            continue
        about = [fact for fact in evidence.facts if set(fact.sources) & {row.id for row in rows}]
        allowed = {fact.number.value for fact in about if fact.number}
        allowed |= {Decimal(value) for fact in about for value in (fact.n, fact.base) if value is not None}
        allowed |= {number.value for row in rows for key in ("size", "population") if (number := row.number(key))}
        allowed |= {sum((n.value for row in rows if (n := row.number("size"))), Decimal(0))}
        for amount in literals(evidence, sentence):
            following = {stem(word.strip(".,;:()»")) for word in sentence.text[amount.end :].split(maxsplit=2)[:2]}
            drawn = any(noun.startswith(word) for noun in nouns for word in following if len(word) > SHORT)
            if not amount.unit and (drawn or following & nouns) and amount.number.value not in allowed:
                yield Hit(
                    sentence.place,
                    f"Det står {amount.written} om utvalget, men n er {', '.join(row['size'] for row in rows)}",
                    "Samme tall som i Utvalg",
                    f"Sett inn {{{{{rows[0].id}.size}}}}.",
                    (rows[0].place("size"),),
                )
