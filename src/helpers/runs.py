"""Runs: small dictionaries that name the fact, source or error behind each piece of text a reader sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypedDict

from helpers.audit import Audit
from helpers.facts import Facts, show_value
from helpers.register import Row
from helpers.words import Words

UNREADABLE = "Uleselig: "
MOST_TITLES = 3


class Run(TypedDict, total=False):
    """A piece of text: ``t`` the text, ``f`` a fact id, ``c`` a cited id, ``s`` a style, ``x`` an error."""

    t: str
    f: str
    c: str
    s: str
    x: str


def text_runs(text: str) -> list[Run]:
    """Plain text; nothing for an empty one."""
    return [Run(t=text)] if text else []


def fact_run(audit: Audit, facts: Facts, id: str) -> Run:
    """The run of a fact: its number, or the reason why there is none."""
    fact = facts.by_id[id]
    if fact.number is None:
        written = fact.cells[0].written if fact.cells else ""
        why = f"{UNREADABLE}«{written}»" if written else fact.missing
        return Run(t=why or audit.words("label.not_given"), f=id, s="missing")
    return Run(t=show_value(audit, fact), f=id)


def cite_runs(audit: Audit, ids: Iterable[str]) -> list[Run]:
    """Citations of sources, interviews or statements, by their marks."""
    return [Run(t=audit.marker(id), c=id, s="cite") for id in ids]


def title_runs(audit: Audit, ids: Sequence[str]) -> list[Run]:
    """Citations by title where they are few, else by mark."""
    return named_runs(audit, ids) if len(ids) <= MOST_TITLES else cite_runs(audit, ids)


def named_runs(audit: Audit, ids: Iterable[str]) -> list[Run]:
    """Citations by what they are called: roles for interviews, titles for sources."""
    found: dict[str, list[str]] = {}
    for id in ids:
        if row := audit.cited(id):
            found.setdefault(name_of(row), []).append(id)
    return [Run(t=name if len(same) == 1 else f"{name} × {len(same)}", c=same[0]) for name, same in found.items()]


def name_of(row: Row) -> str:
    """What a row that is cited is called: roles (equal ones counted), title, survey, sample or statement."""
    if row["roles"]:
        roles = Counter(role.strip() for role in row["roles"].split(";"))
        return "; ".join(role if count == 1 else f"{role} × {count}" for role, count in roles.items())
    return next((row[key] for key in ("title", "survey", "what", "name", "text") if row[key]), row.id)


def place_lines(rows: Sequence[Row], words: Words) -> str:
    """«Tall, rad 11–14»: the sheet and the lines the rows stand on."""
    if not rows:
        return ""
    return f"{rows[0].schema.sheet}, {words('label.rows')} {spans(row.line for row in rows)}"


def spans(numbers: Iterable[int]) -> str:
    """«1–8, 11»: numbers in order, neighbours joined."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in found)
