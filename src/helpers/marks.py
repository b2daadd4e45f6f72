"""Marks on a page: what reviewers have approved and remarked, what the auditor answered, and what is left to read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.audit import Audit
from helpers.changes import Changes, said
from helpers.corrections import reason_of
from helpers.facts import Facts, show_value
from helpers.items import Item
from helpers.journal import APPROVALS, ASSURING, REMARKS, Mark, Review, Snapshot
from helpers.message import Message, sentence
from helpers.render import anchor
from helpers.review import comment_id

GROUPS = {
    "avsnitt": "paragraphs", "utsagn": "paragraphs", "kriterium": "paragraphs", "tabell": "tables", "figur": "tables",
    "vurdering": "assessments", "anbefaling": "assessments",
}  # fmt: skip
"""What is counted together under *Gjenstår*."""


def review_data(
    audit: Audit, facts: Facts, items: Sequence[Item], changes: Changes, messages: Sequence[Message], nr: int,
    content: str,
) -> dict[str, Any]:  # fmt: skip
    """What the page's own script reads: every item and number with its marks, changes and messages.

    Args:
        nr: number of the hand-over the page is; 0 for a page that is not handed over.
        content: hash of all that is said.
    """
    moved = unread(audit, items, changes)
    told = list(_told(audit, facts, messages))
    shown = {id for item in items for id in item.facts}
    return {
        "audit": audit.name,
        "edition": "internal",
        "handover": nr,
        "content": content,
        "language": audit.words.language,
        "items": {
            item.x: {
                "kind": item.kind, "about": item.about, "changed": item.x in moved,
                "messages": [one.id for one in told if one.is_about(item)], "facts": list(item.facts),
                "marks": marks_on(audit, item.x),
            }
            for item in items
        },
        "facts": {
            id: {
                "x": fact.hash, "label": fact.label, "value": show_value(audit, fact), "anchor": anchor(id),
                "marks": marks_on(audit, fact.hash),
            }
            for id, fact in facts.by_id.items()
            if id in shown
        },
        "words": audit.words.terms("review"),
    }  # fmt: skip


def sparse(review: Mapping[str, Any]) -> dict[str, Any]:
    """Review data without what is empty: most items have no marks, no messages and no numbers, and did not change."""

    def told(ones: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        return {x: {key: value for key, value in one.items() if value not in ([], False)} for x, one in ones.items()}

    return {**review, "items": told(review["items"]), "facts": told(review["facts"])}


def unread(audit: Audit, items: Sequence[Item], changes: Changes) -> frozenset[str]:
    """What says something else than in the hand-over the assurer read last; before a review, than in the last one."""
    read = [one.handover for one in audit.journal.reviews if one.role in ASSURING and one.handover]
    if changes.since is None or not read:
        return frozenset(one.new.x for one in changes.items if one.new)
    seen = next(one for one in audit.journal.handovers if one.nr == read[-1])
    known = {item.x for item in audit.journal.snapshot(seen).items}
    return frozenset(item.x for item in items if item.x not in known)


def marks_on(audit: Audit, x: str) -> list[dict[str, str]]:
    """The marks set on a content, with the answers given."""
    return [_mark(audit, review, mark) for review, mark in audit.journal.marks.get(x, ())]


def _mark(audit: Audit, review: Review, mark: Mark) -> dict[str, str]:
    row = audit.row("comments", comment_id(mark.x, mark.text)) if mark.mark in REMARKS else None
    parts = (row["our_answer"], row["outcome"].capitalize()) if row else ()
    answer = " ".join(sentence(part) for part in parts if part)
    date = ".".join(reversed(mark.date.split("-")))
    return {"mark": mark.mark, "text": mark.text, "who": review.role, "date": date, "answer": answer}


@dataclass(frozen=True)
class _Told:
    """An open message by what it is told at: rows (``register.id``), the facts that rest on them, lines of texts."""

    id: str
    rows: frozenset[str]
    facts: frozenset[str]
    lines: tuple[tuple[str, int], ...]

    def is_about(self, item: Item) -> bool:
        """Whether it is told at a row, cell or line the item is made from."""
        first, last = item.lines
        return (
            not self.rows.isdisjoint(item.of)
            or not self.facts.isdisjoint(item.facts)
            or any(file == item.file and first <= line <= last for file, line in self.lines)
        )


def _told(audit: Audit, facts: Facts, messages: Iterable[Message]) -> Iterator[_Told]:
    sheets = {audit.schema[key].sheet: key for key in audit.registers}
    under = {fact.id: {f"{sheets[cell.place.register]}.{cell.place.row}" for cell in fact.cells} for fact in facts}
    for message in messages:
        if not message.waived:
            places = (message.place, *message.touches)
            rows = frozenset(f"{sheets[one.register]}.{one.row}" for one in places if one.register in sheets)
            touched = frozenset(id for id, cells in under.items() if not rows.isdisjoint(cells))
            lines = tuple((one.register, one.line or 0) for one in places if one.register not in sheets)
            yield _Told(message.id, rows, touched, lines)


def left(items: Sequence[Item], audit: Audit) -> list[dict[str, Any]]:
    """For each group of items how many no assurer has approved, of how many."""
    read = {
        x
        for x, marks in audit.journal.marks.items()
        if any(mark.mark in APPROVALS and review.role in ASSURING for review, mark in marks)
    }
    found: dict[str, dict[str, bool]] = {}
    for item in items:
        found.setdefault(GROUPS[item.kind], {})[item.x] = item.x in read
    return [{"group": group, "left": list(one.values()).count(False), "of": len(one)} for group, one in found.items()]


def marks_csv(audit: Audit, now: Snapshot) -> str:
    """Every mark in the journal as a table: who, when, on what, what was answered, and whether it still stands."""
    words, stands = audit.words, now.stands
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(
        [words(f"marks.{key}") for key in ("date", "role", "name", "mark", "about", "text", "answer", "stands")]
    )
    for review in audit.journal.reviews:
        for mark in review.marks:
            shown = _mark(audit, review, mark)
            kept = words("label.yes" if mark.x in stands else "label.no")
            told = (mark.date, review.role, review.name, words(f"review.{mark.mark}"), mark.about, mark.text)
            writer.writerow([defused(cell) for cell in (*told, shown["answer"], kept)])
    return "\ufeff" + out.getvalue()


def defused(cell: str) -> str:
    """A cell Excel shows as text, whatever it begins with."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell


