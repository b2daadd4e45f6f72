"""What changed since a hand-over, and why: facts, items, verdicts in doubt, approvals and waivers that fell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from helpers.audit import Audit
from helpers.cells import HIDDEN, Change, Key, Piece, changes_since, even, likeness, word_pieces
from helpers.corrections import by_change, is_reasoned, reason_of
from helpers.journal import APPROVALS, HandOver, KeptFact, KeptItem, Mark, Review, Snapshot
from helpers.message import Message
from helpers.register import Row
from helpers.views import NUMBERS

WAIVER_FELL = "unntak-falt"


@dataclass(frozen=True)
class FactChange:
    """A fact that says something else; ``old`` or ``new`` is None when it came or went.

    Attributes:
        moved: the number stands, but the cells under it do not.
    """

    id: str
    old: KeptFact | None
    new: KeptFact | None
    causes: tuple[Change, ...]
    moved: bool = False

    @property
    def label(self) -> str:
        known = self.new or self.old
        return known.label if known else ""


@dataclass(frozen=True)
class ItemChange:
    """An item that says something else; ``old`` or ``new`` is None when it came or went."""

    old: KeptItem | None
    new: KeptItem | None
    causes: tuple[Change, ...]

    @property
    def item(self) -> KeptItem:
        known = self.new or self.old
        assert known is not None
        return known

    @property
    def moved(self) -> bool:
        """The words stand, but a number in them rests on other cells."""
        return self.old is not None and self.new is not None and self.old.text == self.new.text

    @property
    def pieces(self) -> list[Piece]:
        """The text with the words that differ marked."""
        return word_pieces(self.old.text if self.old else "", self.new.text if self.new else "")


@dataclass(frozen=True)
class Doubt:
    """An assessment that stands as it was while what it rests on moved."""

    row: Row
    causes: tuple[Change, ...]


@dataclass(frozen=True)
class Changes:
    """All that changed since a hand-over (``since``; None before the first one).

    Attributes:
        reasons: for each changed cell the correction that says why, or None.
        fallen: approvals of content that was handed over and is no more, with the item they were given.
        waivers: waivers that cover nothing any more.
        unreasoned: ids of the corrections without kind, why or who.
    """

    since: HandOver | None = None
    cells: tuple[Change, ...] = ()
    reasons: Mapping[Change, Row | None] | None = None
    facts: tuple[FactChange, ...] = ()
    items: tuple[ItemChange, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    fallen: tuple[tuple[Review, Mark], ...] = ()
    waivers: tuple[Message, ...] = ()
    unreasoned: frozenset[str] = frozenset()

    @property
    def unexplained(self) -> tuple[Change, ...]:
        return tuple(
            change
            for change in self.cells
            if (row := (self.reasons or {}).get(change)) is None or row.id in self.unreasoned
        )

    def corrections(self, causes: Iterable[Change]) -> tuple[Row, ...]:
        """The corrections behind some changed cells, each once."""
        found = [row for change in causes if (row := (self.reasons or {}).get(change))]
        return tuple({row.id: row for row in found}.values())


def compare(audit: Audit, base: HandOver | None, now: Snapshot, messages: Sequence[Message]) -> Changes:
    """Hold what is said now against what was handed over; nothing changed before the first hand-over."""
    if base is None:
        return Changes()
    before = audit.journal.snapshot(base)
    cells = changes_since(before.cells, audit)
    waivers = tuple(message for message in messages if message.check == WAIVER_FELL)
    return Changes(
        base, cells, by_change(audit, cells), tuple(_facts(audit, before, now, cells)),
        tuple(_items(before, now, cells)), tuple(_doubts(audit, before, now, cells)),
        tuple(_fallen(audit, base, before, now)), waivers,
        frozenset(row.id for row in audit.rows("corrections") if not is_reasoned(audit, row)),
    )  # fmt: skip


def said(audit: Audit, fact: KeptFact | None) -> str:
    """A fact in a few words, with what it is of where it is a count; a dash where there is none."""
    if fact is None or not fact.value:
        return "–"
    if not fact.base or fact.n == fact.base:
        return fact.value
    of = f"{audit.words('label.of')} {fact.base}"
    return f"{fact.value} {of}" if fact.n == fact.number else f"{fact.value} ({fact.n} {of})"


def _shown(fact: KeptFact) -> tuple[str, ...]:
    return fact.label, fact.value, fact.unit, fact.n, fact.base


def _facts(audit: Audit, before: Snapshot, now: Snapshot, cells: Sequence[Change]) -> Iterator[FactChange]:
    for id in dict.fromkeys((*before.facts, *now.facts)):
        old, new = before.facts.get(id), now.facts.get(id)
        if old is None or new is None or old.x != new.x:
            read = {key for fact in (old, new) if fact for key in fact.cells}
            moved = old is not None and new is not None and _shown(old) == _shown(new)
            yield FactChange(id, _told(audit, old), _told(audit, new), _touching(cells, read), moved)


def _told(audit: Audit, fact: KeptFact | None) -> KeptFact | None:
    """A fact as it is told; what a register says of one person is shown to nobody."""
    if fact is None or len({cell[:2] for cell in fact.cells}) != 1 or audit.schema[fact.cells[0][0]].privacy == "none":
        return fact
    return msgspec.structs.replace(fact, number="", value=HIDDEN, n="", base="")


def _touching(cells: Sequence[Change], read: set[Key]) -> tuple[Change, ...]:
    """The changed cells among some cells; a row that came or went touches all its cells."""
    rows = {key[:2] for key in read}
    return tuple(one for one in cells if one.key in read or (not one.column and (one.register, one.row) in rows))


def _items(before: Snapshot, now: Snapshot, cells: Sequence[Change]) -> Iterator[ItemChange]:
    """Items whose content is gone beside the one most like them in the same place; then those that came or went."""
    left = Counter(item.x for item in now.items)
    gone = []
    for item in before.items:
        if left[item.x]:
            left[item.x] -= 1
        else:
            gone.append(item)
    came = []
    for item in reversed(now.items):
        if left[item.x]:
            left[item.x] -= 1
            came.append(item)
    for new in reversed(came):
        old = _same(new, gone)
        if old:
            gone.remove(old)
        yield ItemChange(old, new, tuple(_behind(before, now, old, new, cells)))
    for old in gone:
        yield ItemChange(old, None, tuple(_behind(before, now, old, None, cells)))


def _same(new: KeptItem, gone: Sequence[KeptItem]) -> KeptItem | None:
    """The item that was this one: of the same row, or of the same block and most like it."""
    rows = [old for old in gone if old.kind == new.kind and new.of and old.of == new.of and old.block == new.block]
    if rows:
        return rows[0]
    beside = [old for old in gone if (old.block, old.kind) == (new.block, new.kind)]
    if len(beside) == 1 and new.kind in ("tabell", "figur"):
        return beside[0]
    scored = [(likeness(old.text, new.text), old) for old in beside]
    best = max(scored, key=lambda one: one[0], default=(0.0, None))
    return best[1] if best[0] >= SAME else None


SAME = 0.4
"""Share of common words from which a paragraph is the old one, changed."""


def _behind(
    before: Snapshot, now: Snapshot, old: KeptItem | None, new: KeptItem | None, cells: Sequence[Change]
) -> Iterator[Change]:
    """The changed cells an item rests on: of its rows, of its facts, or the paragraph it is."""
    rows = {id for item in (old, new) if item for id in item.of}
    facts = [
        snapshot.facts[id]
        for snapshot, item in ((before, old), (now, new))
        if item
        for id in item.facts
        if id in snapshot.facts
    ]
    read = {key for fact in facts for key in fact.cells}
    direct = set(_touching(cells, read)) | {one for one in cells if f"{one.register}.{one.row}" in rows}
    said = {even(item.text).casefold() for item in (old, new) if item}
    for one in cells:
        if one in direct or (not one.row and _is_paragraph(one, said)) or _is_named(one, old, new):
            yield one


def _is_paragraph(change: Change, said: set[str]) -> bool:
    """Whether a changed paragraph of a text file is this item: the file has references where the page has numbers."""
    return any(
        likeness(text.casefold(), words) > PARAGRAPH for text in (change.old, change.new) if text for words in said
    )


PARAGRAPH = 0.6


def _is_named(change: Change, old: KeptItem | None, new: KeptItem | None) -> bool:
    """Whether the words of a changed cell stand in the item: a role of an interview, the text of a criterion."""
    if not change.row or change.personal:
        return False
    shown = [(value, item) for value, item in ((change.old, old), (change.new, new)) if value and item]
    return bool(shown) and all(value in item.text for value, item in shown)


def _doubts(audit: Audit, before: Snapshot, now: Snapshot, cells: Sequence[Change]) -> Iterator[Doubt]:
    """Assessments whose own cells stand while their evidence, criterion or numbers moved."""
    own = {(one.register, one.row) for one in cells}
    moved: dict[str, tuple[Change, ...]] = {}
    for row in audit.rows("assessments"):
        facts = [fact for one in (before, now) for id in row.refs("based_on") for fact in _facts_named(one, id)]
        read = {key for fact in facts for key in fact.cells}
        about = row.schema.by_key
        named = {(key, id) for column in ("based_on", "criteria") for key in about[column].refers_to
                 for id in row.refs(column)}  # fmt: skip
        touched = set(_touching(cells, read))
        causes = tuple(one for one in cells if one in touched or (one.register, one.row) in named)
        if causes:
            moved[row.id] = causes
    for row in audit.rows("assessments"):
        causes = moved.get(row.id, ())
        if row["level"] == "problemstilling":
            under = [
                one for one in audit.rows("assessments")
                if one["level"] == "kriterium" and set(one.refs("questions")) & set(row.refs("questions"))
            ]  # fmt: skip
            causes += tuple(change for one in under for change in moved.get(one.id, ()))
            causes += tuple(change for change in cells if change.row in {one.id for one in under})
        if causes and ("assessments", row.id) not in own:
            yield Doubt(row, tuple(dict.fromkeys(causes)))


def _facts_named(snapshot: Snapshot, row: str) -> Iterator[KeptFact]:
    """The facts of a row an assessment may rest on, measure or number."""
    names = (f"{register}.{row}" for register in (*NUMBERS, "answers"))
    return (snapshot.facts[name] for name in names if name in snapshot.facts)


def _fallen(audit: Audit, base: HandOver, before: Snapshot, now: Snapshot) -> Iterator[tuple[Review, Mark]]:
    """Approvals of what was handed over, or of what came back since, and is not said any more."""
    was, stands = before.stands, now.stands
    entries = audit.journal.entries
    since = [entry for entry in entries[entries.index(base) :] if isinstance(entry, Review)]
    for x, marks in audit.journal.marks.items():
        if x not in stands:
            yield from (
                (review, mark) for review, mark in marks if mark.mark in APPROVALS and (x in was or review in since)
            )


def changes_json(audit: Audit, changes: Changes) -> str:
    """``changes.json``: every change with the cells behind it and the corrections that give the reason."""

    def behind(causes: Iterable[Change]) -> dict[str, object]:
        causes = tuple(causes)
        return {"cells": [one.name for one in causes], "corrections": [row.id for row in changes.corrections(causes)]}

    def kept(fact: KeptFact | None) -> dict[str, str] | None:
        return {"value": fact.value, "unit": fact.unit, "n": fact.n, "base": fact.base} if fact else None

    content = {
        "audit": audit.name,
        "since": changes.since.nr if changes.since else None,
        "facts": [
            {"id": one.id, "label": one.label, "old": kept(one.old), "new": kept(one.new), "same_number": one.moved,
             **behind(one.causes)}
            for one in changes.facts
        ],
        "items": [
            {"kind": one.item.kind, "block": one.item.block, "old": one.old.text if one.old else None,
             "new": one.new.text if one.new else None, "same_words": one.moved, "words": one.pieces,
             **behind(one.causes)}
            for one in changes.items
        ],
        "in_doubt": [{"assessment": one.row.id, **behind(one.causes)} for one in changes.doubts],
        "approvals": [
            {"about": mark.about, "mark": mark.mark, "role": review.role, "date": mark.date}
            for review, mark in changes.fallen
        ],
        "waivers": [message.place.row for message in changes.waivers],
        "cells": [_cell(audit, change, row) for change, row in (changes.reasons or {}).items()],
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _cell(audit: Audit, change: Change, row: Row | None) -> dict[str, object]:
    reason = reason_of(audit, row) if row else None
    old, new = change.differs
    return {
        "cell": change.name, "place": str(change.place), "old": old, "new": new, "correction": row.id if row else None,
        "kind": reason["kind"] if reason else None, "why": reason["why"] if reason else None,
    }  # fmt: skip
