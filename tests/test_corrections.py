"""What changed and why: each change traced to its cell and correction, the change log, and corrections of two kinds."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest
from openpyxl.worksheet.datavalidation import DataValidation

import test_run
from conftest import ROWS, Small, blocks_in_process, snapshot_of, with_defect
from helpers.audit import Audit, load_audit
from helpers.cells import HIDDEN, Change, changes_since
from helpers.changes import Changes, changes_json, compare
from helpers.checks import Hit, all_checks
from helpers.corrections import by_change, is_reasoned
from helpers.exchange import hand_over_edition
from helpers.facts import facts_of
from helpers.gate import gather
from helpers.items import items_of
from helpers.journal import Journal
from helpers.logbook import log_changes, reason_for_all
from helpers.marks import changes_model
from helpers.message import InputError, Message, Place
from helpers.page import Said, page_model
from helpers.reporter import Quiet
from test_changes import handed_over

TODAY = {"date": "01.03.2022"}
WHY = {**TODAY, "kind": "Feilretting", "why": "Telt feil", "who": "revisor"}


def changes(audit: Audit, messages: Sequence[Message] = ()) -> Changes:
    """What changed since the last hand-over, chapters run in this process."""
    now = snapshot_of(audit, facts_of(audit), blocks_in_process(audit))
    return compare(audit, audit.journal.last("internal"), now, messages)


def cells(audit: Audit) -> tuple[Change, ...]:
    base = audit.journal.last("internal")
    assert base
    return changes_since(audit.journal.snapshot(base).cells, audit)


def hits(audit: Audit, check: str, register: str = "corrections") -> list[Hit]:
    return list(all_checks()[check](gather(audit), register))


def places(found: Sequence[Hit]) -> set[str]:
    """Every place some messages name, the list of corrections aside: sheet and row, or file."""
    every = (place for hit in found for place in (hit.place, *hit.touches))
    return {f"{place.register} {place.row}" if place.cell else place.register for place in every} - {"Rettelser r1"}


@pytest.fixture
def handed(audits: Mapping[str, Audit], tmp_path: Path) -> Callable[[str], Audit]:
    """A real audit, handed over as it stands, every item and number approved."""
    return lambda name: handed_over(audits[name], tmp_path / name)


# --- traced to the cell and the correction


def test_a_corrected_cell_is_traced_from_every_number_and_item_it_reaches(handed: Callable[[str], Audit]) -> None:
    audit = handed("eidskog-2015")
    audit = with_defect(
        audit, {"register": "quantities", "row": "vedtak-2013-i-alt", "column": "value", "value": "326"}
    )
    correction = {"date": "01.03.2022", "kind": "Feilretting", "about": "Vedtak i alt", "old": "328", "new": "326",
                  "cell": "Tall, vedtak-2013-i-alt, Verdi", "why": "Telt feil", "who": "revisor"}  # fmt: skip
    audit = with_defect(audit, {"register": "corrections", "row": "r1", "column": "+", "value": json.dumps(correction)})
    found = changes(audit)
    told = {one.id: (one.old.value, one.new.value) for one in found.facts if one.old and one.new}
    assert told["quantities.vedtak-2013-i-alt"] == ("328", "326")
    assert [one.name for one in found.cells] == ["Tall, vedtak-2013-i-alt, Verdi"] and not found.unexplained
    assert found.items and all(
        [one.name for one in found.cells] == [c.name for c in item.causes] for item in found.items
    )
    assert all([row.id for row in found.corrections(one.causes)] == ["r1"] for one in (*found.facts, *found.items))
    said = json.loads(changes_json(audit, found))
    assert {(one["correction"], one["kind"], one["why"]) for one in said["cells"]} == {
        ("r1", "Feilretting", "Telt feil")
    }
    assert said["facts"][0]["corrections"] == ["r1"]


def swapped(audit: Audit, register: str) -> Audit:
    """The rows of a register the other way round."""
    table = audit.registers[register]
    return replace(audit, registers={**audit.registers, register: replace(table, rows=table.rows[::-1])})


def column_order(audit: Audit) -> Audit:
    rows = tuple(
        replace(row, cells=dict(reversed(row.cells.items())), letters=dict(reversed(row.letters.items())))
        for row in audit.rows("quantities")
    )
    table = replace(audit.registers["quantities"], rows=rows)
    return replace(audit, registers={**audit.registers, "quantities": table})


def rows_above(audit: Audit) -> Audit:
    """Every row of the registers three lines further down."""
    registers = {
        key: replace(table, rows=tuple(replace(row, line=row.line + 3) for row in table.rows))
        for key, table in audit.registers.items()
    }
    return replace(audit, registers=registers)


def moved_paragraph(audit: Audit) -> Audit:
    text = audit.texts["background"]
    parts = text.content.strip("\n").split("\n\n")
    moved = replace(text, content="\n\n".join(parts[-1:] + parts[:-1]) + "\n")
    return replace(audit, texts={**audit.texts, "background": moved})


def other_number(audit: Audit) -> Audit:
    row = audit.rows("recommendations")[0]
    return with_defect(audit, {"register": "recommendations", "row": row.id, "column": "number", "value": "7"})


def other_chapter(audit: Audit) -> Audit:
    tables = tuple(
        msgspec.structs.replace(table, chapter="service_delivery") if table.id in ("vedtak-2013", "tabell-1") else table
        for table in audit.params.tables
    )
    assert tables != audit.params.tables
    return replace(audit, params=msgspec.structs.replace(audit.params, tables=tables))


def wrapped_lines(audit: Audit) -> Audit:
    """Every text with a sentence a line."""
    texts = {
        name: replace(text, content=re.sub(r"(?<=\.) (?=[A-ZÆØÅ])", "\n", text.content))
        for name, text in audit.texts.items()
    }
    assert texts != audit.texts
    return replace(audit, texts=texts)


def other_spacing(audit: Audit) -> Audit:
    row = next(row for row in audit.rows("evidence") if " " in row["text"])
    wider = row["text"].replace(" ", "  ", 1)
    return with_defect(audit, {"register": "evidence", "row": row.id, "column": "text", "value": wider})


@pytest.mark.parametrize("name", ["eidskog-2015", "eigersund-2022"])
@pytest.mark.parametrize(
    "move", [moved_paragraph, rows_above, other_number, other_chapter, column_order, wrapped_lines, other_spacing]
)
def test_moving_and_renumbering_change_nothing_and_no_approval_falls(
    handed: Callable[[str], Audit], name: str, move: Callable[[Audit], Audit]
) -> None:
    audit = handed(name)
    found = changes(move(audit))
    assert (found.cells, found.facts, found.items, found.doubts, found.fallen) == ((), (), (), (), ())
    assert not hits(move(audit), "endring-uten-grunn")


SENTENCE = "Kommunen har et råd som møtes hver måned og gir uttalelser om alle planer for tjenestene."


def paragraphs(audit: Audit, change: Callable[[list[str]], list[str]]) -> Changes:
    text = audit.texts["background"]
    content = "\n\n".join(change(text.content.strip("\n").split("\n\n"))) + "\n"
    return changes(replace(audit, texts={**audit.texts, "background": replace(text, content=content)}))


def test_a_paragraph_added_removed_doubled_and_split(small: Small, tmp_path: Path) -> None:
    first = "Kontrollutvalget bestilte revisjonen. Kommunestyret vedtok planen året før, og den gjelder i fire år."
    second = "Revisjonen gjelder tjenester til voksne."
    audit = handed_over(small.write({"background": f"{first}\n\n{second}\n"}).load(), tmp_path / "liten")
    added = paragraphs(audit, lambda all: [*all, SENTENCE])
    assert [(one.old, one.new.text if one.new else "") for one in added.items] == [
        (None, SENTENCE)
    ] and not added.fallen
    assert [(one.old, one.new) for one in added.cells] == [("", SENTENCE)] and added.items[0].causes == added.cells
    removed = paragraphs(audit, lambda all: all[:1])
    assert [(one.old.text if one.old else "", one.new) for one in removed.items] == [(second, None)]
    assert [(one.old, one.new) for one in removed.cells] == [(second, "")] and len(removed.fallen) == 1
    doubled = paragraphs(audit, lambda all: [*all, second])
    assert [(one.old, one.new) for one in doubled.cells] == [("", second)] and not doubled.fallen
    split = paragraphs(audit, lambda all: [*all[0].replace(". ", ".|").split("|"), *all[1:]])
    assert {one.new.text for one in split.items if one.new} == set(first.replace(". ", ".|").split("|"))
    assert len(split.cells) == 2 and [mark.about for _, mark in split.fallen] == [first[:80]]


def test_a_row_added_and_a_row_removed_are_one_change_each(small: Small, tmp_path: Path) -> None:
    audit = handed_over(small.write().load(), tmp_path / "liten")
    told = {"Id": "d2", "Kriterium": "k1", "Setning": "Planen er fra 2020.", "Kilde/intervju": "i1",
            "Hvordan vet vi det": "fortalt"}  # fmt: skip
    small.sheet("datagrunnlag", [*ROWS["datagrunnlag"], told])
    added = changes(replace(small.load(), journal=audit.journal))
    assert [(one.name, one.old, one.new) for one in added.cells] == [("Datagrunnlag, d2", "", "Planen er fra 2020.")]
    assert [one.causes for one in added.items if one.old is None] == [added.cells]
    small.sheet("datagrunnlag", [told])
    removed = changes(replace(small.load(), journal=audit.journal))
    assert ("Datagrunnlag, d1", "Kommunen har en plan.", "") in [(one.name, one.old, one.new) for one in removed.cells]


@pytest.mark.parametrize(
    ("register", "row", "column", "value", "doubted"),
    [
        ("evidence", "d1", "text", "Kommunen har et utkast.", {"v1", "v2"}),
        ("criteria", "k1", "text", "Kommunen bør ha en plan.", {"v1", "v2"}),
        ("quantities", "i-alt", "value", "31", set()),
        ("assessments", "v1", "reason", "Planen er vedtatt.", {"v2"}),
        ("assessments", "v2", "verdict", "Delvis oppfylt", set()),
        ("sources", "plan", "title", "Kommunens nye plan", set()),
    ],
)
def test_a_verdict_is_in_doubt_where_its_evidence_moved_and_it_did_not(
    small: Small, tmp_path: Path, register: str, row: str, column: str, value: str, doubted: set[str]
) -> None:
    audit = handed_over(small.write().load(), tmp_path / "liten")
    change = {"register": register, "row": row, "column": column, "value": value}
    found = changes(with_defect(audit, change))
    assert {doubt.row.id for doubt in found.doubts} == doubted
    assert all([one.key for one in doubt.causes] == [(register, row, column)] for doubt in found.doubts)


def test_a_verdict_that_was_considered_again_is_not_in_doubt(small: Small, tmp_path: Path) -> None:
    audit = handed_over(small.write().load(), tmp_path / "liten")
    audit = with_defect(
        audit, {"register": "evidence", "row": "d1", "column": "text", "value": "Kommunen har et utkast."}
    )
    audit = with_defect(audit, {"register": "assessments", "row": "v1", "column": "verdict", "value": "Ikke oppfylt"})
    assert {doubt.row.id for doubt in changes(audit).doubts} == {"v2"}


def test_waivers_that_fell_are_told(small: Small, tmp_path: Path) -> None:
    audit = handed_over(small.write().load(), tmp_path / "liten")
    fell = Message("liten", "unntak-falt", 0, "varsel", Place("Unntak", "un1"), "Unntaket un1 dekker ikke", "", "")
    found = changes(audit, [fell])
    assert found.waivers == (fell,) and json.loads(changes_json(audit, found))["waivers"] == ["un1"]


# --- what a register says of persons is told nowhere


def test_values_about_persons_stand_in_no_report_of_changes(handed: Callable[[str], Audit], tmp_path: Path) -> None:
    audit = handed("eidskog-2015")
    case = audit.rows("cases")[0]
    for column, value in (("instanser", "7777"), ("ip", "Ikke dokumentert"), ("start-aar", "1977")):
        assert case[column] != value
        audit = with_defect(audit, {"register": "cases", "row": case.id, "column": column, "value": value})
    found = changes(audit)
    assert {one.differs for one in found.cells} == {(HIDDEN, HIDDEN)}
    facts, blocks = facts_of(audit), blocks_in_process(audit)
    model = page_model(audit, facts, blocks, items_of(blocks, facts), (), Said("c", found), "0", draft=True)
    shown = changes_json(audit, found) + json.dumps(changes_model(audit, found, {}), ensure_ascii=False)
    assert "changes" in str(model) and "cases.sak-01.instanser" in shown
    for value in ("7777", "Ikke dokumentert", "1977"):
        assert value not in shown
    assert not [item for item in items_of(blocks, facts) if "7777 + " in item.text]

    write_audit(tmp_path, audit)
    assert log_changes(tmp_path, audit, found.cells, WHY) == 1
    row = load_audit(tmp_path, audit.name).rows("corrections")[-1]
    assert (row["old"], row["new"]) == (HIDDEN, HIDDEN) and row["cell"].count(";") == 2
    logged = replace(load_audit(tmp_path, audit.name), journal=audit.journal)
    same = replace(logged, registers={**audit.registers, "corrections": logged.registers["corrections"]})
    assert not hits(same, "endring-uten-grunn") and not hits(same, "rettelse-halvveis")


def test_a_second_change_about_a_person_asks_for_its_own_reason(handed: Callable[[str], Audit], tmp_path: Path) -> None:
    audit = handed("eidskog-2015")
    correction = {"kind": "Feilretting", "about": "Saker", "old": HIDDEN, "new": HIDDEN, "cell": "Saker, sak-01, ip",
                  "why": "Telt feil", "who": "revisor"}  # fmt: skip
    audit = with_defect(audit, {"register": "corrections", "row": "r9", "column": "+", "value": json.dumps(correction)})
    change = {"register": "cases", "row": "sak-01", "column": "ip", "value": "Nei"}
    assert not hits(with_defect(audit, change), "endring-uten-grunn"), "written after the hand-over"
    later = with_defect(handed_over(audit, tmp_path / "later"), change)
    assert len(hits(later, "endring-uten-grunn")) == 1, "written before it, of another change"


def write_audit(root: Path, audit: Audit) -> None:
    """The folders a log is written in, with the rows about persons left out."""
    from conftest import copy_inputs

    copy_inputs(root, [audit.name])


# --- a change without a reason


def test_a_change_asks_for_its_reason_once_and_only_after_a_hand_over(small: Small, tmp_path: Path) -> None:
    fresh = small.write().load()
    moved = [{"register": "quantities", "row": row, "column": "value", "value": value}
             for row, value in (("i-alt", "31"), ("del-a", "11"))]  # fmt: skip
    for change in moved:
        fresh = with_defect(fresh, change)
    assert not hits(fresh, "endring-uten-grunn")
    audit = handed_over(small.load(), tmp_path / "liten")
    assert not hits(audit, "endring-uten-grunn")
    for change in moved:
        audit = with_defect(audit, change)
    (hit,) = hits(audit, "endring-uten-grunn")
    assert hit.found == "2 celler er endret siden en overlevering uten at det står hvorfor"
    assert [place.row for place in (hit.place, *hit.touches)] == ["del-a", "i-alt"]
    row = {"about": "Vedtak", "cell": "Tall, i-alt, Verdi", "old": "30", "new": "31"}
    audit = with_defect(audit, {"register": "corrections", "row": "r1", "column": "+", "value": json.dumps(row)})
    assert "2 celler" in hits(audit, "endring-uten-grunn")[0].found, "a row without kind, why and who is no reason"
    for column, value in (("kind", "Feilretting"), ("why", "Telt feil"), ("who", "revisor")):
        audit = with_defect(audit, {"register": "corrections", "row": "r1", "column": column, "value": value})
    assert "Én celle" in hits(audit, "endring-uten-grunn")[0].found
    other = {"about": "Vedtak", "cell": "Tall, del-a, Verdi", "old": "10", "new": "11", "same_as": "r1"}
    audit = with_defect(audit, {"register": "corrections", "row": "r2", "column": "+", "value": json.dumps(other)})
    assert not hits(audit, "endring-uten-grunn")


def test_a_hand_over_logs_what_nobody_has_explained_so_that_it_is_not_forgotten(small: Small) -> None:
    small.write()
    root, name = small.root, small.name
    first = hand_over_edition(root, name, "internal", "01.02.2022", Quiet())
    test_run.change(small.path("tall"), "i-alt", "Verdi", "31")
    second = hand_over_edition(root, name, "internal", "02.02.2022", Quiet())
    assert (first.nr, second.nr) == (1, 2)
    audit = small.load()
    (row,) = audit.rows("corrections")
    assert (row["old"], row["new"], row["date"], row["why"]) == ("30", "31", "02.02.2022", "")
    (hit,) = hits(audit, "endring-uten-grunn")
    assert (hit.found, hit.place.row) == ("Én celle er endret siden en overlevering uten at det står hvorfor", row.id)
    again = hand_over_edition(root, name, "internal", "03.02.2022", Quiet())
    assert again.again and again.nr == 2, "the log is written once"


# --- the change log


@pytest.fixture
def logged(small: Small) -> Small:
    """A small audit handed over, and then corrected in three cells, two of them in the same words."""
    small.write(
        datagrunnlag=[
            {**ROWS["datagrunnlag"][0], "Id": f"d{n}", "Setning": f"FIT er valgt av enhet {n}."} for n in (1, 2)
        ]
    )
    handed_over(small.load(), small.root / "data" / "liten" / "journal", approved=False)
    small.sheet(
        "datagrunnlag",
        [{**ROWS["datagrunnlag"][0], "Id": f"d{n}", "Setning": f"Norse er valgt av enhet {n}."} for n in (1, 2)],
    )
    small.sheet("tall", [{**ROWS["tall"][0], "Verdi": "31"}, {**ROWS["tall"][1], "Verdi": "11"}, ROWS["tall"][2]])
    return small


def log(small: Small, reason: Mapping[str, str] = TODAY) -> int:
    audit = small.load()
    if reason.get("why"):
        reason_for_all(small.root, audit, reason)
        audit = small.load()
    return log_changes(small.root, audit, cells(audit), reason)


def rows(small: Small) -> list[tuple[str, ...]]:
    columns = ("id", "cell", "old", "new", "kind", "why", "who", "same_as")
    return [tuple(row[column] for column in columns) for row in small.load().rows("corrections")]


D1_D2 = "Datagrunnlag, d1, Setning; Datagrunnlag, d2, Setning"


def test_equal_replacements_are_one_row_and_a_reason_given_once_serves_all(logged: Small) -> None:
    assert log(logged, WHY) == 3
    assert rows(logged) == [
        ("r1", D1_D2, "FIT", "Norse", "Feilretting", "Telt feil", "revisor", ""),
        ("r2", "Tall, del-a, Verdi", "10", "11", "", "", "", "r1"),
        ("r3", "Tall, i-alt, Verdi", "30", "31", "", "", "", "r1"),
    ]
    assert all(is_reasoned(logged.load(), row) for row in logged.load().rows("corrections"))
    assert not hits(logged.load(), "endring-uten-grunn") and log(logged, WHY) == 0


def test_rows_written_without_a_reason_get_it_later_once_for_all(logged: Small) -> None:
    assert log(logged) == 3 and log(logged) == 0, "the same changes are not written twice"
    assert len(hits(logged.load(), "endring-uten-grunn")) == 1
    assert log(logged, WHY) == 0
    assert [(row[0], row[4], row[7]) for row in rows(logged)] == [
        ("r1", "Feilretting", ""), ("r2", "", "r1"), ("r3", "", "r1")
    ]  # fmt: skip
    assert not hits(logged.load(), "endring-uten-grunn")


def test_a_row_without_an_id_is_no_file_and_changes_nothing_by_itself(small: Small, tmp_path: Path) -> None:
    """An internal edition goes out with its stops."""
    small.write(datagrunnlag=[{**ROWS["datagrunnlag"][0], "Id": ""}])
    audit = handed_over(small.load(), tmp_path / "liten", approved=False)
    assert cells(audit) == ()


def test_an_id_with_a_semicolon_is_still_one_cell(logged: Small) -> None:
    logged.sheet("datagrunnlag", [{**ROWS["datagrunnlag"][0], "Id": "d1;d2"}])
    log(logged)
    assert log(logged) == 0, "its change is known again"


def test_empty_headings_at_the_end_stay_out_of_the_way(logged: Small) -> None:
    """Excel leaves them; a heading the tool adds stands where they are."""
    logged.path("rettelser").write_text("Id;Slag;Gjelder;Sto;Står;Hvorfor;Hvem;Sted;Opphav;;\n", encoding="utf-8")
    assert log(logged, WHY) == 3 and log(logged, WHY) == 0
    assert [row[0] for row in rows(logged)] == ["r1", "r2", "r3"]


def test_a_reason_for_a_row_without_an_id_asks_for_one(logged: Small) -> None:
    log(logged)
    path = logged.path("rettelser")
    path.write_text(path.read_text(encoding="utf-8-sig").replace("r2;", ";"), encoding="utf-8")
    with pytest.raises(InputError, match=r"Rettelser, A3, Id\. Raden mangler id"):
        log(logged, WHY)


def test_a_kind_the_auditor_chose_stays(logged: Small) -> None:
    log(logged)
    path = logged.path("rettelser")
    lines = list(csv.reader(path.open(encoding="utf-8-sig", newline=""), delimiter=";"))
    lines[2][lines[0].index("Slag")] = "Ny opplysning"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(lines)
    log(logged, WHY)
    assert [(row[4], row[7]) for row in rows(logged)] == [("Feilretting", ""), ("Ny opplysning", ""), ("", "r1")]
    assert not hits(logged.load(), "endring-uten-grunn")


def test_a_later_change_of_the_same_cell_is_a_row_of_its_own(logged: Small) -> None:
    log(logged, WHY)
    logged.sheet("tall", [{**ROWS["tall"][0], "Verdi": "32"}, {**ROWS["tall"][1], "Verdi": "11"}, ROWS["tall"][2]])
    assert len(hits(logged.load(), "endring-uten-grunn")) == 1
    assert log(logged) == 1 and rows(logged)[-1][:4] == ("r4", "Tall, i-alt, Verdi", "30", "32")


def test_a_correction_written_by_hand_without_cells_covers_where_its_old_became_its_new(logged: Small) -> None:
    logged.path("rettelser").write_text(
        "Id;Slag;Gjelder;Sto;Står;Hvorfor;Hvem;Sted;Opphav\n"
        "r1;Feilretting;Verktøyet;FIT;Norse;Feil navn;kommunen;linje 1;registrert\n",
        encoding="utf-8",
    )
    audit = logged.load()
    assert {change.row for change, row in by_change(audit, cells(audit)).items() if row} == {"d1", "d2"}
    unchanged = Change("evidence", "d9", "text", "FIT og Norse er to verktøy.", "FIT og Norse er verktøy.", Place("D"))
    assert by_change(audit, [unchanged])[unchanged] is None, "both stood there before, and still do"


def test_a_paragraph_is_logged_by_its_first_words_and_known_again(logged: Small) -> None:
    """Also where a semicolon, which parts the cells, is one of them."""
    text = logged.root / "data" / "liten" / "text" / "background.md"
    text.write_text("Bestilt; av; kommunestyret selv.\n", encoding="utf-8")
    (paragraph,) = (change for change in cells(logged.load()) if change.new.startswith("Bestilt"))
    assert paragraph.name == "text/background.md, Bestilt av kommunestyret"
    assert log(logged) == 5 and log(logged) == 0


HAND = [
    ["Id", "Gjelder", "Sto", "Står", "Sted", "Opphav"],
    ["x1", "Ærlig; «sitat»", 'To\nlinjer "her"', "Å", "linje 1", "trykt"],
]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_register_keeps_its_form_and_everything_in_it(
    logged: Small, delimiter: str, encoding: str, ending: str
) -> None:
    """A register without the new columns gets their headings; what stood there stands."""
    path = logged.path("rettelser")
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator=ending).writerows(HAND)
    before = path.read_bytes()
    assert log(logged, WHY) == 3
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") is (encoding != "utf-8"), "Windows-1252 becomes what Excel reads as UTF-8"
    assert (b"\r\n" in data) is (ending == "\r\n") and data.count(delimiter.encode()) > 3 * before.count(
        delimiter.encode()
    )
    old, *new = logged.load().rows("corrections")
    assert [old[column] for column in ("id", "about", "old", "new")] == [
        "x1",
        "Ærlig; «sitat»",
        'To\nlinjer "her"',
        "Å",
    ]
    assert [row.id for row in new] == ["r1", "r2", "r3"] and not hits(logged.load(), "endring-uten-grunn")


def test_excels_own_hint_of_the_delimiter_stays(logged: Small) -> None:
    path = logged.path("rettelser")
    path.write_bytes(b"sep=;\r\nId;Gjelder;Sto;St\xc3\xa5r\r\nx1;Noe;a b c;d\r\n;;;\r\n")
    log(logged)
    assert path.read_bytes().startswith(b"sep=;\r\nId;Gjelder;Sto") and b"\r\r" not in path.read_bytes()
    assert [row.line for row in logged.load().rows("corrections")] == [2, 3, 4, 5], "no empty row between"


# --- the change log in an Excel book


def book(small: Small, sheets: Sequence[str] = ("tall", "rettelser"), **more: Callable[[Any], None]) -> Path:
    """The small audit's registers in an Excel book."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for sheet in sheets:
        target = made.create_sheet(sheet.capitalize())
        if small.path(sheet).exists():
            for line in csv.reader(small.path(sheet).open(encoding="utf-8-sig", newline=""), delimiter=";"):
                target.append([int(cell) if cell.isdigit() else cell or None for cell in line])
            small.path(sheet).unlink()
        else:
            target.append(HAND[0])
            target.append(["x1", "Noe", "a b c", date(2022, 2, 17), "linje 1", "trykt"])
    for change in more.values():
        change(made)
    path = small.path("tall").with_name("registers.xlsx")
    made.save(path)
    return path