def changes_model(audit: Audit, changes: Changes, blocks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """The part *Endret siden sist* of the page; None before the first hand-over.

    Args:
        blocks: by id, for their titles.
    """
    if changes.since is None:
        return None

    def why(causes: Iterable[Any]) -> dict[str, Any]:
        causes = tuple(causes)
        return {
            "cells": [str(one.place) for one in causes],
            "reasons": [_reason(audit, row.id) for row in changes.corrections(causes)],
        }

    return {
        "nr": changes.since.nr,
        "date": changes.since.date,
        "facts": [
            {"id": one.id, "label": one.label, "old": said(audit, one.old), "new": said(audit, one.new),
             "moved": one.moved, **why(one.causes)}
            for one in changes.facts
        ],
        "items": [
            {"kind": one.item.kind,
             "title": blocks.get(one.item.block, {}).get("title", ""), "block": one.item.block,
             "pieces": _near(one.pieces), "moved": one.moved, "gone": one.new is None, "came": one.old is None,
             **why(one.causes)}
            for one in changes.items
        ],
        "doubts": [
            {"id": one.row.id, "verdict": one.row["verdict"], "reason": one.row["reason"], **why(one.causes)}
            for one in changes.doubts
        ],
        "fallen": [
            {"about": mark.about, "mark": audit.words(f"review.{mark.mark}"), "role": review.role, "date": mark.date}
            for review, mark in changes.fallen
        ],
        "waivers": [message.found for message in changes.waivers],
        "unexplained": len(changes.unexplained),
        "cells": [_cell(audit, change, row.id if row else "") for change, row in (changes.reasons or {}).items()],
    }  # fmt: skip


AROUND = 8


def _near(pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The words that differ with AROUND words about them; what is left out between is «…»."""
    shown: list[tuple[str, str]] = []
    for number, (kind, text) in enumerate(pieces):
        words = text.split()
        if kind != "=" or len(words) <= 2 * AROUND:
            shown.append((kind, text))
            continue
        before = words[:AROUND] if number else []
        after = words[-AROUND:] if number + 1 < len(pieces) else []
        shown.append(("=", " ".join([*before, "…", *after])))
    return shown


def _reason(audit: Audit, id: str) -> dict[str, str]:
    row = audit.row("corrections", id)
    assert row is not None
    given = reason_of(audit, row)
    return {"id": id, "kind": given["kind"], "why": given["why"], "who": given["who"], "date": given["date"]}


def _cell(audit: Audit, change: Any, correction: str) -> dict[str, Any]:
    old, new = change.differs
    reason = _reason(audit, correction) if correction else None
    return {"place": str(change.place), "old": old, "new": new, "reason": reason}
