"""The measure of the gate: corrections are applied, plants are the same each time and change only what they say."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import PROJECT, Small
from helpers.audit import Audit, load_audit
from helpers.message import InputError, Place

sys.path.insert(0, str(PROJECT))

from benchmarks.editing import Add, Cell, Drop, Parameters, Rewrite, correct, edit, rename
from benchmarks.gate_bench import AUDITS, CORRECTIONS
from benchmarks.measure import half_finished, judged
from benchmarks.planting import KINDS, Defect, Spot, one_digit, reworded, swapped
from benchmarks.plants import CLASSES, NAMES, Plant, plants

HEAD = "register;row;column;value;why\n"


@pytest.fixture(scope="module")
def audits() -> list[Audit]:
    """The four audits as the measure sees them."""
    return [correct(load_audit(PROJECT, name), CORRECTIONS) for name in AUDITS]


@pytest.fixture(scope="module")
def planted(audits: list[Audit]) -> list[Plant]:
    return plants(audits, per_class=12, seed=1)


@pytest.fixture
def corrected(small: Small, tmp_path: Path) -> Callable[[str], Audit]:
    """The small audit with these lines of corrections."""

    def correct_with(lines: str) -> Audit:
        (tmp_path / "liten.csv").write_text(HEAD + lines, encoding="utf-8")
        return correct(small.write().load(), tmp_path)

    return correct_with


def test_a_cell_is_corrected_and_no_longer_of_the_printed_report(corrected: Callable[[str], Audit]) -> None:
    row = corrected("quantities;i-alt;value;31;sums\n").row("quantities", "i-alt")
    assert row is not None
    assert (row["value"], row["origin"]) == ("31", "syntetisk")


def test_rows_are_added_and_removed(corrected: Callable[[str], Audit]) -> None:
    audit = corrected(
        'evidence;d2;+;"{""text"": ""Planen er ny."", ""known"": ""dokumentert""}";new\nquantities;del-b;-;;gone\n'
    )
    added = audit.row("evidence", "d2")
    assert added is not None
    assert (added["text"], added["origin"]) == ("Planen er ny.", "syntetisk")
    assert audit.row("quantities", "del-b") is None


def test_text_is_replaced(corrected: Callable[[str], Audit]) -> None:
    audit = corrected("text/p1.md;;replace;Kommunen har en plan. => Kommunen har to planer.;wording\n")
    assert audit.texts["p1"].content.endswith("Kommunen har to planer.\n")


def test_waivers_are_taken_out_and_a_missing_file_corrects_nothing(small: Small, tmp_path: Path) -> None:
    audit = small.write().load()
    clean = correct(audit, tmp_path / "nowhere")
    assert not clean.rows("waivers")
    assert clean.rows("quantities") == audit.rows("quantities")


@pytest.mark.parametrize(
    "line",
    [
        "quantities;finnes-ikke;value;31;why", "quantities;i-alt;verdi;31;why", "tall;i-alt;value;31;why",
        "text/p1.md;;replace;Finnes ikke => noe;why", "text/p9.md;;replace;a => b;why", "evidence;d2;+;ikke json;why",
        "quantities;finnes-ikke;-;;why",
    ],
)  # fmt: skip
def test_a_target_that_is_not_there_is_told_with_file_and_line(corrected: Callable[[str], Audit], line: str) -> None:
    with pytest.raises(InputError, match=r"liten\.csv, linje 3"):
        corrected(f"quantities;i-alt;value;31;why\n{line}\n")


def test_every_class_has_a_planter_and_is_planted(planted: list[Plant]) -> None:
    assert {kind.defect for kind in KINDS} == set(CLASSES) == set(NAMES)
    assert {plant.defect for plant in planted} == set(CLASSES)
    assert len({plant.audit for plant in planted}) == len(AUDITS)


def test_plants_are_the_same_for_the_same_seed_only(audits: list[Audit], planted: list[Plant]) -> None:
    assert plants(audits, per_class=12, seed=1) == planted
    assert plants(audits, per_class=12, seed=2) != planted


def test_a_plant_differs_from_the_clean_audit_in_the_planted_place_only(
    audits: list[Audit], planted: list[Plant]
) -> None:
    clean = {audit.name: audit for audit in audits}
    for plant in planted:
        before, after = clean[plant.audit], plant.grown(clean[plant.audit])
        assert after.name == plant.name
        assert _changed(before, rename(after, before.name)) <= _said(plant.what), plant
        assert _changed(before, rename(after, before.name)), plant
        assert plant.what.spots, plant


def _changed(before: Audit, after: Audit) -> set[tuple[str, str]]:
    """Register and row, or text, of everything that differs."""
    found = {("params", "")} if before.params != after.params else set()
    names = {*before.texts, *after.texts}
    found |= {("text", name) for name in names if before.texts.get(name) != after.texts.get(name)}
    for key in before.registers:
        rows = [{row.id: row.cells for row in audit.rows(key)} for audit in (before, after)]
        found |= {(key, id) for id in {*rows[0], *rows[1]} if rows[0].get(id) != rows[1].get(id)}
    return found


def _said(defect: Defect) -> set[tuple[str, str]]:
    """Register and row, or text, of everything the plant says it changes."""
    found = set()
    for change in defect.changes:
        match change:
            case Cell(register, row, _, _) | Drop(register, row):
                found.add((register, row))
            case Add(register, cells):
                found.add((register, dict(cells)["id"]))
            case Rewrite(name, _):
                found.add(("text", name))
            case Parameters():
                found.add(("params", ""))
    return found


def test_a_spot_holds_for_its_row_and_columns_or_its_line() -> None:
    cell = Spot("Tall", "i-alt", frozenset({"Verdi"}))
    assert cell.holds(Place("Tall", "i-alt", "Verdi", 4, "G4"))
    assert not cell.holds(Place("Tall", "i-alt", "Enhet", 4, "F4"))
    line = Spot("text/p1.md", line=5)
    assert line.holds(Place("text/p1.md", "Kommunen fattet", "", 5))
    assert not line.holds(Place("text/p1.md", "Kommunen fattet", "", 6))


def test_the_half_finished_audit_has_no_assessment_response_or_summary(small: Small) -> None:
    half = half_finished(small.write().load())
    assert half.params.phase == "arbeid"
    assert not half.rows("assessments")
    assert not [row for row in half.rows("comments") if row["round"] == "uttalelse"]
    assert "summary" not in half.texts


def test_a_broken_sum_is_caught_in_the_right_cell_and_not_by_a_plain_suite(small: Small) -> None:
    audit = small.write().load()
    spots = (Spot("Tall", "i-alt", frozenset({"Verdi"})),)
    broken = Plant(1, "total", "liten", "liten--0001", Defect((Cell("quantities", "i-alt", "value", "31"),), spots, ""))
    sound = Plant(1, "note", "liten", "liten--0002", Defect((Cell("quantities", "i-alt", "note", "Ny"),), spots, ""))
    first, second = judged([broken, sound], {"liten": audit})
    assert (first.caught, first.right, first.plain) == (True, True, False)
    assert not second.caught


def test_small_changes_change() -> None:
    from random import Random

    assert one_digit("1 096", Random(1)) != "1 096"
    assert swapped("12,5") == "21,5"
    assert swapped("11") is None
    assert reworded("Kommunen bør styrke samarbeidet.") == "Kommunen bør forbedre samarbeidet."
    assert reworded("Ja.") is None


def test_edit_leaves_the_audit_itself_alone(small: Small) -> None:
    audit = small.write().load()
    edit(audit, [Cell("quantities", "i-alt", "value", "99"), Rewrite("p1", None)])
    row = audit.row("quantities", "i-alt")
    assert row is not None
    assert row["value"] == "30"
    assert "p1" in audit.texts


@pytest.mark.slow
def test_the_last_line_is_always_the_same_form() -> None:
    command = [sys.executable, "-m", "benchmarks.gate_bench", "--per-class", "1", "--only", "1,2"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    last = done.stdout.strip().splitlines()[-1]
    assert re.fullmatch(
        r"planted 2 caught \d+ \(\d+ %\) right cell \d+ % false critical \d+ false warning \d+", last
    ), last