def test_an_excel_book_keeps_its_other_sheets_widths_and_drop_downs(logged: Small) -> None:
    def dress(made: Any) -> None:
        made["Rettelser"].column_dimensions["B"].width = 44
        choices = DataValidation(type="list", formula1='"Feilretting,Ny opplysning"')
        choices.add("G2:G500")
        made["Rettelser"].add_data_validation(choices)
        made["Rettelser"].cell(400, 1).fill = openpyxl.styles.PatternFill("solid", fgColor="FFEEEE")

    path = book(logged, dress=dress)
    assert log(logged, WHY) == 3
    after = openpyxl.load_workbook(path)
    sheet = after["Rettelser"]
    assert after.sheetnames == ["Tall", "Rettelser"] and sheet.column_dimensions["B"].width == 44
    assert sheet.data_validations.dataValidation[0].sqref == "G2:G500"
    assert isinstance(sheet["D2"].value, date) and isinstance(after["Tall"]["G2"].value, int)
    assert [sheet.cell(row, 1).value for row in (2, 3, 4, 5, 6)] == ["x1", "r1", "r2", "r3", None], "below the last row"
    assert not hits(logged.load(), "endring-uten-grunn") and log(logged) == 0


def test_a_sheet_by_its_english_name_is_the_same_sheet(logged: Small) -> None:
    def rename(made: Any) -> None:
        made["Rettelser"].title = "corrections"

    path = book(logged, rename=rename)
    assert log(logged, WHY) == 3 and log(logged) == 0
    assert openpyxl.load_workbook(path).sheetnames == ["Tall", "corrections"]


