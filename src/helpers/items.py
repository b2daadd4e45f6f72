"""Items: what a reviewer marks, a paragraph, statement, criterion, table, figure, assessment or recommendation.

An item is known by its content: what it says, and the facts it says it with. Where it stands, its number, its
lines in a register and the marks of its sources may change; then it is still the same item.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from helpers.blocks import facts_in
from helpers.cells import even
from helpers.facts import Facts
from helpers.params import TEXTS

SAYS = {
    "avsnitt": ("runs",),
    "utsagn": ("text", "known", "who", "share", "as_of", "direction", "contradicted", "clarification"),
    "kriterium": ("text", "modality", "sources", "paragraph", "missing", "logic", "moved", "dropped"),
    "vurdering": ("text", "verdict", "rebuilt", "ungraded", "reason", "based_on", "breach", "reservation",
                  "outside_frame", "recommendations", "no_recommendation"),
    "anbefaling": ("text", "follows_from", "addressee", "answer", "deadline", "responsible", "decision", "followup"),
    "tabell": ("columns", "rows", "footer"),
    "figur": ("alt", "table"),
}  # fmt: skip
"""What each kind of item says: the parts of its data that are content."""
OF = {"utsagn": "evidence", "kriterium": "criteria", "vurdering": "assessments", "anbefaling": "recommendations"}
"""The register a kind of item is a row of."""
OVERVIEWS = ("matrix", "changes")
"""Roles of blocks that repeat what stands elsewhere, or are about the report: nobody approves them."""
LONGEST_ABOUT = 80
FIGURE = "tall"
"""The kind of a fact, which is marked by itself."""


@dataclass(frozen=True)
class Item:
    """One item of a page.

    Attributes:
        at: the number of its block among the blocks, and its own among the units of that block.
        x: hash of its content.
        text: what it says, as one reads it.
        of: the rows it is made from, ``register.id``; empty for prose.
        facts: ids of the facts it shows.
        file: the text a paragraph stands in, as messages name it; empty elsewhere.
        lines: its first and last line there.
    """

    at: tuple[int, int]
    x: str
    kind: str
    block: str
    group: str
    text: str
    of: tuple[str, ...]
    facts: tuple[str, ...]
    file: str = ""
    lines: tuple[int, int] = (0, 0)

    @property
    def about(self) -> str:
        """The beginning of its text."""
        return self.text[:LONGEST_ABOUT]


def items_of(blocks: Iterable[Mapping[str, Any]], facts: Facts) -> tuple[Item, ...]:
    """Every item of an audit, in the order of the blocks."""
    return tuple(item for number, block in enumerate(blocks) for item in _items(number, block, facts))


def marked(
    blocks: Iterable[Mapping[str, Any]], items: Iterable[Item], about: Callable[[Item], Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Copies of blocks whose items carry their content ``x``, their kind ``k`` and what else is shown on them.

    Args:
        items: all of these very blocks, as `items_of` gives them.
    """
    copied = [{**block, "data": _copied(block["data"], UNITS_DEEP)} for block in blocks]
    units = [[unit for _, unit in _units(block)] for block in copied]
    for item in items:
        block, unit = item.at
        units[block][unit].update({"x": item.x, "k": item.kind, **about(item)})
    return copied


UNITS_DEEP = 4
"""How far down in the data of a block its units lie: groups, a group, its items, an item."""


def _copied(node: Any, deep: int) -> Any:
    """Data copied so far down; below that it is shared, and nobody changes it."""
    if isinstance(node, dict):
        return {key: _copied(value, deep - 1) for key, value in node.items()} if deep else {**node}
    if isinstance(node, list):
        return [_copied(value, deep - 1) for value in node] if deep else [*node]
    return node


def _items(number: int, block: Mapping[str, Any], facts: Facts) -> Iterator[Item]:
    """Each unit of a block's data that says something."""
    title = [block["title"]] if block["role"] == "exhibit" else []
    for at, (kind, unit) in enumerate(_units(block)):
        words, cited = [*title], [*title]
        for key in SAYS[kind]:
            _read(unit.get(key), words, cited)
        text = " · ".join(said for part in words if (said := even(part)))
        if not text:
            continue
        shown = tuple(id for id in facts_in(unit) if id in facts.by_id)
        content = (kind, [even(part) for part in cited], [facts.by_id[id].hash for id in shown])
        x = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]
        of = (f"{OF[kind]}.{unit['id']}",) if kind in OF else _rows(unit)
        place = _standing(block, unit)
        yield Item((number, at), x, kind, block["id"], block["group"], text, of, shown, *place)


def _standing(block: Mapping[str, Any], unit: Mapping[str, Any]) -> tuple[str, tuple[int, int]]:
    """File and lines of a paragraph a person wrote in a text."""
    first = unit.get("line", 0)
    if not first or block["kind"] != "text":
        return "", (0, 0)
    name = block["group"] or (block["role"] if block["role"] in TEXTS else block["chapter"])
    return f"text/{name}.md", (first, first + sum(run["t"].count("\n") for run in unit["runs"]))


def _rows(unit: Mapping[str, Any]) -> tuple[str, ...]:
    """The rows a table, or the table of a figure, is taken from; nothing for prose."""
    footer = unit.get("table", unit).get("footer", ())
    return tuple(id for part in footer if part.get("lines") for id in part["of"])


def _units(block: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    data: Any = block["data"]
    if block["role"] in OVERVIEWS:
        return
    for paragraph in data.get("paragraphs", ()):
        if not paragraph["kind"].startswith("h"):
            yield "avsnitt", paragraph
    for group in data.get("groups", ()):
        for statement in group["items"]:
            yield "utsagn", statement
    for criterion in data.get("criteria", ()):
        yield "kriterium", criterion
    for assessment in (*data.get("overall", ()), *data.get("assessments", ())):
        yield "vurdering", assessment
    for recommendation in data.get("recommendations", ()):
        yield "anbefaling", recommendation
    if block["kind"] == "chart":
        yield "figur", data
    elif block["kind"] == "table":
        yield "tabell", data


PLACED = ("id", "number", "key", "icon", "num", "total", "of", "lines")
"""Keys that say where or how something stands, not what is said."""


def _read(node: Any, words: list[str], cited: list[str]) -> None:
    """Add the words of a unit in reading order.

    Args:
        words: what one reads; the marks of citations are left out.
        cited: the same with what is cited in their place: a citation counts by that, never by its number.
    """
    if isinstance(node, str):
        if node:
            words.append(node)
            cited.append(node)
    elif isinstance(node, dict):
        if "t" in node:
            words.append(_run(node, cited=False))
            cited.append(_run(node, cited=True))
        elif node.get("lines"):
            pass
        elif "to" in node:
            cited.append(node["to"])
        else:
            for key, value in node.items():
                if key not in PLACED:
                    _read(value, words, cited)
    elif isinstance(node, (list, tuple)):
        if node and _is_run(node[0]):  # then they all are: together they are one text
            for said, with_sources in ((words, False), (cited, True)):
                if text := "".join(_run(one, cited=with_sources) for one in node):
                    said.append(text)
        else:
            for value in node:
                _read(value, words, cited)


def _is_run(node: Any) -> bool:
    """A piece of text; the heading of a column has a text too, but stands by itself."""
    return isinstance(node, dict) and "t" in node and "num" not in node


def _run(run: Mapping[str, Any], *, cited: bool) -> str:
    if run.get("s") == "cite":
        return f"[{run['c']}]" if cited else ""
    return str(run["t"])
