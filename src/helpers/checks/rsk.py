"""Has the report the parts that RSK 001 asks for, and is every point of the standard documented?"""

from __future__ import annotations

from collections.abc import Iterator

from helpers.checks import Evidence, Hit, check
from helpers.message import Place
from helpers.rsk import PROJECT, missing_parts, points, unwritten_questions


@check("rsk-del-mangler")
def parts(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A part that the standard requires is missing (class 27); the response only once the hearing is over."""
    for part, where in missing_parts(evidence.audit):
        yield Hit(
            Place(where, part), f"Delen {part} mangler", "RSK 001 krever at rapporten har den", f"Skriv den i {where}."
        )
    for id, part in unwritten_questions(evidence.audit):
        yield Hit(
            Place(f"text/{id}.md", id),
            f"{part} til {id.upper()} mangler",
            "Datagrunnlag og vurdering for hver problemstilling",
            "Skriv den.",
        )


@check("rsk-udokumentert")
def undocumented(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Points of the standard that nothing on record documents (class 27); told once.

    The points of the report itself are told part by part, so they are left out here.
    """
    words = evidence.audit.words
    lacking = [point for point in points(evidence.audit) if point.lacking and point.key not in ("report", "dialogue")]
    if lacking:
        names = "; ".join(
            f"{words(f'rsk.{point.key}')}: {point.lacking[:1].lower()}{point.lacking[1:]}" for point in lacking
        )
        yield Hit(
            Place(PROJECT, "rsk"),
            f"{len(lacking)} punkter i RSK 001 mangler dokumentasjon. {names}",
            "",
            "Før det inn, så viser siden Dokumentasjon etter RSK 001 det.",
        )