def test_merged_cells_where_a_row_is_to_stand_are_told(logged: Small) -> None:
    def merge(made: Any) -> None:
        made["Rettelser"].merge_cells("A3:F3")

    path = book(logged, merge=merge)
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"registers\.xlsx, Rettelser, celle B3\. Cellen er slått sammen"):
        log(logged, WHY)
    assert path.read_bytes() == before


def test_a_book_without_the_sheet_gets_it_and_no_cell_is_read_as_a_formula(logged: Small) -> None:
    text = logged.root / "data" / "liten" / "text" / "background.md"
    text.write_text("=1+1 er et regnestykke.\n", encoding="utf-8")
    path = book(logged, ("tall",))
    log(logged)
    assert openpyxl.load_workbook(path).sheetnames == ["Tall", "Rettelser"]
    assert "=1+1 er et regnestykke." in [row["new"] for row in logged.load().rows("corrections")] and log(logged) == 0


def test_a_book_with_what_only_excel_keeps_is_left_alone(logged: Small) -> None:
    """A drop-down whose list stands on another sheet: it lies in an extension that is lost when others write."""
    path = book(logged)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = next(name for name in parts if name.startswith("xl/worksheets/"))
    parts[sheet] = parts[sheet].replace(b"</worksheet>", b"<extLst><ext uri='x'/></extLst></worksheet>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    before = path.read_bytes()
    with pytest.raises(InputError, match="nedtrekkslister fra andre ark"):
        log(logged, WHY)
    assert path.read_bytes() == before


def with_formula(made: Any) -> None:
    made["Tall"]["Z1"] = "=1+1"


def test_a_book_with_formulas_is_left_alone(logged: Small) -> None:
    """Saved by anyone but Excel a formula loses the value it shows, and the book could not be read again."""
    found = cells(logged.load())
    audit = logged.load()
    path = book(logged, formula=with_formula)
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"registers\.xlsx, Rettelser\. Arket Tall har formler.*rettelser\.csv"):
        log_changes(logged.root, audit, found, WHY)
    assert path.read_bytes() == before
    path.unlink()
    path = book(logged, (), sheet=lambda made: made.create_sheet("Tall"), formula=with_formula)
    before = path.read_bytes()
    assert log_changes(logged.root, audit, found, WHY) == 3
    assert path.read_bytes() == before and logged.path("rettelser").exists(), "the sheet becomes a file beside the book"


