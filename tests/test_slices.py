"""A chapter reads its slice and nothing else: same key, same blocks, whatever was changed elsewhere."""

import csv
import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from conftest import AUDITS, PROJECT, VERBS, with_defect
from helpers.audit import Audit, load_audit
from helpers.blocks import Block
from helpers.chapter import Chapter, open_chapter
from helpers.engine import CHAPTERS
from helpers.facts import Facts, facts_of
from helpers.slices import slice_key, take_slice, whole_key

AUDIT = "eidskog-2015"


def shown(root: Path) -> dict[str, tuple[str, list[dict[str, object]]]]:
    """Key and blocks of every chapter."""
    audit = load_audit(root, AUDIT)
    found = {}
    for name in CHAPTERS:
        blocks: list[Block] = []
        chapter = open_chapter(AUDIT, name, root=root, show=blocks.append)
        for verb in VERBS[name]:
            getattr(chapter, verb)()
        found[name] = slice_key(*take_slice(audit, facts_of(audit), name)), [block.as_dict() for block in blocks]
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "expectations", tmp_path / "expectations")
    shutil.copytree(PROJECT / "data" / AUDIT, tmp_path / "data" / AUDIT)
    (tmp_path / "params").mkdir()
    shutil.copy(PROJECT / "params" / f"{AUDIT}.yaml", tmp_path / "params")
    return tmp_path


def rows(root: Path, sheet: str, edit: Callable[[list[list[str]]], object]) -> None:
    """Edit a register as a table."""
    path = root / "data" / AUDIT / f"{sheet}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        table = list(csv.reader(lines, delimiter=";"))
    edit(table)
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, delimiter=";", lineterminator="\n").writerows(table)


def text(root: Path, name: str, edit: Callable[[str], str]) -> None:
    path = root / "data" / AUDIT / "text" / f"{name}.md"
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")


def cell(sheet: str, row: int, heading: str, value: str) -> Callable[[Path], None]:
    def edit(table: list[list[str]]) -> None:
        table[row][table[0].index(heading)] = value

    return lambda root: rows(root, sheet, edit)


