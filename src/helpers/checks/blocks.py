"""Does what comes out rest on facts?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from helpers.checks import Evidence, Hit, check
from helpers.message import Place


def _place(block: Mapping[str, Any]) -> Place:
    return Place(f"workbooks/{block['chapter']}.ipynb", block["id"], block["title"])


@check("blokk-ukjent-tall")
def unknown_facts(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A block that shows a number the facts do not have."""
    for block in evidence.blocks:
        for id in block["facts"]:
            if id not in evidence.facts.by_id:
                yield Hit(_place(block), f"Blokken viser tallet {id}, som ikke finnes", "", "Kjør på nytt med --force.")


@check("blokk-tall-uten-grunnlag")
def loose_numbers(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A cell of a numeric column of measured values that is no fact."""
    for block in evidence.blocks:
        if block["kind"] != "table" or block["role"] != "exhibit":
            continue
        columns = block["data"]["columns"]
        for row in block["data"]["rows"]:
            for column, cell in zip(columns, row["cells"], strict=False):
                loose = [run["t"] for run in cell if "f" not in run and re.fullmatch(r"[\d\s,–%]+", run["t"])]
                if column["num"] and loose and not any("f" in run for run in cell) and column["t"] not in ("av", "of"):
                    yield Hit(
                        _place(block),
                        f"«{loose[0]}» i tabellen {block['title']} er ikke et tall fra registrene",
                        "",
                        "La cellen komme fra Tall eller Måltall.",
                    )