@pytest.mark.parametrize("in_book", [False, True])
def test_an_open_or_write_protected_register_is_told_and_nothing_is_half_written(
    logged: Small, in_book: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if in_book:
        book(logged)
    else:
        logged.path("rettelser").write_text("Id;Gjelder;Sto;Står\nx1;Noe;a b c;d\n", encoding="utf-8")
    audit = logged.load()
    found = cells(audit)
    path = logged.path("tall").with_name("registers.xlsx") if in_book else logged.path("rettelser")
    before = {one.name: one.read_bytes() for one in path.parent.iterdir() if one.is_file()}

    def kept(message: str) -> None:
        with pytest.raises(InputError, match=f"data/liten/{path.name}.*{message}"):
            log_changes(logged.root, audit, found, WHY)
        assert {one.name: one.read_bytes() for one in path.parent.iterdir() if one.is_file()} == before

    path.chmod(0o444)
    kept("skrivebeskyttet")
    path.chmod(0o644)

    def busy(_: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(target))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", busy)
        kept("Kan ikke skrive")
    lock = path.with_name(f"~${path.name}")
    lock.write_text("")
    before[lock.name] = b""
    kept("åpen i Excel")


# --- corrections of two kinds


@pytest.fixture
def eigersund(handed: Callable[[str], Audit]) -> Audit:
    return handed("eigersund-2022")


def test_fit_was_true_and_norse_is_news_beside_it(eigersund: Audit) -> None:
    """*Ny opplysning*: nothing is a stop, what was true stays, and the new stands beside it with its date."""
    assert not hits(eigersund, "rettelse-halvveis")
    facts, blocks = facts_of(eigersund), blocks_in_process(eigersund)
    model = page_model(eigersund, facts, blocks, items_of(blocks, facts), (), Said("c", Changes()), "0", draft=True)
    beside = {unit["id"]: unit["news"] for unit in units(model) if unit.get("news")}
    assert set(beside) == {"d71", "d168"}
    assert all("17.02.2022" in str(news) and "Norse" in str(news) for news in beside.values())
    row = eigersund.row("evidence", "d71")
    assert row and "FIT" in row["text"]


def units(node: Any) -> list[dict[str, Any]]:
    found = [node] if isinstance(node, dict) and "id" in node else []
    inside = node.values() if isinstance(node, Mapping) else node if isinstance(node, (list, tuple)) else ()
    return found + [one for value in inside for one in units(value)]


FIT_STANDS = {"Datagrunnlag d71", "Datagrunnlag d72", "Datagrunnlag d168", "Ordninger fit", "Ordninger norse",
              "Vurderinger v3", "Vurderinger v17", "text/p2.md", "text/p3.md", "text/summary.md"}  # fmt: skip


def as_mistake(audit: Audit, **more: str) -> Audit:
    for column, value in {"kind": "Feilretting", **more}.items():
        audit = with_defect(audit, {"register": "corrections", "row": "r1", "column": column, "value": value})
    return audit


def test_fit_as_a_mistake_stops_at_every_place_it_still_stands(eigersund: Audit) -> None:
    (hit,) = hits(as_mistake(eigersund, old="FIT", new="Norse"), "rettelse-halvveis")
    assert places([hit]) == FIT_STANDS
    assert hit.found.startswith("Rettelse r1 byttet «FIT» med «Norse», men «FIT» står her og ")
    assert "velg Slag = Ny opplysning" in hit.do
    assert "napha.no/fit" in str(eigersund.row("sources", "napha-fit")), "the address of a page is no wording"
    quoted = with_defect(eigersund, {"register": "evidence", "row": "d71", "column": "quote", "value": "Ja"})
    assert places(hits(as_mistake(quoted, old="FIT", new="Norse"), "rettelse-halvveis")) == FIT_STANDS - {
        "Datagrunnlag d71"
    }


def test_printed_wording_of_three_words_is_looked_for_word_by_word(eigersund: Audit) -> None:
    old = "har bedt en annen kommune om opplæring"
    assert places(hits(as_mistake(eigersund, old=old, new="Norse"), "rettelse-halvveis")) == {"Datagrunnlag d168"}


def test_a_completed_correction_is_silent(eigersund: Audit) -> None:
    assert not hits(as_mistake(eigersund, old="Kommunen planlegger å innføre FIT", new="x"), "rettelse-halvveis")


@pytest.mark.parametrize(
    ("cell", "old", "new"),
    [
        ("Vurderinger, v1, Vurdering", "Delvis oppfylt", "Oppfylt"), ("Svar, s4, i1", "Ja", "Nei"),
        ("Intervjuer, i1, Dato", "17.02.2022", "18.02.2022"), ("Kilder, k1, Brukes", "Ja", "Nei"),
        ("Tall, innbyggere", "Innbyggere i kommunen", ""), ("Datagrunnlag, d1, Setning", "leder", "rådgiver"),
        ("Datagrunnlag, d1, Merknad", "er ikke oppgitt.", "var ikke oppgitt."),
    ],
)  # fmt: skip
def test_a_chosen_value_a_date_or_a_common_word_is_no_wording(eigersund: Audit, cell: str, old: str, new: str) -> None:
    """What stands everywhere by right is no trace of what was wrong in one cell."""
    assert not hits(as_mistake(eigersund, cell=cell, old=old, new=new), "rettelse-halvveis")


def corrected(small: Small, tmp_path: Path, text: str, *, done: bool = False) -> list[Hit]:
    """What is said when 8 decisions in group A were corrected to 12 and the total with it, with this text beside."""
    shares = [
        {"Id": "andel", "Navn": "Andel vedtak i gruppe A", "Slag": "andel", "Tall": "del-a, i-alt", "Enhet": "prosent",
         "Desimaler": "0"}
    ]  # fmt: skip
    total, a, b = ROWS["tall"]
    a = {**a, "Hva": "Vedtak om bolig", "Verdi": "8"}
    total = {**total, "Verdi": "20", "Delene utgjør hele": ""}
    body = f"# Datagrunnlag\n\n{text}\n\n# Vurdering\n\nKommunen har en plan.\n"
    small.write({"p1": body}, tall=[total, a, {**b, "Verdi": "12"}], maltall=shares)
    audit = handed_over(small.load(), tmp_path / "liten")
    small.sheet("tall", [total, {**a, "Verdi": "12"}, {**b, "Verdi": "12"}])
    if done:
        (small.root / "data/liten/text/p1.md").write_text(body.replace("åtte", "12").replace("8", "12"))
    log_changes(
        small.root,
        replace(small.load(), journal=audit.journal),
        cells(replace(small.load(), journal=audit.journal)),
        WHY,
    )
    return hits(replace(small.load(), journal=audit.journal), "rettelse-halvveis")


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("Det var 8 vedtak om bolig i gruppe A.", True),
        ("Det var åtte vedtak om bolig i gruppe A.", True),
        ("Kommunen fattet vedtak om bolig for 8 i gruppen A.", True),
        ("Kommunen har 8 ansatte i tjenesten.", False),
        ("Det var 12 vedtak om bolig i gruppe A.", False),
        ("Det var 18 vedtak om bolig i gruppe A i 2008.", False),
    ],
)
def test_a_corrected_number_stops_beside_its_measure_and_nowhere_else(
    small: Small, tmp_path: Path, text: str, stops: bool
) -> None:
    found = corrected(small, tmp_path, text)
    assert places(found) == ({"text/p1.md"} if stops else set())
    assert all("byttet «8» med «12»" in hit.found for hit in found)


