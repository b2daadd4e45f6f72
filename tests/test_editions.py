"""What the municipality and the public read: what stands in each edition, and what never leaves the house."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import AUDITS, PROJECT, blocks_in_process, copy_inputs, with_defect
from helpers.audit import Audit, load_audit
from helpers.changes import compare
from helpers.editions import edition_model, held_back, questions_to_municipality
from helpers.facts import Facts, facts_of
from helpers.handover import hand_over, plan
from helpers.items import items_of
from helpers.journal import EDITIONS, FORMAT, HandOver, Mark, Review, Signature, append, keep_snapshot
from helpers.message import InputError, Message, Place
from helpers.page import external_references, render
from helpers.params import verdict_words
from helpers.review import read_comments
from helpers.snapshot import take_snapshot

SENT = EDITIONS[1:]
WAIVED = Message(
    "x", "total-mot-deler", 1, "stopp", Place("Tall", "rad-merke-17"), "Funnet-merke 4711.", "Ventet-merke.",
    "Gjør-merke.", waived="Unntak-merke 4712",
)  # fmt: skip
WARNING = replace(WAIVED, severity="varsel", found="Varsel-merke 4713.", waived="")
SIGNER, REVIEWER, REMARK = "Signe Signerer", "Kari Kontrollerer", "Merknadsmerke 4714"
INTERNAL = "Internt innspill 4715"
NOTE = "Arbeidsmerknad 4716"


@dataclass(frozen=True)
class Made:
    """An audit whose four editions were handed over: facts, blocks, and the files of each zip."""

    root: Path
    audit: Audit
    facts: Facts
    blocks: Sequence[Mapping[str, Any]]
    files: Mapping[str, Mapping[str, bytes]]

    def page(self, edition: str) -> str:
        return next(data for name, data in self.files[edition].items() if name.endswith(".html")).decode()

    def text(self, edition: str) -> str:
        return text_of(self.page(edition))

    def named(self, edition: str, part: str) -> bytes:
        return next(data for name, data in self.files[edition].items() if part in name)


def text_of(html: str) -> str:
    """What a person reads on a page."""
    html = re.sub(r"<(style|script|svg).*?</\1>", "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("&amp;", "&").split())


def unzipped(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def with_notes(audit: Audit) -> Audit:
    """The audit with an internal comment and working notes, to see where they come out."""
    source, figure = audit.rows("sources")[0], audit.rows("quantities")[0]
    comment = json.dumps({"round": "kvalitetssikring", "from": "kvalitetssikrer", "text": INTERNAL, "our_answer": "Ja."})
    audit = with_defect(audit, {"register": "comments", "row": "n99", "column": "+", "value": comment})
    for register, row in (("sources", source.id), ("quantities", figure.id)):
        audit = with_defect(audit, {"register": register, "row": row, "column": "note", "value": NOTE})
    return audit


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Made]:
    """The four audits, each handed over in four editions after it was reviewed and signed."""
    root = copy_inputs(tmp_path_factory.mktemp("editions"))
    found = {}
    for name in AUDITS:
        audit = load_audit(root, name)
        facts, blocks = facts_of(with_notes(audit)), blocks_in_process(with_notes(audit))
        snapshot = take_snapshot(audit, facts, blocks)
        first = snapshot.items[0]
        mark = Mark(first.x, first.kind, first.text[:80], "merknad", REMARK)
        journal = append(audit.journal, Review(FORMAT, 0, "kvalitetssikrer", REVIEWER, "", "f", (mark,), (), ""))
        append(journal, Signature(FORMAT, "kvalitetssikrer", SIGNER, "01.02.2023", snapshot.content, ""))
        files = {}
        for edition in EDITIONS:
            audit = with_notes(load_audit(root, name))
            done = hand_over(root, plan(root, audit, edition, "01.03.2023"), facts, blocks, [WAIVED, WARNING])
            assert done.path is not None
            files[edition] = unzipped(done.path)
        found[name] = Made(root, audit, facts, blocks, files)
    return found


class Page(HTMLParser):
    """Ids, links and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.numbers: list[int] = []
        self.scripts = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.scripts += tag == "script"
        if "id" in values:
            self.ids.append(values["id"])
        if values.get("href", "").startswith("#"):
            self.links.add(values["href"][1:])
        if values.get("data-nr", "").isdigit():
            self.numbers.append(int(values["data-nr"]))


# Nobody is identifiable, and what the house says to itself stays there.


@pytest.mark.parametrize("name", AUDITS)
@pytest.mark.parametrize("edition", SENT)
def test_what_goes_out_holds_nothing_of_the_house_in_any_byte(
    made: Mapping[str, Made], name: str, edition: str
) -> None:
    one = made[name]
    everything = b"\n".join(
        part for file, data in one.files[edition].items() for part in (file.encode(), data)
    ).decode()
    secret = {
        "message": ("rad-merke-17", "4711", "4712", "4713", "Ventet-merke", WAIVED.id, WARNING.id),
        "journal": (SIGNER, REVIEWER, REMARK),
        "comment": (INTERNAL,),
        "case": [row.id for row in one.audit.rows("cases")],
        "fact": [*(fact.id for fact in one.facts), *(fact.hash for fact in one.facts)],
        "content": [item.x for item in items_of(one.blocks, one.facts)],
        "block": [block["id"] for block in one.blocks if block["audience"] != "all"],
        "key": ("saker.csv", "quality.json", "changes.json", "registers.xlsx", "innspill.csv"),
    }
    for what, words in secret.items():
        shown = [word for word in words if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", everything)]
        assert not shown, f"{what}: {shown[:5]}"
    assert one.page("internal").count(REMARK), "the house itself sees the remark"


@pytest.mark.parametrize("edition", SENT)
def test_the_values_of_single_cases_are_in_no_sum_in_words(made: Mapping[str, Made], edition: str) -> None:
    one = made["eidskog-2015"]
    per_case = one.facts.by_id["measures.instanser-i-alt"].sum
    assert per_case.count("+") > 10 and per_case in one.text("internal")
    assert per_case not in one.text(edition)


def test_a_correction_of_a_case_is_told_without_the_case(made: Mapping[str, Made]) -> None:
    """The hearing saw 8 of 15; then a case was corrected, and the table says 7."""
    one = made["eidskog-2015"]
    audit = load_audit(one.root, "eidskog-2015")
    case = next(row for row in audit.rows("cases") if row["behov-ip"] == "Ja" and row["sample"])
    after = with_defect(audit, {"register": "cases", "row": case.id, "column": "behov-ip", "value": "Nei"})
    page = after_hearing(audit, after)
    assert case.id not in page and "Saker" not in text_of(page).partition("Endringer etter høringen")[2][:3000]


def after_hearing(before: Audit, after: Audit, edition: str = "public") -> str:
    """The page of an edition of an audit that was heard as it was before."""
    facts, blocks = facts_of(before), blocks_in_process(before)
    heard = HandOver(FORMAT, 90, "hearing", "01.02.2023", "s", 0, "c", "", (), "")
    known = take_snapshot(before, facts, blocks)
    heard = msgspec.structs.replace(heard, snapshot=keep_snapshot(before.journal, known))
    after = replace(after, journal=append(before.journal, heard))
    facts, blocks = facts_of(after), blocks_in_process(after)
    changes = compare(after, heard, take_snapshot(after, facts, blocks), [])
    model, _ = edition_model(after, edition, facts, blocks, changes, 91)  # type: ignore[arg-type]
    return render("edition", model, "nb")
