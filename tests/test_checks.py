"""Checks of issue and practice: what they tell, and what they stay silent on."""

import re
from collections.abc import Callable, Mapping

import pytest

from conftest import PROJECT, ROWS, Small
from helpers.audit import Audit
from helpers.checks import Hit, all_checks
from helpers.gate import gather

TOTAL, A, B = ROWS["tall"]


def hits(small: Small, check: str, register: str) -> list[Hit]:
    """A check is a pure function: no Great Expectations is needed to try it."""
    return list(all_checks()[check](gather(small.load()), register))


@pytest.mark.parametrize(
    ("total", "parts", "said"),
    [
        ({}, [A, B], None),
        ({"Verdi": "32"}, [A, B], "blir 30 (10 + 20)"),
        ({"Verdi": "32", "Grense": "ca."}, [A, B], "blir 30 (10 + 20)"),
        ({"Verdi": "31", "Grense": "ca."}, [A, B], "blir 30"),
        ({"Verdi": "30", "Grense": "ca."}, [A, {**B, "Verdi": "21"}], None),
        ({"Verdi": "32", "Delene utgjør hele": "Nei"}, [A, B], None),
        ({"Verdi": "10"}, [A, {**B, "Teller med": "Nei"}], None),
        ({"Verdi": "10"}, [A, {**B, "Teller med": "Uavklart"}], "10 eller 30"),
        ({"Verdi": "11"}, [A, {**B, "Teller med": "Uavklart"}], "ingen av dem passer"),
        ({"Verdi": "40"}, [A, B, {**B, "Id": "c", "Verdi": "", "Mangler fordi": "Ikke oppgitt"}], None),
        ({"Verdi": "25"}, [A, B, {**B, "Id": "c", "Verdi": "", "Mangler fordi": "Ikke oppgitt"}], "blir 30"),
    ],
)
def test_a_total_is_the_sum_of_its_parts(
    small: Small, total: dict[str, str], parts: list[dict[str, str]], said: str | None
) -> None:
    small.write(tall=[{**TOTAL, **total}, *parts])
    found = hits(small, "total-mot-deler", "quantities")
    assert bool(found) == bool(said)
    if said:
        assert said in found[0].found
        assert found[0].place.row == "i-alt"
        assert found[0].mild == ("Grense" in total)


SHARE = {"Id": "andel", "Hva": "Andel", "Enhet": "prosent", "Per dato": "2021", "Kilde": "plan", "Antall": "del-a",
         "Av": "i-alt"}  # fmt: skip


@pytest.mark.parametrize(
    ("printed", "told", "mild"),
    [("33", False, False), ("33,3", False, False), ("33,33", False, False), ("33,4", True, False), ("35", True, False)],
)
def test_a_percentage_follows_from_its_count(small: Small, printed: str, told: bool, mild: bool) -> None:
    small.write(tall=[*ROWS["tall"], {**SHARE, "Verdi": printed}])
    found = hits(small, "prosent-mot-antall", "quantities")
    assert bool(found) == told
    if found:
        assert "10 av 30 er 33,33 %" in found[0].found
        assert found[0].mild == mild


def test_a_percentage_only_truncated_is_milder(small: Small) -> None:
    small.write(tall=[TOTAL, {**A, "Verdi": "20"}, {**B, "Verdi": "10"}, {**SHARE, "Verdi": "66,6"}])
    (found,) = hits(small, "prosent-mot-antall", "quantities")
    assert found.mild


def test_a_part_is_never_larger_than_its_whole(small: Small) -> None:
    small.write(tall=[TOTAL, {**A, "Verdi": "31"}])
    (found,) = hits(small, "del-storre-enn-hele", "quantities")
    assert (found.place.row, found.place.column) == ("del-a", "Verdi")


def test_a_total_over_missing_parts_says_which(small: Small) -> None:
    small.write(tall=[TOTAL, A, {**B, "Verdi": "", "Mangler fordi": "Ikke oppgitt"}])
    (found,) = hits(small, "total-ufullstendig", "quantities")
    assert "1 av 2 deler mangler verdi (B)" in found.found


