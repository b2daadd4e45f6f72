"""Tables out of registers: rows and columns follow from the rows of the sheet, never from layout settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from helpers.audit import Audit
from helpers.facts import Facts
from helpers.numbers import PERCENT, POINTS, show_with_unit
from helpers.prose import Run
from helpers.register import Row

UNREADABLE = "Uleselig: "
MOST_TITLES = 3


def fact_run(audit: Audit, facts: Facts, id: str) -> Run:
    """The run of a fact: its number, or the reason why there is none."""
    fact = facts.by_id[id]
    if fact.number is None:
        written = fact.cells[0].written if fact.cells else ""
        why = f"{UNREADABLE}«{written}»" if written else fact.missing
        return Run(t=why or audit.words("label.not_given"), f=id, s="missing")
    return Run(t=show_with_unit(fact.number, fact.unit, audit.words), f=id)


def text_cell(text: str) -> list[Run]:
    return [Run(t=text)] if text else []


def cite_runs(audit: Audit, ids: Iterable[str]) -> list[Run]:
    """Citations of sources, interviews or statements, by their marks."""
    return [Run(t=audit.marker(id), c=id, s="cite") for id in ids]


def title_runs(audit: Audit, ids: Sequence[str]) -> list[Run]:
    """Citations by title where they are few, else by mark."""
    if len(ids) > MOST_TITLES:
        return cite_runs(audit, ids)
    rows = ((id, audit.cited(id)) for id in ids)
    return [Run(t=name_of(row) if row else id, c=id) for id, row in rows]


def name_of(row: Row) -> str:
    """What a row that is cited is called: roles, title, survey, sample or statement."""
    return next((row[key] for key in ("roles", "title", "survey", "what", "name", "text") if row[key]), row.id)


def place_lines(rows: Sequence[Row], words: Any) -> str:
    """«Tall, rad 11–14»: the sheet and the lines the rows stand on."""
    if not rows:
        return ""
    lines = sorted({row.line for row in rows})
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    shown = ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in spans)
    return f"{rows[0].schema.sheet}, {words('label.rows')} {shown}"


def footer(audit: Audit, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Under a table: source, date, and the rows it is taken from."""
    words = audit.words
    sources = tuple(dict.fromkeys(id for row in rows for id in row.refs("source")))
    dates = tuple(dict.fromkeys(date for row in rows if (date := row["as_of"] or row["period"])))
    parts: list[dict[str, Any]] = []
    if sources:
        parts.append({"label": words("label.source"), "runs": title_runs(audit, sources)})
    if dates:
        parts.append({"label": words("label.as_of"), "runs": text_cell(" · ".join(dates))})
    parts.append({"label": words("label.taken_from"), "runs": text_cell(place_lines(rows, words))})
    return parts


def _keys(row: Row) -> tuple[str, str]:
    """Row and column of a number: statements of surveys by group and area, quantities by what they count."""
    if row.register == "surveys":
        return row["question"], " · ".join(part for part in (row["group"], row["area"]) if part)
    if row["group"]:
        return row["group"], " · ".join(part for part in (row["what"], row["area"]) if part)
    return row["what"], row["area"]


def chart_keys(row: Row, across: bool) -> tuple[str, str]:
    """Category and series of a bar: where areas are compared the areas are the series, else the table's columns."""
    if not across:
        return _keys(row)
    parts = (row["question"] or row["what"], row["group"])
    return ", ".join(part for part in parts if part), row["area"]


def number_table(audit: Audit, facts: Facts, rows: Sequence[Row]) -> dict[str, Any]:
    """Pivot rows of *Tall* or *Undersøkelser* into a table; a unit shared by a column stands in its heading."""
    columns = tuple(dict.fromkeys(_keys(row)[1] for row in rows))
    units = {column: {row["unit"] for row in rows if _keys(row)[1] == column} for column in columns}
    lines: list[dict[str, Any]] = []
    for row in rows:
        key, column = _keys(row)
        index = columns.index(column) + 1
        line = next((line for line in reversed(lines) if line["key"] == key and not line["cells"][index]), None)
        if line is None:
            line = {"key": key, "cells": [text_cell(key), *([] for _ in columns)], "total": row["whole"] == "Ja"}
            lines.append(line)
        run = fact_run(audit, facts, f"{row.register}.{row.id}")
        line["cells"][index] = [run]
        if len(units[column]) > 1 and row["unit"] not in (PERCENT, POINTS) and run.get("s") != "missing":
            line["cells"][index] = [run, Run(t=f" {row['unit']}")]
        if row["note"]:
            line.setdefault("notes", []).append(row["note"])
    heads = []
    for column in columns:
        unit = next(iter(units[column])) if len(units[column]) == 1 else ""
        shown = column or unit.capitalize() or audit.words("label.indicator")
        said = unit in (PERCENT, POINTS) or unit.casefold() in shown.casefold()
        heads.append({"t": shown if said else f"{shown} ({unit})", "num": True})
    first = {"t": "", "num": False}
    body = [
        {"cells": line["cells"], "total": line["total"], "note": " ".join(dict.fromkeys(line.get("notes", ())))}
        for line in lines
    ]
    return {"columns": [first, *heads], "rows": body, "footer": footer(audit, rows)}


ARRANGEMENT_COLUMNS = (
    "parties",
    "content",
    "frequency",
    "age",
    "valid",
    "said_by",
    "confirmed_by",
    "contradicted_by",
    "source",
)


def arrangement_table(audit: Audit, rows: Sequence[Row]) -> dict[str, Any]:
    """Plans, services, routines, forums and agreements; columns nobody filled are left out."""

    def cell(row: Row, column: str) -> list[Run]:
        if column == "valid":
            ends = (row["valid_from"], row["valid_to"])
            return text_cell("–".join(ends) if all(ends) else "".join(ends) and f"{ends[0]}–{ends[1]}")
        if column in ("said_by", "confirmed_by", "contradicted_by", "source"):
            return cite_runs(audit, row.refs(column))
        return text_cell(row[column])

    schema = rows[0].schema
    language = audit.words.language
    used = [column for column in ARRANGEMENT_COLUMNS if any(cell(row, column) for row in rows)]
    valid = f"{schema.label('valid_from', language)}–{schema.label('valid_to', language).split()[-1]}"
    heads = [{"t": schema.label("name", language), "num": False}]
    heads += [{"t": valid if column == "valid" else schema.label(column, language), "num": False} for column in used]
    body = [
        {
            "cells": [text_cell(row["name"]), *(cell(row, column) for column in used)],
            "total": False,
            "note": " ".join(part for part in (row["note"], row["missing"]) if part),
        }
        for row in rows
    ]
    return {"columns": heads, "rows": body, "footer": footer(audit, rows)}
