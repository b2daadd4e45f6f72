"""RSK 001, the standard for performance audits, point by point: met by what, when and by whom.

The points are the standard's own headings; what each asks for is said short, in our words (``words.toml``).
Nothing is claimed that no register shows: a point without documentation says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from helpers.audit import Audit
from helpers.journal import ASSURING
from helpers.params import Member, Milestone
from helpers.populations import interviews_held
from helpers.register import Row
from helpers.schema import fold
from helpers.verdicts import NEGATIVE, OUTSIDE, SCALE

PROJECT = "Prosjekt"


def _text(name: str) -> Callable[[Audit], bool]:
    return lambda audit: name in audit.texts and bool(audit.texts[name].content.strip())


def _rows(register: str) -> Callable[[Audit], bool]:
    return lambda audit: bool(audit.rows(register))


def _evaluative(audit: Audit) -> bool:
    """Whether an assessment is asked for: not when every question is descriptive."""
    return any(question.kind == "vurderende" for question in audit.params.questions)


def _answered(audit: Audit) -> bool:
    return any(row["round"] == "uttalelse" and row["text"] for row in audit.rows("comments"))


REPORT_PARTS: tuple[tuple[str, str, Callable[[Audit], bool]], ...] = (
    ("Sammendrag", "text/summary.md", _text("summary")),
    ("Bakgrunn", "text/background.md", _text("background")),
    ("Formål", PROJECT, lambda audit: bool(audit.params.purpose.strip())),
    ("Metode", "text/method.md", _text("method")),
    ("Revisjonskriterier", "Kriterier", _rows("criteria")),
    ("Data", "Datagrunnlag", lambda audit: bool(audit.rows("evidence") or audit.rows("quantities"))),
    ("Vurderinger", "Vurderinger", lambda audit: bool(audit.rows("assessments")) or not _evaluative(audit)),
    ("Konklusjoner", "text/conclusion.md", _text("conclusion")),
    ("Kommunedirektørens uttalelse", "Innspill", lambda audit: audit.params.phase != "endelig" or _answered(audit)),
    ("Referanser", "Kilder", _rows("sources")),
)
"""The parts a report has at least (*Prosjektrapport*): name, where it is written, and whether it is there."""


def missing_parts(audit: Audit) -> Iterator[tuple[str, str]]:
    """The parts of the report that are not there, with where each is written."""
    for part, where, there in REPORT_PARTS:
        if not there(audit):
            yield part, where


def unwritten_questions(audit: Audit) -> Iterator[tuple[str, str]]:
    """The questions that have no text, or lack one of its two parts; with what is missing."""
    for question in audit.params.questions:
        written: set[str] = set()
        heading = ""
        for line in audit.texts[question.id].content.splitlines() if question.id in audit.texts else ():
            if line.startswith("# "):
                heading = fold(line[2:])
            elif line.strip() and not line.startswith("#"):
                written.add(heading)
        if not written:
            yield question.id, "Teksten"
            continue
        for part in ("Datagrunnlag", "Vurdering"):
            if fold(part) not in written and (part == "Datagrunnlag" or question.kind == "vurderende"):
                yield question.id, f"Delen {part}"


@dataclass(frozen=True)
class Met:
    """One piece of documentation of a point: what, when, and by whom; empty where it is not on record."""

    what: str
    when: str = ""
    who: str = ""


@dataclass(frozen=True)
class Point:
    """One heading of the standard; ``lacking`` says what is not on record."""

    key: str
    met: tuple[Met, ...]
    lacking: str = ""


def points(audit: Audit) -> list[Point]:
    """Every point of the standard in its order."""
    return [Point(key, tuple(found), lacking) for key, (found, lacking) in ((k, f(audit)) for k, f in _POINTS)]


Documented = tuple[Sequence[Met], str]


def _milestones(audit: Audit, *words: str) -> list[Met]:
    pattern = re.compile("|".join(words), re.IGNORECASE)
    return [_met(one) for one in audit.params.milestones if pattern.search(one.what)]


def _met(milestone: Milestone) -> Met:
    case = f" (sak {milestone.case})" if milestone.case else ""
    committee = re.search("kontrollutvalg", milestone.what, re.IGNORECASE)
    return Met(f"{milestone.what}{case}", milestone.date or milestone.missing, "Kontrollutvalget" if committee else "")


def _comments(audit: Audit, *rounds: str) -> list[Met]:
    rows = [row for row in audit.rows("comments") if row["round"] in rounds]
    return [
        Met(f"{row['round'].capitalize()}: {row['about']}", row["date"] or row.reason("date"), row["from"])
        for row in rows
    ]


def _auditor(audit: Audit) -> Documented:
    team = audit.params.team
    met = [Met("Uavhengighet vurdert", one.independence, _person(one)) for one in team if one.independence]
    met += [Met("Team", "", _person(one)) for one in team if not one.independence]
    return met, "" if team and all(one.independence for one in team) else "Vurderingen av uavhengighet er ikke ført"


def _person(one: Member) -> str:
    return ", ".join(filter(None, (one.name, one.role)))


def _order(audit: Audit) -> Documented:
    met = _milestones(audit, "bestil", "mandat")
    return met, "" if met else "Bestillingen er ikke ført i Milepæler"


def _dialogue(audit: Audit) -> Documented:
    met = _milestones(audit, "oppstart", "høring", "faktaverifi", "verifisering", "tilbakemelding")
    met += [
        Met(row["form"].capitalize(), row["date"] or row.reason("date"), row["roles"])
        for row in audit.rows("interviews")
        if row["form"] == "oppstartsmøte" and not row["not_held"]
    ]
    held = interviews_held(audit)
    approved = sum(1 for row in held if row["approved"] == "Ja")
    if held:
        met.append(Met(f"Referater godkjent: {approved} av {len(held)}"))
    met += _comments(audit, "referat", "verifisering", "høring", "uttalelse")
    return met, "" if _answered(audit) or audit.params.phase != "endelig" else "Uttalelsen i høringen er ikke ført"


def _plan(audit: Audit) -> Documented:
    met = _milestones(audit, "prosjektplan")
    if audit.params.purpose.strip():
        met.append(Met("Formål og avgrensning er ført i parametrene"))
    return met, "" if _milestones(audit, "prosjektplan") else "Når prosjektplanen ble behandlet, er ikke ført"


def _questions(audit: Audit) -> Documented:
    kinds = Counter(question.kind for question in audit.params.questions)
    return [Met(", ".join(f"{count} {kind}" for kind, count in kinds.items()))], ""


def _criteria(audit: Audit) -> Documented:
    rows = audit.rows("criteria")
    sourced = sum(1 for row in rows if row["source"])
    met = [Met(f"{sourced} av {len(rows)} kriterier har kilde")] if rows else []
    return met + _comments(audit, "kriterier"), "" if rows else "Ingen kriterier er ført"


def _method(audit: Audit) -> Documented:
    known = Counter(row["known"] for row in audit.rows("evidence") if row["known"])
    counts = (
        (len(interviews_held(audit)), "intervjuer"),
        (sum(1 for row in audit.rows("sources") if row["used"] != "Nei"), "kilder i bruk"),
        (len(audit.rows("samples")), "utvalg"),
        (len({row["survey"] for row in audit.rows("surveys")}), "undersøkelser"),
    )
    met = [Met(", ".join(f"{count} {name}" for count, name in counts if count))]
    if known:
        met.append(Met("Utsagn: " + ", ".join(f"{count} {word}" for word, count in known.most_common())))
    return met, "" if _text("method")(audit) else "Metodeteksten er ikke skrevet"


def _assessments(audit: Audit) -> Documented:
    rows = [row for row in audit.rows("assessments") if row["level"] == "kriterium"]
    judged = sum(1 for row in rows if audit.verdict(row) in SCALE)
    outside = sum(1 for row in rows if audit.verdict(row) in OUTSIDE)
    met = [Met(f"{judged} kriterier er vurdert på skalaen" + (f", {outside} utenfor med grunn" if outside else ""))]
    if _text("conclusion")(audit):
        met.append(Met("Konklusjonen svarer på problemstillingene"))
    return (met, "") if rows or not _evaluative(audit) else ([], "Ingen vurderinger er ført")


def _recommendations(audit: Audit) -> Documented:
    rows = audit.rows("recommendations")
    linked = sum(1 for row in rows if row["follows_from"])
    reasons = sum(1 for row in audit.rows("assessments") if row["no_recommendation"])
    met = [Met(f"{linked} av {len(rows)} anbefalinger følger av en vurdering")] if rows else []
    if reasons:
        met.append(Met(f"{reasons} vurderinger uten anbefaling har grunn"))
    lacking = any(audit.verdict(row) in NEGATIVE for row in audit.rows("assessments")) and not rows and not reasons
    return met, "Ingen anbefalinger er ført, og ingen grunn til det" if lacking else ""


def _report(audit: Audit) -> Documented:
    lacking = [part for part, _ in missing_parts(audit)]
    there = [part for part, _, _ in REPORT_PARTS if part not in lacking]
    return [Met("Deler: " + ", ".join(there)), *_milestones(audit, "rapport.*(avgitt|undertegnet|levert)", "avgitt")], (
        "Mangler: " + ", ".join(lacking) if lacking else ""
    )


def _documentation(audit: Audit) -> Documented:
    rows = [row for row in audit.all_rows() if "place" in row.schema.by_key]
    placed = sum(1 for row in rows if row["place"])
    archived = sum(1 for row in audit.rows("sources") if row["archive"])
    met = [Met(f"{placed} av {len(rows)} rader i registrene viser hvor opplysningen står")]
    if archived:
        met.append(Met(f"{archived} kilder har arkivreferanse"))
    return met, "" if archived else "Ingen kilder har arkivreferanse"


def _assurance(audit: Audit) -> Documented:
    roles = [one for one in audit.params.team if re.search("oppdragsansvarlig|kvalitetssikr", one.role, re.IGNORECASE)]
    met = [Met("Ansvarlig", "", _person(one)) for one in roles]
    met += _comments(audit, "kvalitetssikring")
    read = [one for one in audit.journal.reviews if one.role in ASSURING]
    met += [Met(f"{len(one.marks)} merker i overlevering {one.handover}", one.saved[:10], one.role) for one in read]
    signed = [one for one in audit.journal.signatures if one.role in ASSURING]
    met += [Met("Signert", one.date, f"{one.name}, {one.role}") for one in signed]
    waived: list[Row] = [row for row in audit.rows("waivers") if row["assurer"]]
    if waived:
        met.append(Met(f"{len(waived)} unntak godtatt", "", waived[0]["assurer"]))
    done = read or signed or _comments(audit, "kvalitetssikring")
    return met, "" if done else "Kvalitetssikringen er ikke ført i Innspill"


_POINTS: tuple[tuple[str, Callable[[Audit], Documented]], ...] = (
    ("auditor", _auditor), ("order", _order), ("dialogue", _dialogue), ("plan", _plan), ("questions", _questions),
    ("criteria", _criteria), ("method", _method), ("assessments", _assessments),
    ("recommendations", _recommendations), ("report", _report), ("documentation", _documentation),
    ("assurance", _assurance),
)  # fmt: skip
