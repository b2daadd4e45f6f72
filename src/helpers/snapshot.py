"""What an edition says, taken down: its facts, its items, and the cells they were made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from helpers.audit import Audit
from helpers.cells import cells_of
from helpers.facts import Fact, Facts, show_value
from helpers.items import Item
from helpers.journal import KeptFact, KeptItem, Snapshot
from helpers.message import Place
from helpers.prose import plain


def take_snapshot(audit: Audit, facts: Facts, blocks: Sequence[Mapping[str, Any]], items: Iterable[Item]) -> Snapshot:
    """The snapshot of an audit whose chapters displayed these blocks, which hold these items."""
    kept = tuple(KeptItem(item.x, item.kind, item.block, item.text, item.of, item.facts) for item in items)
    cells = tuple((*key, value) for key, value in sorted(cells_of(audit).items()))
    frame = (audit.params.title, audit.params.municipality.name, *_headings(blocks))
    keys = {register.schema.sheet: key for key, register in audit.registers.items()}
    return Snapshot({fact.id: _fact(audit, keys, fact) for fact in facts}, kept, cells, frame)


def _headings(blocks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The headings a person wrote in the texts."""
    for block in blocks:
        for paragraph in block["data"].get("paragraphs", ()):
            if paragraph["kind"].startswith("h"):
                yield plain(paragraph["runs"])


def _fact(audit: Audit, keys: Mapping[str, str], fact: Fact) -> KeptFact:
    """A fact as it is kept; ``keys`` are the registers by the names of their sheets."""
    cells = tuple(dict.fromkeys((keys[cell.place.register], cell.place.row, _column(audit, keys, cell.place))
                                for cell in fact.cells))  # fmt: skip
    n, base = ("" if value is None else str(value) for value in (fact.n, fact.base))
    number = str(fact.number.value) if fact.number else ""
    return KeptFact(fact.hash, fact.label, number, show_value(audit, fact), fact.unit, n, base, cells)


def _column(audit: Audit, keys: Mapping[str, str], place: Place) -> str:
    """The key of the column a place names by its heading."""
    return audit.schema[keys[place.register]].heading(place.column) or place.column
