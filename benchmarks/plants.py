# ruff: noqa: E501 - a table of names
"""Which defects are planted where: a seeded choice, spread over the kinds of a class and over the audits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from random import Random

from benchmarks import plants_chain, plants_dates, plants_numbers, plants_text
from benchmarks.editing import edit, rename
from benchmarks.planting import KINDS, Defect, Site
from helpers.audit import Audit

MODULES = (plants_numbers, plants_dates, plants_chain, plants_text)
CLASSES = range(1, 31)
NAMES: Mapping[int, str] = {
    1: "sums", 2: "percent", 3: "two values", 4: "part above whole", 5: "missing values", 6: "mixed units", 7: "dates", 8: "expired",
    9: "interviews", 10: "samples", 11: "control points", 12: "quantifiers", 13: "told or verified", 14: "criteria", 15: "assessments",
    16: "recommendations", 17: "modality", 18: "citations", 19: "tables", 20: "excluded, chosen", 21: "half corrected", 22: "disagreeing",
    23: "foreign text", 24: "two wordings", 25: "law", 26: "colour, roll-up", 27: "RSK parts", 28: "persons", 29: "garbled", 30: "age bands",
}  # fmt: skip


@dataclass(frozen=True)
class Plant:
    """One defect in one audit; ``name`` is what the audit with the defect is called."""

    defect: int
    kind: str
    audit: str
    name: str
    what: Defect

    def grown(self, audit: Audit) -> Audit:
        """The audit with the defect."""
        return rename(edit(audit, self.what.changes), self.name)


def plants(audits: Sequence[Audit], *, per_class: int, seed: int, only: Sequence[int] = ()) -> list[Plant]:
    """Up to ``per_class`` defects of each class; the same for the same seed and audits."""
    clean = {audit.name: audit for audit in audits}
    found: list[Plant] = []
    for defect in only or CLASSES:
        changing = (one for one in _candidates(audits, defect, seed) if _differs(clean[one[1]], one[2]))
        for kind, audit, what in islice(changing, per_class):
            found.append(Plant(defect, kind, audit, f"{audit}--{len(found) + 1:04d}", what))
    return found


def _candidates(audits: Sequence[Audit], defect: int, seed: int) -> Iterator[tuple[str, str, Defect]]:
    """Every defect of a class, the kinds and the audits by turns."""
    queues = []
    for kind in (kind for kind in KINDS if kind.defect == defect):
        sown = []
        for audit in audits:
            random = Random(f"{seed} {defect} {kind.name} {audit.name}")
            defects = list(kind.planter(Site(audit, random)))
            random.shuffle(defects)
            sown.append([(kind.name, audit.name, what) for what in defects])
        Random(f"{seed} {defect} {kind.name}").shuffle(sown)
        queues.append([one for turn in zip_longest(*sown) for one in turn if one is not None])
    for turn in zip_longest(*queues):
        yield from (one for one in turn if one is not None)


def _differs(audit: Audit, what: Defect) -> bool:
    """Whether the changes change anything; a planter may pick the value that stands there."""
    after = edit(audit, what.changes)
    if (after.params, after.texts) != (audit.params, audit.texts):
        return True
    touched = [key for key in audit.registers if after.registers[key] is not audit.registers[key]]
    return any([row.cells for row in after.rows(key)] != [row.cells for row in audit.rows(key)] for key in touched)
