"""Blocks: what a chapter displays, as data. A page is assembled from these, never from their HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

MIME = "application/vnd.revisjonsbok+json"
Kind = Literal["table", "chart", "statement", "matrix", "text"]
ROLES = ("question", "criteria", "text", "exhibit", "statements", "figures", "assessment", "follows")
PARTS = ("summary", "background", "matrix", "sources", "not_received", "changes")

VERDICT_ICONS = {
    "oppfylt": "✓",
    "vesentlig": "✓",
    "delvis": "◐",
    "liten": "◔",
    "ikke": "✕",
    "kan_ikke": "?",
    "ikke_vurdert": "–",
    "vurdert_under": "→",
    "ikke_aktuelt": "–",
    "": "–",
}


@dataclass(frozen=True)
class Block:
    """One thing a reader sees.

    Attributes:
        id: ``<chapter>-<question>-<name>``, unique in an audit and stable over runs.
        role: its place: one of ROLES within a chapter, or one of PARTS, which the page shows by themselves.
        group: the question it belongs to; empty when it belongs to the whole chapter.
        facts: ids of the facts shown in it.
        audience: ``all``, or ``internal`` when it may not leave the house.
    """

    id: str
    kind: Kind
    role: str
    chapter: str
    group: str
    title: str
    data: Mapping[str, Any]
    facts: tuple[str, ...] = ()
    audience: str = "all"
    language: str = field(default="nb")

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "role": self.role,
            "chapter": self.chapter,
            "group": self.group,
            "title": self.title,
            "data": self.data,
            "facts": list(self.facts),
            "audience": self.audience,
            "language": self.language,
        }

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """What Jupyter stores: the data, and HTML for JupyterLab."""
        from helpers.render import render_block

        return {MIME: self.as_dict(), "text/html": render_block(self.as_dict()), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<{self.kind} {self.id}>"


def facts_in(data: object) -> tuple[str, ...]:
    """Every fact id named by a run anywhere in a block's data, in order of appearance."""
    found: dict[str, None] = {}

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "t" in node:  # a run, which holds nothing but strings
                if isinstance(node.get("f"), str):
                    found[node["f"]] = None
                return
            for value in node.values():
                walk(value)
        elif isinstance(node, (list, tuple)):
            for value in node:
                walk(value)

    walk(data)
    return tuple(found)
