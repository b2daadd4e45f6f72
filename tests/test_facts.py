"""Facts: every numeric cell, and what is derived from cells; each with its sum in words and its cells."""

import pytest

from conftest import ROWS, Small
from helpers.conditions import ConditionError, parse_condition
from helpers.facts import FactError, facts_of, show_fact

SAMPLE = [{"Id": "u1", "Hva": "Saker", "Populasjon N": "40", "Per dato": "2021", "Trekkemåte": "systematisk",
           "Regel": "hver 10.", "Trukket av": "revisor", "n": "4"}]  # fmt: skip
POINTS = [{"Id": "ip", "Utvalg": "u1", "Tekst": "Har plan", "Slag": "ja/nei", "Personvern": "helse"}]
CASES = [{"Id": f"s{n}", "Utvalg": "u1", "ip": value} for n, value in enumerate(["Ja", "Nei", "Nei", "Ja"])]


def measure(small: Small, **columns: str) -> Small:
    return small.write(
        utvalg=SAMPLE, kontrollpunkter=POINTS, saker=CASES, maltall=[{"Id": "m", "Navn": "M", **columns}]
    )


def test_every_numeric_cell_is_a_fact(small: Small) -> None:
    facts = facts_of(small.write().load()).by_id
    assert {"quantities.i-alt", "quantities.del-a", "interviews.i2.persons"} <= set(facts)
    assert facts["quantities.del-a"].cells[0].place.cell == "G3"


def test_a_total_says_its_parts(small: Small) -> None:
    assert facts_of(small.write().load()).by_id["quantities.i-alt"].sum == "Delene: 10 + 20 = 30"


def test_a_count_over_cases(small: Small) -> None:
    measure(small, Slag="antall", Over="Saker u1", **{"Betingelse n": "ip = Nei", "Enhet": "saker"})
    fact = facts_of(small.load()).by_id["measures.m"]
    assert (fact.n, fact.base, fact.sum) == (2, 4, "2 av 4 rader i Saker: Har plan = Nei")
    assert [cell.place.row for cell in fact.cells] == ["s1", "s2"]


def test_one_changed_case_changes_the_count(small: Small) -> None:
    columns = {"Slag": "antall", "Over": "Saker u1", "Betingelse n": "ip = Ja", "Enhet": "saker"}
    before = facts_of(measure(small, **columns).load()).by_id["measures.m"]
    small.sheet("saker", [{**case, "ip": "Ja"} for case in CASES])
    after = facts_of(small.load()).by_id["measures.m"]
    assert (before.n, after.n) == (2, 4)
    assert before.hash != after.hash


def test_each_control_point_is_counted(small: Small) -> None:
    facts = facts_of(small.write(utvalg=SAMPLE, kontrollpunkter=POINTS, saker=CASES).load()).by_id
    assert (facts["cases.u1.ip-ja"].n, facts["cases.u1.ip-nei"].n) == (2, 2)


def test_sum_difference_and_share(small: Small) -> None:
    rows = [
        {"Id": "sum", "Navn": "S", "Slag": "sum", "Over": "Tall", "Betingelse n": "del-av = i-alt", "Kolonne": "verdi"},
        {"Id": "diff", "Navn": "D", "Slag": "differanse", "Tall": "del-b, del-a"},
        {"Id": "andel", "Navn": "A", "Slag": "andel", "Tall": "del-a, i-alt", "Desimaler": "1"},
    ]
    small.write(maltall=[{**row, "Enhet": "prosent" if row["Id"] == "andel" else "vedtak"} for row in rows])
    audit = small.load()
    facts = facts_of(audit).by_id
    assert facts["measures.sum"].sum == "10 + 20 = 30"
    assert facts["measures.diff"].sum == "20 − 10 = 10"
    assert facts["measures.andel"].sum == "10 av 30 = 33,33 → 33,3\u00a0%"
    assert show_fact(audit, facts["measures.andel"], "n av N") == "10\u00a0av\u00a030"


