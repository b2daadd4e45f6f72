"""Has the report the parts that RSK 001, *Prosjektrapport*, asks for?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from helpers.audit import Audit
from helpers.checks import Evidence, Hit, check
from helpers.message import Place

PROJECT = "Prosjekt"


def _text(name: str) -> Callable[[Audit], bool]:
    return lambda audit: name in audit.texts and bool(audit.texts[name].content.strip())


def _rows(register: str) -> Callable[[Audit], bool]:
    return lambda audit: bool(audit.rows(register))


def _evaluative(audit: Audit) -> bool:
    """Only descriptive questions: no assessment is asked for."""
    return any(question.kind == "vurderende" for question in audit.params.questions)


PARTS: tuple[tuple[str, str, Callable[[Audit], bool]], ...] = (
    ("Sammendrag", "text/summary.md", _text("summary")),
    ("Bakgrunn", "text/background.md", _text("background")),
    ("Formål", PROJECT, lambda audit: bool(audit.params.purpose.strip())),
    ("Metode", "text/method.md", _text("method")),
    ("Revisjonskriterier", "Kriterier", _rows("criteria")),
    ("Data", "Datagrunnlag", lambda audit: bool(audit.rows("evidence") or audit.rows("quantities"))),
    ("Vurderinger", "Vurderinger", lambda audit: bool(audit.rows("assessments")) or not _evaluative(audit)),
    ("Konklusjoner", "text/conclusion.md", _text("conclusion")),
    (
        "Kommunedirektørens uttalelse",
        "Innspill",
        lambda audit: (
            audit.params.phase != "endelig"
            or any(row["round"] == "uttalelse" and row["text"] for row in audit.rows("comments"))
        ),
    ),
    ("Referanser", "Kilder", _rows("sources")),
)


@check("rsk-del-mangler")
def parts(evidence: Evidence, register: str) -> Iterator[Hit]:  # noqa: ARG001
    """A part that the standard requires is missing (class 27); the response only once the hearing is over."""
    for part, where, there in PARTS:
        if not there(evidence.audit):
            yield Hit(
                Place(where, part),
                f"Delen {part} mangler",
                "RSK 001 krever at rapporten har den",
                f"Skriv den i {where}.",
            )
    for question in evidence.audit.params.questions:
        if not _text(question.id)(evidence.audit):
            yield Hit(
                Place(f"text/{question.id}.md", question.id),
                f"Teksten til {question.label} mangler",
                "Datagrunnlag og vurdering for hver problemstilling",
                "Skriv den.",
            )
