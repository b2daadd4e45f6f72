"""What changed since the last hand-over: exactly what a comparison of the two rendered pages finds, and why."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from conftest import AUDITS, blocks_in_process, snapshot_of, with_defect
from helpers.audit import Audit
from helpers.cells import NOT_CORRECTED
from helpers.changes import Changes, compare
from helpers.facts import facts_of
from helpers.items import items_of
from helpers.journal import FORMAT, HandOver, Journal, Mark, Review, Snapshot, append, keep_snapshot
from helpers.page import Said, page_model, render

PER_AUDIT = 50
AT_A_TIME = 5
"""Corrections between two editions: 200 over the four audits, in 40 pairs of rendered pages."""


@dataclass(frozen=True)
class Edition:
    """An audit as one reads it: its snapshot, and what stands on its rendered page."""

    audit: Audit
    snapshot: Snapshot
    page: Rendered
    changes: Changes


@dataclass(frozen=True)
class Rendered:
    """What a reader sees: the texts marked as items, the list of all figures, and the card behind each."""

    items: tuple[tuple[str, str, tuple[str, ...]], ...]
    facts: Mapping[str, str]
    cards: Mapping[str, str]


class Reader(HTMLParser):
    """Reads a rendered page as a person does, without the modules that made it."""

    VOID = ("meta", "br", "col", "input", "img", "hr", "link", "path", "use", "rect")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str]]] = []
        self.items: list[dict[str, Any]] = []
        self.at_work: list[tuple[int, dict[str, Any]]] = []
        self.rows: list[list[str]] = []
        self.cards: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag in self.VOID:
            return
        self.open.append((tag, given))
        if "data-x" in given and "card" not in given.get("class", ""):
            item = {"x": given["data-x"], "text": [], "facts": []}
            self.items.append(item)
            self.at_work.append((len(self.open), item))
        if tag == "a" and given.get("href", "").startswith("#f-"):
            for _, item in self.at_work:
                item["facts"].append(given["href"][1:])
        if tag == "aside":
            self.cards[given["id"]] = []
        if tag == "tr" and self._within("section", "tall"):
            self.rows.append([])

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """A tag that closes itself, as in a chart, holds no text."""

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1][0] != tag:
            self.open.pop()
        if self.at_work and self.at_work[-1][0] == len(self.open):
            self.at_work.pop()
        if self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if any(name in given.get("class", "").split() for _, given in self.open for name in ("was-changed", "svg")):
            return
        if any(tag in ("style", "script", "svg") for tag, _ in self.open):
            return
        for _, item in self.at_work:
            item["text"].append(data)
        if self.rows and self._within("section", "tall") and any(tag in ("td", "th") for tag, _ in self.open):
            self.rows[-1].append(data)
        card = next((given["id"] for tag, given in self.open if tag == "aside"), "")
        if card:
            self.cards[card].append(f"\n{data}\n")

    def _within(self, tag: str, id: str) -> bool:
        return any(name == tag and given.get("id") == id for name, given in self.open)


def read(html: str) -> Rendered:
    """What stands on a page."""
    reader = Reader()
    reader.feed(html)
    items = tuple((one["x"], even("".join(one["text"])), tuple(one["facts"])) for one in reader.items)
    facts = {}
    for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", html[html.index('id="tall"') :], re.S):
        cells = [even(re.sub("<[^>]+>", "", cell)) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)]
        facts[cells[-1]] = " | ".join(cells[:4])
    cards = {id: as_written("".join(words)) for id, words in reader.cards.items() if id.startswith("f-")}
    return Rendered(items, facts, cards)


def even(text: str) -> str:
    return " ".join(text.split())


def as_written(card: str) -> str:
    """The part of a card that says what the number is and which cells it comes from."""
    return re.split(
        r"\n(?:Enhet|Per|Definisjon|Mangler fordi|Merknad|Opphav|Sted i rapporten|Arkivref|Kilde|Står også i)\n", card
    )[0]


def edition(audit: Audit) -> Edition:
    """Run the chapters of an audit in this process, and render its page."""
    facts, blocks = facts_of(audit), blocks_in_process(audit)
    now = snapshot_of(audit, facts, blocks)
    changes = compare(audit, audit.journal.last("internal"), now, ())
    model = page_model(audit, facts, blocks, items_of(blocks, facts), (), Said(now.content, changes), "0", draft=True)
    return Edition(audit, now, read(render("page", model, audit.params.language)), changes)


def handed_over(audit: Audit, folder: Path, *, approved: bool = True) -> Audit:
    """The audit with a journal: handed over as it stands, every item and number of it approved."""
    now = snapshot_of(audit, facts_of(audit), blocks_in_process(audit))
    journal = Journal(folder)
    snapshot = keep_snapshot(journal, now)
    journal = append(journal, HandOver(FORMAT, 1, "internal", "01.02.2022", "0", 0, now.content, snapshot, (), ""))
    marks = [Mark(item.x, item.kind, item.text[:80], "lest") for item in now.items]
    marks += [Mark(fact.x, "tall", fact.label, "kilde") for fact in now.facts.values()]
    review = Review(FORMAT, 1, "kvalitetssikrer", "Assurer", "2022-02-02", "f", tuple(marks), (), "")
    return replace(audit, journal=append(journal, review) if approved else journal)


def random_correction(audit: Audit, dice: random.Random) -> dict[str, str]:
    """One cell, or one word of a text, that somebody corrects."""
    while True:
        if dice.random() < 0.25:
            name = dice.choice(sorted(audit.texts))
            lines = audit.texts[name].content.split("\n")
            spots = [
                (number, word)
                for number, line in enumerate(lines, start=1)
                if not line.startswith("#")
                for word in re.findall(
                    r"(?<![\w{@|-])[a-zæøå]{5,}(?![\w}|-])", re.sub(r"\{\{.*?\}\}|\[@.*?\]", " ", line)
                )
                if line.count(word) == 1
            ]
            number, word = dice.choice(spots)
            return {"register": f"text/{name}.md", "row": str(number), "column": "", "value": f"{word} => rettet"}
        register = dice.choice([key for key in audit.registers if key not in NOT_CORRECTED and audit.rows(key)])
        row = dice.choice(audit.rows(register))
        column = dice.choice(sorted(key for key, value in row.cells.items() if value and not key.startswith("?")))
        about = audit.schema[register].by_key.get(column)
        value = row[column]
        if column in ("id", "number", "table", "chapter", "place") or (about and about.refers_to):
            continue
        if about is None or about.allowed:
            others = [one for one in (about.allowed if about else ("Ja", "Nei", "Ikke spurt")) if one != value]
            return {"register": register, "row": row.id, "column": column, "value": dice.choice(others)}
        if about.type == "number":
            return {"register": register, "row": row.id, "column": column, "value": str(dice.randint(2, 400))}
        words = value.split()
        words[dice.randrange(len(words))] = "rettet"
        return {"register": register, "row": row.id, "column": column, "value": " ".join(words)}


@pytest.mark.parametrize("name", AUDITS)
def test_the_report_names_what_a_comparison_of_the_two_pages_finds(
    audits: Mapping[str, Audit], name: str, tmp_path: Path
) -> None:
    """Seeded random corrections: facts and items told are those that differ; approvals fall where content did."""
    dice = random.Random(f"2026 {name}")
    audit = handed_over(audits[name], tmp_path)
    before = edition(audit)
    for _ in range(PER_AUDIT // AT_A_TIME):
        corrected = audit
        told = []
        for _ in range(AT_A_TIME):
            told.append(random_correction(corrected, dice))
            corrected = with_defect(corrected, told[-1])
        after = edition(corrected)
        changes = after.changes
        same = [id for id in before.page.facts if before.page.facts[id] == after.page.facts.get(id)]
        differ = ({*before.page.facts, *after.page.facts}) - set(same)
        assert {one.id for one in changes.facts if not one.moved} == differ, told
        assert seen_to_differ(before.page, after.page) == {
            item.x for one in changes.items if not one.moved for item in (one.old, one.new) if item
        }, told
        stands = {(text, *(after.page.cards[id] for id in facts)) for _, text, facts in after.page.items}
        fell = {
            x for x, text, facts in before.page.items if (text, *(before.page.cards[id] for id in facts)) not in stands
        }
        on_items = {item.x for item in before.snapshot.items}
        assert {mark.x for _, mark in changes.fallen} & on_items == fell, told


def seen_to_differ(before: Rendered, after: Rendered) -> set[str]:
    """The items of either page whose text does not stand on the other."""
    texts = [Counter(text for _, text, _ in page.items) for page in (before, after)]
    gone, came = texts[0] - texts[1], texts[1] - texts[0]
    return {x for page, left in ((before, gone), (after, came)) for x, text, _ in page.items if left[text]}
