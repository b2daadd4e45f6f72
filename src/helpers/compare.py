"""The comparison over published audits: what is shared, with year, and never a ranking."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.audit import find_root
from helpers.blocks import Block
from helpers.tables import text_cell
from helpers.words import Words

FACTS, MANIFEST = "facts.csv", "manifest.json"


@dataclass(frozen=True)
class Published:
    """What one published audit tells the comparison: its manifest's ``about`` and its facts."""

    name: str
    about: Mapping[str, Any]
    facts: Sequence[Mapping[str, str]]


def read_published(outputs: Path) -> list[Published]:
    """Every published audit under ``outputs/``, by name."""
    found = []
    for manifest in sorted(outputs.glob(f"*/{MANIFEST}")):
        about = json.loads(manifest.read_text(encoding="utf-8"))["about"]
        with (manifest.parent / FACTS).open(encoding="utf-8-sig", newline="") as lines:
            facts = list(csv.DictReader(lines, delimiter=";"))
        found.append(Published(manifest.parent.name, about, facts))
    return found


@dataclass(frozen=True)
class Comparison:
    """The chapter *Sammenlikning*; a verb for every block."""

    audits_published: Sequence[Published]
    show: Callable[[Block], None]
    words: Words

    def audits(self) -> None:
        """How large each audit is; its verdicts stand on its own page, on its own scale."""
        rows = [
            _row(
                [
                    about["municipality"],
                    about["year"],
                    *(str(about[key]) for key in ("asked", "criteria", "recommendations")),
                ]
            )
            for about in (one.about for one in self.audits_published)
        ]
        w = self.words
        heads = (
            w("label.audit"),
            w("label.year"),
            w("heading.questions"),
            w("heading.criteria"),
            w("heading.recommendations"),
        )
        self._table("audits", w("heading.extent"), heads, rows, numeric=(2, 3, 4))

    def indicators(self) -> None:
        """Measures that two audits or more name with the same words in *Felles mål*."""
        shared = self._shared_indicators()
        w = self.words
        if not shared:
            self._text("indicators", w("heading.shared_indicators"), w("label.none_shared"))
            return
        rows = []
        for name, entries in shared.items():
            for one, fact in entries:
                base = f"{fact['n']} {w('label.of')} {fact['base']}" if fact["base"] and fact["n"] else ""
                rows.append(
                    _row([name, one.about["municipality"], one.about["year"], fact["text"], fact["unit"], base])
                )
        heads = (w("label.indicator"), w("label.audit"), w("label.year"), w("label.value"), w("label.unit"), "n, N")
        self._table("indicators", w("heading.shared_indicators"), heads, rows, numeric=(3,))

    def rules(self) -> None:
        """Sections of law that two audits or more take criteria from; no verdicts side by side."""
        used: dict[str, dict[str, list[str]]] = {}
        for one in self.audits_published:
            for rule, criteria in one.about["rules"].items():
                used.setdefault(rule, {})[one.name] = criteria
        names = {one.name: f"{one.about['municipality']} {one.about['year']}" for one in self.audits_published}
        rows = []
        for rule, by_audit in sorted(used.items()):
            if len(by_audit) > 1:
                for audit, criteria in by_audit.items():
                    rows.append(_row([rule, names[audit], " · ".join(criteria)]))
        w = self.words
        heads = (w("label.paragraph"), w("label.audit"), w("heading.criteria"))
        self._table("rules", w("heading.shared_rules"), heads, rows)

    def _shared_indicators(self) -> dict[str, list[tuple[Published, Mapping[str, str]]]]:
        found: dict[str, list[tuple[Published, Mapping[str, str]]]] = {}
        for one in self.audits_published:
            by_id = {fact["id"]: fact for fact in one.facts}
            for name, id in one.about["indicators"]:
                if id in by_id:
                    found.setdefault(name, []).append((one, by_id[id]))
        return {name: entries for name, entries in sorted(found.items()) if len({one.name for one, _ in entries}) > 1}

    def _table(
        self,
        name: str,
        title: str,
        heads: Sequence[str],
        rows: Sequence[Mapping[str, Any]],
        numeric: Sequence[int] = (),
    ) -> None:
        if not rows:
            self._text(name, title, self.words("label.nothing"))
            return
        columns = [{"t": head, "num": index in numeric} for index, head in enumerate(heads)]
        self.show(
            Block(
                f"comparison-{name}",
                "table",
                "figures",
                "comparison",
                "",
                title,
                {"columns": columns, "rows": rows, "footer": []},
            )
        )

    def _text(self, name: str, title: str, text: str) -> None:
        self.show(
            Block(
                f"comparison-{name}",
                "text",
                "text",
                "comparison",
                "",
                title,
                {"paragraphs": [{"kind": "p", "line": 0, "runs": [{"t": text}]}]},
            )
        )


def _row(cells: Sequence[str]) -> dict[str, Any]:
    return {"cells": [text_cell(cell) for cell in cells], "total": False, "note": ""}


def open_comparison(root: str | Path = "", show: Callable[[Block], None] | None = None) -> Comparison:
    """Open the comparison over what is published under ``root`` (default: upwards from the working directory)."""
    folder = Path(root) if root else find_root(Path.cwd())
    return Comparison(read_published(folder / "outputs"), show or _display, Words())


def _display(block: Block) -> None:
    from IPython.display import display

    display(block)