CHANGES: dict[str, Callable[[Path], None]] = {
    "a number": cell("tall", 5, "Verdi", "98 765"),
    "every number": lambda root: rows(root, "tall", lambda t: [r.__setitem__(t[0].index("Verdi"), "7") for r in t[1:]]),
    "a case": cell("saker", 3, "behov-ip", "Ja"),
    "a cleared row of sources": lambda root: rows(root, "kilder", lambda t: t.__setitem__(40, [""] * len(t[0]))),
    "a moved column": lambda root: rows(root, "tall", lambda t: [r.append(r.pop(1)) for r in t]),
    "a further arrangement": lambda root: rows(root, "ordninger", lambda t: t.append(["ny", *t[3][1:]])),
    "a title of a source": cell("kilder", 2, "Tittel", "Et helt annet dokument"),
    "a condition": cell("maltall", 3, "Betingelse n", ""),
    "a name of a measure": cell("maltall", 8, "Navn", "Noe annet"),
    "a statement": cell("datagrunnlag", 60, "Setning", "Noe helt annet."),
    "an interview": cell("intervjuer", 2, "Antall personer", "9"),
    "an assessment": cell("vurderinger", 20, "Vurdering", "Ikke oppfylt"),
    "a recommendation": cell("anbefalinger", 9, "Tekst", "Gjør noe annet."),
    "a text": lambda root: text(root, "p2", lambda old: old + "\n\nEt avsnitt til. {{innbyggere}}\n"),
    "the order of rows": lambda root: rows(root, "datagrunnlag", lambda t: t.__setitem__(slice(1, None), t[:0:-1])),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_same_key_means_the_same_blocks(root: Path, name: str) -> None:
    before = shown(root)
    CHANGES[name](root)
    after = shown(root)
    for chapter in CHAPTERS:
        if before[chapter][0] == after[chapter][0]:
            assert before[chapter][1] == after[chapter][1], f"{chapter} shows what its key does not cover"


def test_a_change_elsewhere_leaves_a_chapter_alone(root: Path) -> None:
    before = shown(root)
    text(root, "p2", lambda old: old + "\n\nEt avsnitt til.\n")
    after = shown(root)
    same = {chapter for chapter in CHAPTERS if before[chapter][0] == after[chapter][0]}
    assert {"collaboration", "service_delivery", "governance"} <= same
    assert "user_involvement" not in same


def test_a_chapter_has_no_fact_outside_its_slice(audits: Mapping[str, Audit]) -> None:
    whole = audits[AUDIT]
    facts = facts_of(whole)
    part, reached = take_slice(whole, facts, "user_involvement")
    assert set(part.texts) == {"p2"}
    assert 0 < len(part.rows("evidence")) < len(whole.rows("evidence"))
    assert 0 < len(reached.by_id) < len(facts.by_id)


@dataclass(frozen=True)
class Read:
    """What a chapter reads of an audit, its key, and all of the slice as plain data, compared by value."""

    audit: Audit
    facts: Facts
    chapter: str

    @cached_property
    def slice(self) -> tuple[Audit, Facts]:
        return take_slice(self.audit, self.facts, self.chapter)

    @cached_property
    def content(self) -> object:
        part, facts = self.slice
        cells = [(row.register, row.line, dict(row.cells), part.marker(row.id)) for row in part.all_rows()]
        return cells, dict(facts.by_id), dict(facts.names), dict(part.texts), part.params

    @cached_property
    def key(self) -> str:
        return slice_key(*take_slice(self.audit, self.facts, self.chapter))

    @cached_property
    def blocks(self) -> list[dict[str, object]]:
        found: list[Block] = []
        opened = Chapter(self.chapter, *self.slice, found.append)
        for verb in VERBS[self.chapter]:
            getattr(opened, verb)()
        return [block.as_dict() for block in found]


def chapters(audit: Audit) -> dict[str, Read]:
    facts = facts_of(audit)
    return {chapter: Read(audit, facts, chapter) for chapter in CHAPTERS}


def changed_keys(one: Audit, other: Audit) -> set[str]:
    before, after = chapters(one), chapters(other)
    return {chapter for chapter in CHAPTERS if before[chapter].key != after[chapter].key}


# Audit, register, row, column, and the chapters that then run: everyday corrections after verification and hearing.
EVERYDAY = (
    ("hamar-2022", "evidence", "d10", "text", {"governance"}),
    ("hamar-2022", "printed", "t-0001", "value", set()),
    ("nes-2018", "recommendations", "a1", "text", {"collaboration", "conclusion"}),
    ("eidskog-2015", "comments", "n1", "text", {"conclusion"}),
    ("eidskog-2015", "samples", "u1", "drawn_by", {"method", "user_involvement", "collaboration", "service_delivery"}),
    ("eidskog-2015", "cases", "sak-03", "year", {"user_involvement", "collaboration"}),
)


@pytest.mark.parametrize(("name", "register", "row", "column", "expected"), EVERYDAY)
def test_an_everyday_correction_runs_the_chapters_that_show_it(
    audits: Mapping[str, Audit], name: str, register: str, row: str, column: str, expected: set[str]
) -> None:
    changed = with_defect(audits[name], {"register": register, "row": row, "column": column, "value": "9"})
    assert changed_keys(audits[name], changed) == expected


@pytest.mark.parametrize("name", AUDITS)
def test_any_changed_cell_runs_the_chapters_whose_slice_holds_it(audits: Mapping[str, Audit], name: str) -> None:
    """One cell of every register, drawn with a seed: the key differs where the slice does, and nowhere else."""
    draw, audit = random.Random(f"2025 {name}"), audits[name]
    before, ran = chapters(audit), 0
    filled = [register for register in audit.registers.values() if register.rows]
    for register in filled:
        row = draw.choice(register.rows)
        column = draw.choice(sorted(key for key, value in row.cells.items() if value and key != "id"))
        value = "7" if row[column].isdigit() else f"{row[column]} endret"
        cell = {"register": row.register, "row": row.id, "column": column, "value": value}
        for chapter, after in chapters(with_defect(audit, cell)).items():
            if after.content == before[chapter].content:
                assert after.key == before[chapter].key, f"{chapter} runs for nothing: {cell}"
            else:
                assert after.key != before[chapter].key, f"{chapter} does not run: {cell}"
                ran += 1
    assert 0 < ran <= 3 * len(filled), "most cells concern few chapters"


def test_a_row_that_is_only_pointed_to_is_there_by_its_mark(audits: Mapping[str, Audit]) -> None:
    """The conclusion cites sources by mark: their titles are not in its slice."""
    part, _ = take_slice(audits[AUDIT], facts_of(audits[AUDIT]), "conclusion")
    source = part.rows("sources")[0]
    assert (source["title"], source.line) == ("", 0)
    assert part.marker(source.id) == audits[AUDIT].marker(source.id)
    assert not part.rows("cases")


@pytest.mark.parametrize("name", AUDITS)
def test_a_chapter_can_name_every_source_its_text_cites(audits: Mapping[str, Audit], name: str) -> None:
    assert not [chapter for chapter, read in chapters(audits[name]).items() if "ukjent kilde" in str(read.blocks)]


def test_the_gates_key_covers_where_cells_stand(root: Path) -> None:
    def key() -> str:
        audit = load_audit(root, AUDIT)
        return whole_key(audit, facts_of(audit))

    before = key()
    CHANGES["a moved column"](root)
    assert key() != before
