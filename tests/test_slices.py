"""A chapter reads its slice and nothing else: same key, same blocks, whatever was changed elsewhere."""

import csv
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from conftest import PROJECT, VERBS
from helpers.audit import Audit, load_audit
from helpers.blocks import Block
from helpers.chapter import open_chapter
from helpers.engine import CHAPTERS
from helpers.facts import facts_of
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
        found[name] = slice_key(audit, facts_of(audit), name), [block.as_dict() for block in blocks]
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
    assert before["conclusion"][0] != after["conclusion"][0] or name == "a moved column"


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


def test_the_gates_key_covers_where_cells_stand(root: Path) -> None:
    def key() -> str:
        audit = load_audit(root, AUDIT)
        return whole_key(audit, facts_of(audit))

    before = key()
    CHANGES["a moved column"](root)
    assert key() != before
