"""Checks: pure functions from evidence to hits, listed with severity and wording in ``expectations/*.json``.

A check knows no municipality, id or number of any audit, no Great Expectations and no severity.
One file holds one family.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

from helpers.audit import Audit
from helpers.facts import Facts
from helpers.message import Place
from helpers.passages import Passage, Passages, Sentence, read_sentences
from helpers.populations import counted, informants
from helpers.prose import Prose
from helpers.runs import Run
from helpers.schema import fold

T = TypeVar("T")
LONGEST_PARAGRAPH = 10_000
"""In characters; the longest paragraphs of published reports are under 5 000."""


def _shown(run: Run) -> str:
    return " " * len(run["t"]) if "x" in run else run["t"]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What checks look at: one audit, its facts, its prose read, and its blocks once the chapters have run."""

    audit: Audit
    facts: Facts
    prose: Mapping[str, Prose]
    blocks: Sequence[Mapping[str, Any]] = ()

    def __getstate__(self) -> dict[str, Any]:
        """What is worked out from it does not travel with it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def paragraphs(self) -> Passages:
        """Every paragraph of every text; a reference that leads nowhere is blank, and told by a check of its own.

        A paragraph no person wrote is read to its LONGEST_PARAGRAPH; that it is longer is told by a check too.
        """
        found = []
        for name, prose in self.prose.items():
            for section, paragraphs in prose.sections.items():
                for paragraph in paragraphs:
                    text = "".join(_shown(run) for run in paragraph["runs"] if "c" not in run)[:LONGEST_PARAGRAPH]
                    place = Place(self.audit.texts[name].file, " ".join(text[:60].split()), "", paragraph["line"])
                    found.append(Passage(place, text, section, name, paragraph["runs"]))
        return Passages(found)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence of every text."""
        return tuple(sentence for passage in self.paragraphs for sentence in read_sentences(passage))

    def once(self, work: Callable[..., Iterable[T]], *about: str) -> tuple[T, ...]:
        """What several checks need (``about`` a register), worked out the first time one of them asks for it."""
        key = (work, *about)
        if key not in self._worked_out:
            self._worked_out[key] = tuple(work(self, *about))
        return self._worked_out[key]

    @cached_property
    def _worked_out(self) -> dict[tuple[object, ...], tuple[Any, ...]]:
        return {}

    @cached_property
    def counted(self) -> frozenset[str]:
        """Stems of the nouns the audit counts; see `helpers.populations`."""
        return counted(self.audit)

    @cached_property
    def informants(self) -> frozenset[str]:
        """Stems of the nouns for those the auditor spoke with."""
        return informants(self.audit)

    @cached_property
    def on_interviews(self) -> frozenset[str]:
        """The measures that are counted over the register of interviews."""
        over = (fold(self.audit.schema["interviews"].sheet), "interviews")
        return frozenset(
            f"measures.{row.id}" for row in self.audit.rows("measures") if fold(row["over"]).startswith(over)
        )

    def passages(self, register: str) -> Passages:
        """What is written in words: the free text cells of a register, or (``""``) the paragraphs of the texts."""
        if not register:
            return self.paragraphs
        if register not in self._passages:
            free = {column.key for column in self.audit.schema[register].columns if column.free_text}
            self._passages[register] = Passages(cell for cell in self.cells(register) if cell.source in free)
        return self._passages[register]

    def cells(self, register: str) -> Passages:
        """Every filled cell of words, row by row: as `passages`, where in a source it stands, and those of a matrix."""
        if register not in self._cells:
            table = self.audit.registers[register]
            columns = [column.key for column in table.schema.columns if column.type == "text" and not column.allowed]
            self._cells[register] = Passages(
                Passage(row, written, "", column)
                for row in table.rows
                for column in (*columns, *table.wide)
                if (written := row[column])
            )
        return self._cells[register]

    @cached_property
    def _passages(self) -> dict[str, Passages]:
        return {}

    @cached_property
    def _cells(self) -> dict[str, Passages]:
        return {}


@dataclass(frozen=True)
class Hit:
    """One thing a check found; ``mild`` lowers it one level («ca.», only truncated)."""

    place: Place
    found: str
    expected: str = ""
    do: str = ""
    touches: tuple[Place, ...] = field(default=())
    mild: bool = False


Check = Callable[[Evidence, str], Iterator[Hit]]
_CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under the name the suites use; it is called with evidence and a register's key."""

    def register(function: Check) -> Check:
        _CHECKS[name] = function
        return function

    return register


@cache
def all_checks() -> Mapping[str, Check]:
    """Every check by name."""
    for family in iter_modules(__path__):
        import_module(f"helpers.checks.{family.name}")
    return _CHECKS
