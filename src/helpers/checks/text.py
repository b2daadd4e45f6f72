"""Does every reference in the text lead to a fact or a source, and is no number typed by hand?"""

from __future__ import annotations

from collections.abc import Iterator

from helpers.checks import LONGEST_PARAGRAPH, Evidence, Hit, check
from helpers.message import Place
from helpers.prose import TextProblem


def _problems(evidence: Evidence, kind: str) -> Iterator[tuple[str, TextProblem]]:
    for name, prose in evidence.prose.items():
        for problem in prose.problems:
            if problem.kind == kind:
                yield evidence.audit.texts[name].file, problem


def _text_check(kind: str, expected: str) -> None:
    @check(kind)
    def run(evidence: Evidence, register: str) -> Iterator[Hit]:
        for file, problem in _problems(evidence, kind):
            yield Hit(Place(file, problem.found[:60], "", problem.line), problem.found, expected, problem.do)


_text_check("ukjent-referanse", "En referanse til et tall som finnes, i en form det har grunnlag for")
_text_check("ugyldig-referanse", "Klammer som går opp")
_text_check("ukjent-overskrift", "Avsnittene til en problemstilling står under en av de to overskriftene")
_text_check("ukjent-kilde", "En id fra Kilder, Intervjuer, Utvalg, Undersøkelser eller Datagrunnlag")


@check("langt-avsnitt")
def too_long(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A paragraph too long to have been written: its end is read by no check, so it stops (class 29)."""
    for name, prose in evidence.prose.items():
        for paragraph in prose.all:
            length = sum(len(run["t"]) for run in paragraph["runs"])
            if length > LONGEST_PARAGRAPH:
                yield Hit(
                    Place(evidence.audit.texts[name].file, "langt avsnitt", "", paragraph["line"]),
                    f"Avsnittet er på {length} tegn; bare de første {LONGEST_PARAGRAPH} er kontrollert",
                    f"Høyst {LONGEST_PARAGRAPH} tegn",
                    "Del avsnittet, eller ta ut det som er limt inn ved en feil.",
                )


@check("maltall")
def measures(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A derived number that cannot be worked out."""
    for problem in evidence.facts.problems:
        yield Hit(problem.place, problem.found, "Et måltall som lar seg regne ut", problem.do)


@check("tvetydig-navn")
def ambiguous_names(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Two sheets with a number of the same id: prose cannot tell which is meant."""
    seen: dict[str, str] = {}
    for fact in evidence.facts:
        if fact.column or fact.register == "cases":
            continue
        if fact.row in seen and seen[fact.row] != fact.register:
            row = evidence.audit.row(fact.register, fact.row)
            other = evidence.audit.schema[seen[fact.row]].sheet
            if row:
                yield Hit(
                    row.place("id"),
                    f"Id-en «{fact.row}» er også et tall i {other}",
                    "En id for hvert tall",
                    "Gi en av radene en annen id.",
                )
        seen.setdefault(fact.row, fact.register)
