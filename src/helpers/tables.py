"""Tables out of registers: rows and columns follow from the rows of the sheet, never from layout settings."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from helpers.audit import Audit
from helpers.facts import Facts, tally_id
from helpers.numbers import PERCENT, POINTS
from helpers.params import TableSpec
from helpers.register import Row
from helpers.runs import Run, cite_runs, fact_run, place_lines, text_runs, title_runs

Table = dict[str, Any]


def table(heads: Sequence[str], lines: Sequence[dict[str, Any]], *, numeric: Container[int] = (),
          footer: Sequence[dict[str, Any]] = (), keys: Sequence[str] = ()) -> Table:  # fmt: skip
    """A table as data.

    Args:
        numeric: indexes of the columns that hold numbers.
        lines: a note that every line carries is said once, under the table.
        footer: what stands under it, as ``under`` gives it.
        keys: what each column shows, where an edition may leave some of them out.
    """
    columns: list[dict[str, Any]] = [{"t": head, "num": index in numeric} for index, head in enumerate(heads)]
    for column, key in zip(columns, keys, strict=False):
        column["key"] = key
    notes = {one["note"] for one in lines}
    common = notes.pop() if len(lines) > 1 and len(notes) == 1 else ""
    rows = [{**one, "note": ""} for one in lines] if common else list(lines)
    said = [{"label": "", "runs": text_runs(common)}] if common else []
    return {"columns": columns, "rows": rows, "footer": [*footer, *said]}


def line(*cells: str | list[Run], total: bool = False, note: str = "", aside: str = "") -> dict[str, Any]:
    """A line of a table; a string is plain text.

    Args:
        note: the auditor's own; no edition that goes out shows it.
        aside: what belongs in columns few rows fill.
    """
    return {
        "cells": [text_runs(cell) if isinstance(cell, str) else cell for cell in cells],
        "total": total,
        "note": note,
        "aside": aside,
    }


def under(audit: Audit, rows: Sequence[Row], *, whole: bool = True) -> list[dict[str, Any]]:
    """Under a table: source and date (when ``whole``), and the rows it is taken from (``of``), by their lines."""
    words = audit.words
    sources = _sources(rows)
    dates = tuple(dict.fromkeys(date for row in rows if (date := row["as_of"] or row["period"])))
    parts: list[dict[str, Any]] = []
    if sources and whole:
        parts.append({"label": words("label.source"), "runs": title_runs(audit, sources)})
    if dates and whole:
        parts.append({"label": words("label.as_of"), "runs": text_runs(" · ".join(dates))})
    parts.append({"label": words("label.taken_from"), "runs": text_runs(place_lines(rows, words)), "lines": True,
                  "of": [f"{row.register}.{row.id}" for row in rows]})  # fmt: skip
    return parts


def _sources(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id for row in rows for id in row.refs("source")))


def _keys(row: Row) -> tuple[str, str]:
    """Row and column of a number: answers of surveys by group and area, quantities by what they count."""
    if row.register == "surveys":
        return row["question"], " · ".join(part for part in (row["group"], row["area"]) if part)
    if row["group"]:
        return row["group"], " · ".join(part for part in (row["what"], row["area"]) if part)
    return row["what"], row["area"]


def chart_keys(row: Row, across: bool) -> tuple[str, str]:
    """Category and series of a bar: where areas are compared they are the series, else the table's columns are."""
    if not across:
        return _keys(row)
    parts = (row["question"] or row["what"], row["group"])
    return ", ".join(part for part in parts if part), row["area"]