def test_an_excluded_source_is_not_used(small: Small) -> None:
    hol, plan = ROWS["kilder"]
    small.write(kilder=[hol, {**plan, "Brukes": "Nei", "Hvorfor ikke": "Utdatert"}])
    (found,) = hits(small, "utelatt-kilde-brukt", "sources")
    assert found.place.register == "Tall"
    assert found.found.startswith("plan (Kommunens plan) har Brukes = Nei, men er brukt i Tall i-alt")


def test_a_source_whose_absence_is_the_finding_is_silent(small: Small) -> None:
    hol, plan = ROWS["kilder"]
    small.write(kilder=[hol, {**plan, "Brukes": "Nei", "Hvorfor ikke": "Finnes ikke", "Brukt som": "funn"}])
    assert hits(small, "utelatt-kilde-brukt", "sources") == []


def test_a_source_that_never_came_cannot_be_leaned_on(small: Small) -> None:
    hol, plan = ROWS["kilder"]
    small.write(kilder=[hol, {**plan, "Brukes": "Nei", "Mottatt": "Nei", "Hvorfor ikke": "Kom aldri"}])
    (hit,) = hits(small, "utelatt-kilde-brukt", "sources")
    assert "Mottatt = Nei" in hit.found


def test_n_is_the_number_of_case_rows(small: Small) -> None:
    sample = {"Id": "u1", "Hva": "Saker", "Populasjon N": "4", "Per dato": "2021", "Trekkemåte": "alle", "Regel": "alle",
              "Trukket av": "revisor", "n": "5"}  # fmt: skip
    point = {"Id": "ip", "Utvalg": "u1", "Tekst": "Plan", "Slag": "ja/nei", "Personvern": "helse"}
    small.write(utvalg=[sample], kontrollpunkter=[point], saker=[{"Id": "s1", "Utvalg": "u1", "ip": "Ja"}])
    found = [hit.found for hit in hits(small, "utvalg-mot-saker", "samples")]
    assert found == [
        "Utvalget er på 5, men arket Saker har 1 rader for det",
        "Utvalget (5) er større enn populasjonen (4)",
    ]


def test_the_parts_of_rsk_001(many: Callable[..., Small]) -> None:
    one = many("uten").write()
    for name in ("summary", "conclusion"):
        (one.root / "data" / "uten" / "text" / f"{name}.md").unlink()
    one.path("vurderinger").unlink()
    one.path("innspill").unlink()
    parts = [hit.place.row for hit in hits(one, "rsk-del-mangler", "")]
    assert parts == ["Sammendrag", "Vurderinger", "Konklusjoner", "Kommunedirektørens uttalelse"]


def test_the_response_cannot_exist_before_the_hearing(many: Callable[..., Small]) -> None:
    assert hits(many("tidlig", "høring").write(), "rsk-del-mangler", "") == []


def test_severity_follows_the_phase(many: Callable[..., Small]) -> None:
    from helpers.gate import judge

    wrong = [{**TOTAL, "Verdi": "32"}, A, B]
    audits = [many(phase.replace("ø", "o"), phase).write(tall=wrong) for phase in ("arbeid", "høring", "endelig")]
    messages = [m for m in judge([gather(one.load()) for one in audits]) if m.check == "total-mot-deler"]
    assert {m.audit: m.severity for m in messages} == {"arbeid": "varsel", "horing": "stopp", "endelig": "stopp"}


def test_no_check_knows_a_municipality(audits: Mapping[str, Audit]) -> None:
    """Nothing in the package, its words or its suites names one of the four audits' municipalities or rows."""
    names = {audit.params.municipality.name for audit in audits.values()}
    names |= {row.id for audit in audits.values() for row in audit.rows("quantities") if len(row.id) > 12}
    for folder in ("src/helpers", "expectations"):
        for path in (PROJECT / folder).rglob("*.*"):
            if path.suffix in (".py", ".json", ".toml", ".j2"):
                words = set(re.findall(r"[\w-]+", path.read_text(encoding="utf-8")))
                assert not names & words, f"{path.name}: {names & words}"
