"""Is the chain whole: question, criterion, evidence, assessment, conclusion, recommendation, response?

Every break is told unless a reason stands in the register; descriptive questions are exempt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from helpers.audit import Audit
from helpers.checks import Evidence, Hit, check
from helpers.message import Place
from helpers.params import Question, verdict_words
from helpers.prose import plain
from helpers.register import Row
from helpers.verdicts import ANY_OF, NEGATIVE, OUTSIDE, SCALE, frame, tally

CRITERION, QUESTION, OTHER_MATTERS = "kriterium", "problemstilling", "andre forhold"
EVIDENT = ("evidence", "arrangements", "control_points")


def _evaluative(audit: Audit) -> list[Question]:
    return [question for question in audit.params.questions if question.kind == "vurderende"]


def _open_criteria(audit: Audit) -> Iterator[Row]:
    """Criteria that are to be assessed: neither dropped nor moved, and of a question that is evaluative."""
    evaluative = {question.id for question in _evaluative(audit)}
    for row in audit.rows("criteria"):
        if not row["dropped"] and not row["moved_to"] and evaluative & set(row.refs("questions")):
            yield row


def _assessments(audit: Audit, criterion: str) -> list[Row]:
    return [row for row in audit.rows("assessments") if row["criteria"] == criterion and row["level"] == CRITERION]


def _children(audit: Audit, criterion: str) -> list[Row]:
    return [row for row in audit.rows("criteria") if row["parent"] == criterion]


@check("sporsmal-uten-kriterium")
def questions_without_criterion(evidence: Evidence, register: str) -> Iterator[Hit]:
    """An evaluative question with no criterion (class 14)."""
    audit = evidence.audit
    if not audit.rows(register):
        return  # the missing part is told once, by the list of parts
    for question in _evaluative(audit):
        mine = [row for row in audit.rows(register) if question.id in (row["moved_to"] or row["questions"])]
        if not any(question.id in (row["moved_to"] or row.refs("questions")) and not row["dropped"] for row in mine):
            yield Hit(
                Place("Problemstillinger", question.id),
                f"{question.label} har ingen revisjonskriterier",
                "Minst ett kriterium for en vurderende problemstilling",
                "Før kriteriet inn i Kriterier, eller sett slag til beskrivende i parametrene.",
            )


@check("kriterium-uten-kilde")
def criteria_without_source(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A criterion that nobody has laid down (class 14)."""
    for row in _open_criteria(evidence.audit):
        if not row["source"] and not row.explained("source"):
            yield Hit(
                row.place("source"),
                f"Kriteriet «{row['text']}» har ingen kilde",
                "Lov, forskrift, veileder eller vedtak",
                "Fyll ut Kilde, eller skriv hvorfor den mangler i Mangler fordi.",
            )