def test_the_old_value_of_what_was_worked_out_from_it_stops_too_and_is_named(small: Small, tmp_path: Path) -> None:
    (hit,) = corrected(small, tmp_path, "Andelen av vedtak i gruppe A er 40 prosent.")
    assert places([hit]) == {"text/p1.md"}
    assert "endret «Andel vedtak i gruppe A» fra 40" in hit.found and "60" in hit.expected


def test_a_number_corrected_in_every_place_is_silent(small: Small, tmp_path: Path) -> None:
    assert not corrected(small, tmp_path, "Det var åtte vedtak om bolig i gruppe A.", done=True)


def test_a_number_corrected_in_a_text_is_looked_for_in_what_else_is_said_of_it(small: Small, tmp_path: Path) -> None:
    texts = {"background": "Utvalget bestilte revisjonen.\n\nKommunen har 17 årsverk i rusteamet.\n",
             "summary": "Rusteamet i kommunen har 17 årsverk. Det er 17 skoler.\n"}  # fmt: skip
    audit = handed_over(small.write(texts).load(), tmp_path / "liten")
    small.write({**texts, "background": texts["background"].replace("17", "19")})
    now = replace(small.load(), journal=audit.journal)
    log_changes(small.root, now, cells(now), WHY)
    assert places(hits(replace(small.load(), journal=audit.journal), "rettelse-halvveis")) == {"text/summary.md"}


