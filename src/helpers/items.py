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
from helpers.facts import Facts
from helpers.params import TEXTS

SAYS = {
    "avsnitt": ("runs",),
    "utsagn": ("text", "known", "who", "share", "as_of", "direction", "contradicted", "clarification"),
    "kriterium": ("text", "modality", "sources", "paragraph", "missing", "logic", "moved", "dropped"),
    "vurdering": ("text", "verdict", "rebuilt", "ungraded", "reason", "based_on", "breach", "reservation",
                  "recommendations", "no_recommendation"),
    "anbefaling": ("text", "follows_from", "addressee", "answer", "deadline"),
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
        x: hash of its content.
        text: what it says, as one reads it.
        of: the rows it is made from, ``register.id``; empty for prose.
        facts: ids of the facts it shows.
        file: the text a paragraph stands in, as messages name it; empty elsewhere.
        lines: its first and last line there.
    """

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
    return tuple(item for block in blocks for _, item in _items(block, facts))


def marked(block: Mapping[str, Any], facts: Facts, about: Callable[[Item], Mapping[str, Any]]) -> dict[str, Any]:
    """A copy of a block whose items carry their content ``x``, their kind ``k`` and what else is shown on them."""
    copied: dict[str, Any] = json.loads(json.dumps(block))
    for unit, item in _items(copied, facts):
        unit.update({"x": item.x, "k": item.kind, **about(item)})
    return copied


def _items(block: Mapping[str, Any], facts: Facts) -> Iterator[tuple[dict[str, Any], Item]]:
    """Each unit of a block's data that is an item, with the item."""
    title = [block["title"]] if block["role"] == "exhibit" else []
    for kind, unit in _units(block):
        said = [unit.get(key) for key in SAYS[kind]]
        text = " · ".join(" ".join(part.split()) for part in (*title, *_words(said, cited=False)) if part.strip())
        if not text:
            continue
        shown = tuple(id for id in facts_in(unit) if id in facts.by_id)
        content = (kind, [*title, *_words(said, cited=True)], [facts.by_id[id].hash for id in shown])
        x = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]
        of = (f"{OF[kind]}.{unit['id']}",) if kind in OF else _rows(unit)
        yield unit, Item(x, kind, block["id"], block["group"], text, of, shown, *_standing(block, unit))


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


def _words(node: Any, *, cited: bool) -> list[str]:
    """The words of a unit in reading order; a citation counts by what it cites, never by its number."""
    if isinstance(node, str):
        return [node] if node else []
    if isinstance(node, Mapping):
        if "t" in node:
            return [_run(node, cited=cited)]
        if node.get("lines"):
            return []
        if "to" in node:
            return [node["to"]] if cited else []
        return [word for key, value in node.items() if key not in PLACED for word in _words(value, cited=cited)]
    if isinstance(node, (list, tuple)):
        if node and all(isinstance(one, Mapping) and "t" in one and "num" not in one for one in node):
            return [joined] if (joined := "".join(_run(one, cited=cited) for one in node)) else []
        return [word for value in node for word in _words(value, cited=cited)]
    return []


def _run(run: Mapping[str, Any], *, cited: bool) -> str:
    if run.get("s") == "cite":
        return f"[{run['c']}]" if cited else ""
    return str(run["t"])
