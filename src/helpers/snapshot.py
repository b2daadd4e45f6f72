"""What an edition says, taken down: its facts, its items, and the cells they were made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from helpers.audit import Audit
from helpers.cells import cells_of
from helpers.facts import Fact, Facts, show_value
from helpers.items import items_of
from helpers.journal import KeptFact, KeptItem, Snapshot
from helpers.prose import plain


def take_snapshot(audit: Audit, facts: Facts, blocks: Iterable[Mapping[str, Any]]) -> Snapshot:
    """The snapshot of an audit whose chapters displayed these blocks."""
    items = [
        KeptItem(item.x, item.kind, item.block, item.text, item.of, item.facts) for item in items_of(blocks, facts)
    ]
    cells = tuple((*key, value) for key, value in sorted(cells_of(audit).items()))
    frame = (audit.params.title, audit.params.municipality.name, *_headings(blocks))
    return Snapshot({fact.id: _fact(audit, fact) for fact in facts}, tuple(items), cells, frame)


def _headings(blocks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The headings a person wrote in the texts."""
    for block in blocks:
        for paragraph in block["data"].get("paragraphs", ()):
            if paragraph["kind"].startswith("h"):
                yield plain(paragraph["runs"])


def _fact(audit: Audit, fact: Fact) -> KeptFact:
    names = {register.schema.sheet: key for key, register in audit.registers.items()}
    cells = tuple(dict.fromkeys((names[cell.place.register], cell.place.row, _column(audit, names, cell.place))
                                for cell in fact.cells))  # fmt: skip
    n, base = ("" if value is None else str(value) for value in (fact.n, fact.base))
    number = str(fact.number.value) if fact.number else ""
    return KeptFact(fact.hash, fact.label, number, show_value(audit, fact), fact.unit, n, base, cells)


def _column(audit: Audit, names: Mapping[str, str], place: Any) -> str:
    """The key of the column a place names by its heading."""
    return audit.schema[names[place.register]].heading(place.column) or place.column