def number_table(audit: Audit, facts: Facts, rows: Sequence[Row]) -> Table:
    """Pivot rows of *Tall* or *Undersøkelser* into a table; a unit shared by a column stands in its heading."""
    columns = tuple(dict.fromkeys(_keys(row)[1] for row in rows))
    units = {column: {row["unit"] for row in rows if _keys(row)[1] == column} for column in columns}
    lines: list[tuple[str, dict[str, Any]]] = []
    for row in rows:
        key, column = _keys(row)
        index = columns.index(column) + 1
        found = next((one for name, one in reversed(lines) if name == key and not one["cells"][index]), None)
        if found is None:
            found = line(key, *([] for _ in columns), total=row["whole"] == "Ja")
            lines.append((key, found))
        run = fact_run(audit, facts, f"{row.register}.{row.id}")
        found["cells"][index] = [run]
        if len(units[column]) > 1 and row["unit"] not in (PERCENT, POINTS) and run.get("s") != "missing":
            found["cells"][index].append(Run(t=f" {row['unit']}"))
        if row["note"] and row["note"] not in found["note"]:
            found["note"] = " · ".join(filter(None, (found["note"], row["note"])))
    heads = [_heading(audit, column, units[column]) for column in columns]
    return table(["", *heads], [one for _, one in lines], numeric=range(1, len(heads) + 1), footer=under(audit, rows))


def _heading(audit: Audit, column: str, units: set[str]) -> str:
    unit = next(iter(units)) if len(units) == 1 else ""
    if unit.lower().startswith("ikke oppgitt"):
        unit = ""
    shown = column or unit.capitalize() or audit.words("label.value")
    said = not unit or unit in (PERCENT, POINTS) or unit.casefold() in shown.casefold()
    return shown if said else f"{shown} ({unit})"


ARRANGEMENT_COLUMNS = (
    "parties", "content", "frequency", "age", "valid", "said_by", "confirmed_by", "contradicted_by", "source",
)  # fmt: skip


AGAINST = "contradicted_by"
SPARSE = 5


def arrangement_table(audit: Audit, rows: Sequence[Row]) -> Table:
    """Plans, services, routines, forums and agreements; a column few rows fill is told under the name of those rows."""

    def cell(row: Row, column: str) -> list[Run]:
        if column == "valid":
            first, last = row["valid_from"], row["valid_to"]
            return text_runs(f"{first}–{last}" if first or last else "")
        if column in ("said_by", "confirmed_by", "contradicted_by", "source"):
            return cite_runs(audit, row.refs(column))
        return text_runs(row[column])

    filled = {column: sum(bool(cell(row, column)) for row in rows) for column in ARRANGEMENT_COLUMNS}
    if all(row.refs("said_by") in ((), row.refs("source")) for row in rows):
        filled["said_by"] = 0
    used = [column for column in ARRANGEMENT_COLUMNS if filled[column] * SPARSE > len(rows)]
    aside = [column for column in ARRANGEMENT_COLUMNS if filled[column] and column not in used]
    names = dict.fromkeys(("valid",), "label.valid")

    def label(column: str) -> str:
        return audit.words(names[column]) if column in names else audit.label("arrangements", column)

    def told(row: Row, columns: Sequence[str], *more: str) -> str:
        said = [f"{label(key)}: {', '.join(run['t'] for run in cell(row, key))}" for key in columns if cell(row, key)]
        return ". ".join(part.rstrip(".") for part in (*said, *more) if part)

    lines = [
        line(
            row["name"], *(cell(row, column) for column in used),
            aside=told(row, [column for column in aside if column != AGAINST]),
            note=told(row, [column for column in aside if column == AGAINST], row["note"], row["missing"]),
        )
        for row in rows
    ]  # fmt: skip
    heads = [audit.label("arrangements", "name"), *(label(column) for column in used)]
    return table(heads, lines, footer=under(audit, rows, whole="source" not in used), keys=("name", *used))


def _counted(row: Row) -> str:
    """The unit, unless the number carries it."""
    return "" if row["unit"] in (PERCENT, POINTS) else row["unit"]