# --- every comment is answered


@pytest.mark.parametrize(
    ("comment", "asks"),
    [
        ({}, True), ({"Vårt svar": "Rettet."}, False), ({"Utfall": "ikke tatt inn"}, True),
        ({"Utfall": "delvis tatt inn"}, True), ({"Utfall": "tatt inn"}, False), ({"Utfall": "ingen endring nødvendig"}, False),
        ({"Mangler fordi": "Vårt svar: trukket av kommunen"}, False), ({"Runde": "spørsmål"}, False),
        ({"Runde": "uttalelse"}, False), ({"Innspill": ""}, False), ({"Runde": "kvalitetssikring"}, True),
    ],
)  # fmt: skip
def test_every_comment_is_answered_the_ones_not_followed_too(small: Small, comment: dict[str, str], asks: bool) -> None:
    row = {"Id": "n2", "Runde": "høring", "Fra": "Kommunen", "Dato": "01.03.2022", "Innspill": "Feil tall."}
    small.write(innspill=[{**row, **comment}])
    assert bool(hits(small.load(), "innspill-uten-svar", "comments")) is asks


def test_before_the_first_hand_over_nothing_has_changed(small: Small) -> None:
    audit = replace(small.write().load(), journal=Journal())
    assert changes(audit) == Changes() and not hits(audit, "rettelse-halvveis")