@check("kriterium-uten-grunnlag")
def criteria_without_evidence(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A criterion that is assessed although no row of evidence belongs to it or to its parts (class 14)."""
    audit = evidence.audit
    linked = {id for key in EVIDENT for row in audit.rows(key) for id in row.refs("criteria")}
    for row in _open_criteria(audit):
        family = {row.id, row["parent"], *(child.id for child in _children(audit, row.id))}
        judged = [one for id in sorted(family - {""}) for one in _assessments(audit, id)]
        if linked & family or any(one["based_on"] for one in judged) or _excused(audit, judged):
            continue
        if audit.rows("evidence"):
            yield Hit(
                row.place("id"),
                f"Kriteriet «{row['text']}» har ikke noe datagrunnlag",
                "Minst ett utsagn, en ordning eller et kontrollpunkt som gjelder kriteriet",
                "Fyll ut Kriterium på radene i Datagrunnlag, eller sett vurderingen til Ikke vurdert med grunn.",
            )


def _excused(audit: Audit, assessments: Sequence[Row]) -> bool:
    """Assessed outside the scale («Ikke vurdert», «Kan ikke konkludere») with the reason beside it."""
    return bool(assessments) and all(audit.verdict(row) in OUTSIDE and row["reason"] for row in assessments)


def _covered(audit: Audit, row: Row) -> bool:
    """Whether a criterion is assessed through its parts, or as one way of a «minst én» that another way meets."""
    children = [child for child in _children(audit, row.id) if not child["dropped"] and not child["moved_to"]]
    judged = [bool(_assessments(audit, child.id)) for child in children]
    parent = audit.row("criteria", row["parent"]) if row["parent"] else None
    if parent and parent["logic"] == ANY_OF:
        return any(_assessments(audit, one.id) for one in _children(audit, parent.id))
    return bool(judged) and (any(judged) if row["logic"] == ANY_OF else all(judged))


@check("kriterium-uten-vurdering")
def criteria_without_assessment(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A criterion that is never assessed (class 14), or an assessment without a verdict or a reason."""
    audit = evidence.audit
    if not audit.rows("assessments"):
        return  # nothing is assessed yet: the missing part is told once, by the list of parts
    for row in _open_criteria(audit):
        if _assessments(audit, row.id) or _covered(audit, row):
            continue
        yield Hit(
            row.place("id"),
            f"Kriteriet «{row['text']}» er ikke vurdert",
            "En rad i Vurderinger",
            "Vurder kriteriet, eller skriv Utgått fordi eller Flyttet til.",
        )
    for row in audit.rows("assessments"):
        if not row["verdict"] and not row.explained("verdict") and _is_evaluative(audit, row):
            yield Hit(
                row.place("verdict"),
                "Vurdering er tom",
                "Et ord på skalaen",
                "Velg et ord, eller skriv i Mangler fordi hvorfor det ikke er noe.",
            )


def _is_evaluative(audit: Audit, row: Row) -> bool:
    return row["level"] != OTHER_MATTERS and any(q.kind == "vurderende" for q in audit.questions_of(row))


@check("vurdering-uten-grunnlag")
def assessments_without_evidence(evidence: Evidence, register: str) -> Iterator[Hit]:
    """An assessment that rests on nothing on record (class 15); outside the scale it needs nothing."""
    audit = evidence.audit
    for row in audit.rows(register):
        judged = audit.verdict(row) not in OUTSIDE and (row["verdict"] or row["level"] == OTHER_MATTERS)
        if judged and not row["based_on"] and not row.explained("based_on"):
            yield Hit(
                row.place("based_on"),
                f"Vurderingen «{row['verdict'] or row['level']}» bygger ikke på noe i registrene",
                "Id-er fra Datagrunnlag, Tall, Undersøkelser, Utvalg eller Ordninger",
                "Fyll ut Bygger på, eller før inn funnet vurderingen bygger på.",
            )


@check("vurdering-uten-kriterium")
def assessments_without_criterion(evidence: Evidence, register: str) -> Iterator[Hit]:
    """An assessment of a criterion that names none (class 15); «andre forhold» needs none."""
    for row in evidence.audit.rows(register):
        if row["level"] == CRITERION and not row["criteria"] and not row.explained("criteria"):
            yield Hit(
                row.place("criteria"),
                "Vurderingen gjelder et kriterium, men Kriterium er tom",
                "En id fra Kriterier",
                "Fyll ut Kriterium, eller sett Nivå til andre forhold.",
            )


@check("negativ-uten-anbefaling")
def negative_without_recommendation(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A negative verdict on a criterion that no recommendation follows up (class 16).

    Recommendations are optional: a reason in *Ingen anbefaling fordi* is enough.
    """
    audit = evidence.audit
    followed = {id for row in audit.rows("recommendations") for id in row.refs("follows_from")}
    lacking = [
        row
        for row in audit.rows(register)
        if row["level"] == CRITERION
        and audit.verdict(row) in NEGATIVE
        and row.id not in followed
        and not row["no_recommendation"]
        and not _parent_followed(audit, row, followed)
        and not _needless(audit, row)
    ]
    for row in lacking:
        yield Hit(
            row.place("no_recommendation"),
            f"Vurderingen «{row['verdict']}» har verken anbefaling eller grunn",
            "En anbefaling som følger av den, eller Ingen anbefaling fordi",
            "Legg id-en til i Følger av på anbefalingen, eller skriv hvorfor det ikke gis noen.",
        )


def _needless(audit: Audit, row: Row) -> bool:
    """A criterion that was dropped, or one way of a «minst én» that another way meets."""
    criterion = audit.row("criteria", row["criteria"])
    parent = audit.row("criteria", criterion["parent"]) if criterion and criterion["parent"] else None
    others = [one for child in _children(audit, parent.id) for one in _assessments(audit, child.id)] if parent else []
    met = parent is not None and parent["logic"] == ANY_OF and any(audit.verdict(one) == SCALE[0] for one in others)
    return bool(criterion and criterion["dropped"]) or met


def _parent_followed(audit: Audit, row: Row, followed: set[str]) -> bool:
    criterion = audit.row("criteria", row["criteria"])
    parent = criterion["parent"] if criterion else ""
    return bool(parent) and any(one.id in followed for one in _assessments(audit, parent))


@check("anbefaling-uten-vurdering")
def loose_recommendations(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A recommendation that follows from nothing, or only from what is fulfilled (class 16)."""
    audit = evidence.audit
    for row in audit.rows(register):
        causes = [one for id in row.refs("follows_from") if (one := audit.row("assessments", id))]
        if not row["follows_from"] and not row.explained("follows_from"):
            yield Hit(
                row.place("follows_from"),
                f"Anbefaling {row['number']} følger ikke av noen vurdering",
                "Id-er fra Vurderinger",
                "Fyll ut Følger av, eller ta ut anbefalingen.",
            )
        elif causes and all(audit.verdict(one) == "oppfylt" and one["level"] == CRITERION for one in causes):
            yield Hit(
                row.place("follows_from"),
                f"Anbefaling {row['number']} følger bare av kriterier som er {causes[0]['verdict'].lower()}",
                "En vurdering som peker på noe som mangler",
                "Rett Følger av, eller skriv i vurderingen hva som kan bli bedre.",
                tuple(one.place("verdict") for one in causes),
                mild=True,
            )


@check("anbefaling-uten-svar")
def unanswered_recommendations(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A recommendation the chief executive has not answered, once the response is there (chain)."""
    audit = evidence.audit
    if not any(row["round"] == "uttalelse" and row["text"] for row in audit.rows("comments")):
        return
    lacking = [row for row in audit.rows(register) if not row["answer"] and not row.explained("answer")]
    if lacking:
        numbers = ", ".join(row["number"] for row in lacking)
        yield Hit(
            lacking[0].place("answer"),
            f"Svar er tom på anbefaling {numbers}, men uttalelsen er kommet",
            "Ja, Delvis eller Nei",
            "Før inn svaret, eller skriv i Mangler fordi at uttalelsen ikke svarer på anbefalingen.",
            tuple(row.place("answer") for row in lacking[1:]),
        )


@check("sporsmal-uten-konklusjon")
def questions_without_conclusion(evidence: Evidence, register: str) -> Iterator[Hit]:
    """An evaluative question that the conclusion does not answer (chain)."""
    prose = evidence.prose.get("conclusion")
    if not prose or not prose.all:
        return
    answered: set[str] = set()
    named: set[str] = set()
    for paragraph in prose.all:
        said = set(re.findall(r"\w+", plain(paragraph["runs"]).upper()))
        heading = paragraph["kind"].startswith("h")
        named = said if heading else named
        answered |= set() if heading else named | said
    for question in _evaluative(evidence.audit):
        if question.label.upper() not in answered and len(evidence.audit.params.questions) > 1:
            yield Hit(
                Place("text/conclusion.md", question.id),
                f"Konklusjonen svarer ikke på {question.label}",
                f"Et avsnitt under overskriften ## {question.label}",
                "Skriv konklusjonen for problemstillingen.",
            )


def _parent(evidence: Evidence, row: Row) -> Iterator[Hit]:
    """A criterion judged better than its best part or worse than its worst, though all its parts count."""
    audit = evidence.audit
    criterion = audit.row("criteria", row["criteria"])
    parts = [
        (one, audit.verdict(one))
        for child in (_children(audit, row["criteria"]) if criterion and criterion["logic"] != ANY_OF else ())
        for one in _assessments(audit, child.id)
    ]
    places = [SCALE.index(verdict) for _, verdict in parts if verdict in SCALE]
    verdict = audit.verdict(row)
    framed = len(places) < 2 or verdict not in SCALE or min(places) <= SCALE.index(verdict) <= max(places)
    if not framed and not row["outside_frame"]:
        words = verdict_words(audit.params)
        yield Hit(
            row.place("verdict"),
            f"Kriteriet {row['criteria']} er «{row['verdict']}», men delene er "
            f"{', '.join(words[one].lower() for _, one in parts)}",
            f"{words[SCALE[min(places)]]} til {words[SCALE[max(places)]]}",
            "Velg et annet ord, eller skriv i Utenfor rammen fordi hvorfor det er riktig.",
            tuple(one.place("verdict") for one, _ in parts),
        )


@check("samlet-vurdering")
def roll_ups(evidence: Evidence, register: str) -> Iterator[Hit]:
    """An overall verdict outside the frame its criteria give, without a reason; or over a descriptive question (26).

    The auditor chooses the word; practice, section 5 gives the frame.
    """
    audit = evidence.audit
    for row in audit.rows(register):
        if row["level"] == CRITERION:
            yield from _parent(evidence, row)
        if row["level"] != QUESTION or not row["verdict"]:
            continue
        questions = audit.questions_of(row)
        if questions and all(question.kind == "beskrivende" for question in questions):
            yield Hit(
                row.place("verdict"),
                f"«{row['verdict']}» er satt på en beskrivende problemstilling",
                "Ingen samlet vurdering",
                "Ta ut ordet, eller sett slag til vurderende.",
            )
            continue
        verdict = audit.verdict(row)
        if verdict not in SCALE or row["outside_frame"]:
            continue
        for question in questions:
            counts = tally(audit, question.id)
            best, worst, why = frame(audit, question.id)
            if counts and not SCALE.index(best) <= SCALE.index(verdict) <= SCALE.index(worst):
                words = verdict_words(audit.params)
                allowed = words[best] if best == worst else f"{words[best]} til {words[worst]}"
                yield Hit(
                    row.place("verdict"),
                    f"{question.label} er samlet «{row['verdict']}», men kriteriene er "
                    f"{', '.join(f'{number} {words[key].lower()}' for key, number in counts.items())}",
                    f"{allowed} ({why})",
                    "Velg et annet ord, eller skriv i Utenfor rammen fordi hvorfor det er riktig.",
                )
