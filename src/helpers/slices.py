"""What one chapter may read of an audit, and the content address of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from helpers.audit import Audit
from helpers.facts import FactError, Facts
from helpers.params import QUESTION_CHAPTERS
from helpers.prose import references
from helpers.register import Register, Row

ALWAYS = ("control_points",)


def take_slice(audit: Audit, facts: Facts, chapter: str) -> tuple[Audit, Facts]:
    """The rows of a chapter's questions, what they point to, its texts, and the facts all these reach.

    A fact outside the slice is not there for the chapter: what its content address does not cover it
    cannot show. The chapters *method* and *conclusion* look across the questions and read everything.
    """
    if chapter not in QUESTION_CHAPTERS:
        return audit, facts
    own = {question.id for question in audit.params.questions if question.chapter == chapter}
    texts = {name: text for name, text in audit.texts.items() if name in own}
    kept: dict[str, set[str]] = {key: set() for key in audit.registers}
    queue = [row for row in audit.all_rows() if row.register in ALWAYS or _belongs(audit, row, own, chapter)]
    queue += _named(audit, facts, [name for text in texts.values() for name in references(text.content)])
    while queue:
        row = queue.pop()
        if row.id not in kept[row.register]:
            kept[row.register].add(row.id)
            queue += _reached(audit, row)
    registers = {key: register.keep(kept[key]) for key, register in audit.registers.items()}
    by_id = {
        id: fact
        for id, fact in facts.by_id.items()
        if fact.row in kept[fact.register] or (fact.register == "cases" and fact.row in kept["samples"])
    }
    names = {name: id for name, id in facts.names.items() if id in by_id}
    return replace(audit, registers=registers, texts=texts), Facts(by_id, names, facts.problems)


def _belongs(audit: Audit, row: Row, own: set[str], chapter: str) -> bool:
    return audit.chapter_of(row) == chapter or bool(own & set(row.refs("questions")))


def _named(audit: Audit, facts: Facts, names: list[str]) -> list[Row]:
    """The rows behind the facts a text names; unknown names are the gate's business."""
    found = []
    for name in names:
        try:
            fact = facts.find(name)
        except FactError:
            continue
        register = "samples" if fact.register == "cases" and audit.row("samples", fact.row) else fact.register
        if row := audit.row(register, fact.row):
            found.append(row)
    return found


def _reached(audit: Audit, row: Row) -> list[Row]:
    """What a row points to, the cases of a sample, the parts of a total."""
    found = [
        other
        for column in row.schema.columns
        for target in column.refers_to
        if target in audit.registers
        for id in row.refs(column.key)
        if (other := audit.row(target, id))
    ]
    if row.register == "samples":
        found += [case for case in audit.rows("cases") if case["sample"] == row.id]
    if row.register == "quantities":
        found += [part for part in audit.rows("quantities") if part["part_of"] == row.id]
    return found


def slice_key(audit: Audit, facts: Facts, chapter: str) -> str:
    """Content hash of what a chapter reads: rows with their lines and marks, facts whole, texts, parameters, suites."""
    part, reached = take_slice(audit, facts, chapter)
    canonical = {
        "params": repr(part.params),
        "registers": {key: _rows(part, register) for key, register in part.registers.items()},
        "facts": [repr(fact) for fact in reached],
        "texts": {name: text.content for name, text in part.texts.items()},
        "suites": {key: register.suite for key, register in part.schema.registers.items()},
    }
    return _hash(canonical)


def whole_key(audit: Audit, facts: Facts) -> str:
    """Content hash of all the gate looks at: also where each cell stands, and headings nobody knows."""
    places = {
        key: (register.unknown, register.wide, sorted(register.rows[0].letters.items()) if register.rows else ())
        for key, register in audit.registers.items()
    }
    return _hash(
        {
            "slice": slice_key(audit, facts, "conclusion"),
            "places": places,
            "output": audit.schema.output_suites,
            "journal": audit.journal.key,
        }
    )


def _rows(audit: Audit, register: Register) -> list[object]:
    return [(row.line, audit.marker(row.id), sorted(row.cells.items())) for row in register]


def _hash(content: object) -> str:
    data = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(data.encode()).hexdigest()