def figure_table(audit: Audit, facts: Facts, rows: Sequence[Row]) -> Table:
    """Numbers that stand in no table of their own, one a line."""
    lines = [
        line(
            ", ".join(filter(None, (row["question"] or row["what"], row["group"], row["area"]))),
            [fact_run(audit, facts, f"{row.register}.{row.id}")], _counted(row), row["as_of"] or row["period"],
            cite_runs(audit, row.refs("source")), note=row["note"],
        )
        for row in rows
    ]  # fmt: skip
    heads = [audit.label("quantities", key) for key in ("what", "value", "unit", "as_of", "source")]
    return table(heads, lines, numeric=(1,), footer=under(audit, rows, whole=False))


def measure_table(audit: Audit, facts: Facts, rows: Sequence[Row]) -> Table:
    """What was computed, with the sum in words."""
    lines = [
        line(row["label"], [fact_run(audit, facts, id)], _counted(row), facts.by_id[id].sum, note=row["note"])
        for row in rows
        if (id := f"measures.{row.id}")
    ]
    heads = [audit.label("measures", "label"), audit.words("label.value"), audit.label("measures", "unit")]
    return table([*heads, audit.words("label.computed")], lines, numeric=(1,), footer=under(audit, rows, whole=False))


def sample_table(audit: Audit, facts: Facts, sample: Row) -> Table | None:
    """Ja and Nei for each control point of a sample: the case rows themselves are shown nowhere."""
    cases = [case for case in audit.rows("cases") if case["sample"] == sample.id]
    points = [
        row for row in audit.rows("control_points") if sample.id in row.refs("sample") and row["kind"] == "ja/nei"
    ]
    if not points or not cases:
        return None

    def counts(point: Row) -> dict[str, Any]:
        filled = sum(1 for case in cases if case[point.id])
        found = [[fact_run(audit, facts, tally_id(sample.id, point.id, value))] for value in ("Ja", "Nei")]
        return line(point["text"], *found, str(filled) if filled else "", note=point["note"])

    heads = [audit.words(f"label.{key}") for key in ("control_point", "yes", "no", "of")]
    return table(heads, [counts(point) for point in points], numeric=(1, 2, 3), footer=under(audit, [sample]))


def register_table(audit: Audit, facts: Facts, rows: Sequence[Row], columns: Sequence[str]) -> Table:
    """Rows of one register as they stand, without the columns nobody filled; numbers are facts, ids come last."""
    schema = rows[0].schema
    used = [column for column in columns if any(row[column] for row in rows)]

    def cell(row: Row, column: str) -> list[Run]:
        id = f"{row.register}.{row.id}.{column}"
        if not row[column]:
            return [Run(t=row.reason(column), s="missing")] if schema.by_key[column].needed and row["missing"] else []
        return [fact_run(audit, facts, id)] if id in facts.by_id else text_runs(row[column])

    def shown(row: Row) -> dict[str, Any]:
        mark = cite_runs(audit, [row.id]) if audit.cited(row.id) is row else text_runs(row.id)
        return line(*(cell(row, column) for column in used), mark, note=row["note"])

    heads = [audit.label(schema.key, column) for column in (*used, "id")]
    numeric = [index for index, column in enumerate(used) if schema.by_key[column].type == "number"]
    lines, footer = [shown(row) for row in rows], under(audit, rows, whole=False)
    return table(heads, lines, numeric=numeric, footer=footer, keys=(*used, "id"))


def lost_table(audit: Audit, specs: Sequence[tuple[TableSpec, Sequence[Row]]]) -> Table:
    """Tables and figures of which no number is left, one a line, with the reason."""
    lines = [
        line(
            spec.title, " ".join(dict.fromkeys(row.reason("value") for row in rows)), title_runs(audit, _sources(rows))
        )
        for spec, rows in specs
    ]
    heads = (audit.words("label.title"), audit.words("label.missing"), audit.words("label.source"))
    return table(heads, lines, footer=under(audit, [row for _, rows in specs for row in rows], whole=False))