def test_answers_leave_out_those_not_asked(small: Small) -> None:
    small.write(svar=[{"Id": "s1", "Utsagn": "d1", "i1": "Ja", "i2": "Ikke spurt"}])
    fact = facts_of(small.load()).by_id["answers.s1"]
    assert (fact.n, fact.base) == (1, 1)


def test_no_percent_below_twenty(small: Small) -> None:
    measure(small, Slag="antall", Over="Saker u1", **{"Betingelse n": "ip = Ja", "Enhet": "saker"})
    audit = small.load()
    assert show_fact(audit, facts_of(audit).by_id["measures.m"], "prosent 1") == "to\u00a0av\u00a0fire"


@pytest.mark.parametrize(
    ("condition", "wrong"),
    [
        ("plan = Ja", "ingen kolonne «plan»"), ("ip =", "verdi mangler"), ("(ip = Ja", "ikke lukket"), ("ip", "ventes"),
        ("ip = Ja og", "slutter for tidlig"), ("ip er stor", "«tom»"), ("ip > mye", "ikke et tall"), ("ip = Ja )", "«)»"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_read_says_why(small: Small, condition: str, wrong: str) -> None:
    audit = measure(small, Slag="antall", Over="Saker u1", Enhet="saker").load()
    with pytest.raises(ConditionError, match=r".*") as refused:
        parse_condition(condition, audit.registers["cases"])
    assert wrong in str(refused.value)


def test_a_condition_is_parsed_never_evaluated(small: Small) -> None:
    audit = measure(small, Slag="antall", Over="Saker u1", Enhet="saker").load()
    holds = parse_condition('ip i (Ja, "Nei") og ikke (ip er tom eller ip != Ja)', audit.registers["cases"])
    assert [row.id for row in audit.rows("cases") if holds.test(row)] == ["s0", "s3"]


def test_an_unknown_fact_names_the_nearest(small: Small) -> None:
    with pytest.raises(FactError, match="del-a"):
        facts_of(small.write().load()).find("del-aa")


def test_a_measure_that_cannot_be_worked_out_is_a_message_at_its_row(small: Small) -> None:
    measure(small, Slag="antall", Over="Sakser", Enhet="saker")
    (message,) = small.hits("maltall")
    assert message.severity == "stopp"
    assert str(message.place).startswith("Måltall, A2")
    assert "Sakser" in message.found


def test_bounds_and_intervals_stay_in_sums(small: Small) -> None:
    parts = [ROWS["tall"][0], {**ROWS["tall"][1], "Verdi": "35–40"}, {**ROWS["tall"][2], "Grense": "ca."}]
    columns = {"Slag": "sum", "Over": "Tall", "Betingelse n": "del-av = i-alt", "Kolonne": "verdi", "Enhet": "vedtak"}
    small.write(tall=parts, maltall=[{"Id": "m", "Navn": "M", **columns}])
    assert facts_of(small.load()).by_id["measures.m"].sum == "35–40 + ca.\u00a020 = ca.\u00a055–60"


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"Slag": "antall", "Over": "Saker u9"}, "Utvalget «u9» finnes ikke"),
        ({"Slag": "antall", "Over": "Intervjuer", "Betingelse n": "form = intervjuu"}, "«intervjuu» kan ikke stå"),
        ({"Slag": "andel", "Tall": "i-alt, del-a", "Desimaler": "40"}, "0 til 6"),
        ({"Slag": "andel", "Tall": "i-alt"}, "to tall-id-er"),
    ],
)
def test_a_misspelt_measure_is_a_message_not_a_zero(small: Small, columns: dict[str, str], told: str) -> None:
    measure(small, Enhet="saker", **columns)
    (problem,) = facts_of(small.load()).problems
    assert told in problem.found


def test_a_case_without_value_is_not_counted_as_no(small: Small) -> None:
    small.write(utvalg=SAMPLE, kontrollpunkter=POINTS, saker=[{**case, "ip": ""} for case in CASES])
    assert facts_of(small.load()).by_id["cases.u1.ip-nei"].number is None
