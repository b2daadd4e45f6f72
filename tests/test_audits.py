"""The four shipped audits: what their inventories list is there, and the published defects are named."""

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from conftest import AUDITS
from helpers.audit import Audit


def facts(root: Path, audit: str) -> dict[str, dict[str, str]]:
    """``facts.csv`` as a reader gets it."""
    with (root / "outputs" / audit / "facts.csv").open(encoding="utf-8-sig", newline="") as lines:
        return {row["id"]: row for row in csv.DictReader(lines, delimiter=";")}


FIGURES = [
    ("eidskog-2015", "measures.behov-ip", "8", "8", "15"),
    ("eidskog-2015", "measures.har-ip", "1", "1", "15"),
    ("eidskog-2015", "measures.uten-ip-eller-tilbud", "7", "7", "15"),
    ("eidskog-2015", "measures.uten-ip-av-behov", "7", "7", "8"),
    ("eidskog-2015", "quantities.vedtak-2013-i-alt", "328", "", ""),
    ("eidskog-2015", "quantities.andel-kontrollert", "12.5", "19", "151"),
    ("hamar-2022", "quantities.henv-i-alt", "1096", "", ""),
    ("hamar-2022", "quantities.aktive-i-alt", "953", "", ""),
    ("eigersund-2022", "surveys.ungdata-depressive-vgs-eigersund", "22", "", ""),
    ("eigersund-2022", "surveys.ungdata-depressive-vgs-rogaland", "20", "", ""),
    ("eigersund-2022", "surveys.ungdata-depressive-vgs-landet", "20", "", ""),
    ("eigersund-2022", "measures.diff-depressive-vgs-landet", "2", "", ""),
    ("nes-2018", "quantities.soknader-maned", "35–40", "", ""),
]


@pytest.mark.parametrize(("audit", "id", "value", "n", "base"), FIGURES)
def test_the_figures_of_the_inventory(published: Path, audit: str, id: str, value: str, n: str, base: str) -> None:
    row = facts(published, audit)[id]
    assert (row["value"], row["n"], row["base"]) == (value, n, base)
    assert row["sources"]


DEFECTS = [
    ("eidskog-2015", "total-mot-deler", "Tall", "vedtak-2013-i-alt", "Verdi", ["328", "326", "242 + 43 + 41"]),
    ("eidskog-2015", "prosent-mot-antall", "Tall", "andel-kontrollert", "Verdi", ["12,5 %", "19 av 151 er 12,58 %"]),
    ("hamar-2022", "total-mot-deler", "Tall", "ansatte-i-alt", "Verdi", ["ca. 94", "92,35, 94,35 eller 96,35"]),
    ("eigersund-2022", "utelatt-kilde-brukt", "Datagrunnlag", "d62", "Kilde/intervju", ["Brukes = Nei"]),
]


@pytest.mark.parametrize(("audit", "check", "register", "row", "column", "found"), DEFECTS)
def test_a_published_defect_is_named_and_waived_with_a_reason(
    published: Path, audit: str, check: str, register: str, row: str, column: str, found: list[str]
) -> None:
    quality = json.loads((published / "outputs" / audit / "quality.json").read_text(encoding="utf-8"))
    (message,) = [m for m in quality["messages"] if m["check"] == check and m["row"] == row]
    assert (message["register"], message["column"]) == (register, column)
    assert message["line"]
    assert message["waived"]
    for part in found:
        assert part in message["found"].replace("\u00a0", " ")


LEAST = {
    "eidskog-2015": {"criteria": 35, "cases": 20, "samples": 3, "recommendations": 15, "control_points": 16, "interviews": 9},
    "hamar-2022": {"criteria": 34, "cases": 5, "sources": 41, "interviews": 18, "arrangements": 51, "recommendations": 4},
    "eigersund-2022": {"criteria": 6, "surveys": 24, "arrangements": 28, "recommendations": 5, "corrections": 1},
    "nes-2018": {"criteria": 17, "evidence": 44, "interviews": 13, "recommendations": 2},
}  # fmt: skip


@pytest.mark.parametrize("name", AUDITS)
def test_the_registers_hold_what_the_inventory_lists(audits: Mapping[str, Audit], name: str) -> None:
    for register, least in LEAST[name].items():
        assert len(audits[name].rows(register)) >= least, register


def test_eidskogs_case_rows_are_whole(audits: Mapping[str, Audit]) -> None:
    cases = audits["eidskog-2015"].rows("cases")
    points = audits["eidskog-2015"].registers["cases"].wide
    filled = {sample: [sum(bool(case[point]) for point in points) for case in cases if case["sample"] == sample]
              for sample in ("u1", "u3")}  # fmt: skip
    assert filled == {"u1": [7] * 15, "u3": [9] * 5}


def test_ungdata_is_whole(audits: Mapping[str, Audit]) -> None:
    rows = [row for row in audits["eigersund-2022"].rows("surveys") if row.id.startswith("ungdata-")]
    values = [row["value"] for row in rows if row["table"]]
    printed = [
        "69",
        "69",
        "71",
        "60",
        "63",
        "63",
        "64",
        "70",
        "72",
        "63",
        "68",
        "68",
        "26",
        "23",
        "20",
        "30",
        "26",
        "26",
        "15",
        "15",
        "14",
        "22",
        "20",
        "20",
    ]
    assert sorted(values) == sorted(printed)


def test_the_twenty_eight_tasks(audits: Mapping[str, Audit]) -> None:
    assert sum(row["type"] == "oppgave" for row in audits["eigersund-2022"].rows("arrangements")) >= 28


@pytest.mark.parametrize("name", AUDITS)
def test_every_row_names_its_line_and_origin(audits: Mapping[str, Audit], name: str) -> None:
    for row in audits[name].all_rows():
        if row.register != "waivers":
            assert re.search(r"linje \d+", row["place"]), f"{row.register} {row.id}"
            assert row["origin"], f"{row.register} {row.id}"


@pytest.mark.parametrize("name", AUDITS)
def test_no_date_finer_than_a_year_about_a_person(audits: Mapping[str, Audit], name: str) -> None:
    for case in audits[name].rows("cases"):
        for value in case.cells.values():
            assert not re.search(r"\d{1,2}\.(19|20)\d\d", value)


@pytest.mark.parametrize("name", AUDITS)
def test_every_reference_in_the_text_is_resolved(audits: Mapping[str, Audit], name: str) -> None:
    from helpers.gate import gather

    evidence = gather(audits[name])
    assert {file: prose.problems for file, prose in evidence.prose.items() if prose.problems} == {}
    assert evidence.facts.problems == ()
    assert any("f" in run for paragraph in evidence.prose["summary"].all for run in paragraph["runs"])
