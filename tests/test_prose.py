"""Text that refers to facts and sources."""

import time

import pytest

from conftest import Small
from helpers.facts import facts_of
from helpers.prose import Prose, plain, read_prose


def read(small: Small, text: str) -> Prose:
    audit = small.write(text={"summary": text}).load()
    return read_prose(audit, facts_of(audit), audit.texts["summary"])


def said(small: Small, text: str) -> str:
    return " ".join(plain(paragraph["runs"]) for paragraph in read(small, text).all).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Det er {{i-alt}} vedtak.", "Det er 30 vedtak."), ("Det er {{del-a|ord}} vedtak.", "Det er ti vedtak."),
        ("{{del-a}} vedtak.", "Ti vedtak."), ("Slik: {{tall.del-b}}.", "Slik: 20."),
        ("Vi møtte {{i2.antall-personer|ord}}.", "Vi møtte to."), ("Både **{{del-a|tall}}** og _{{del-b}}_.", "Både 10 og 20."),
    ],
)  # fmt: skip
def test_references_are_filled_in(small: Small, text: str, shown: str) -> None:
    assert said(small, text) == shown


def test_a_citation_carries_its_source(small: Small) -> None:
    runs = read(small, "Slik er det. [@plan, @i1]").all[0]["runs"]
    assert [(run["t"], run["c"]) for run in runs if "c" in run] == [("K2", "plan"), ("I1", "i1")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("31. desember 2021 ble ordningen avviklet. [@plan]", ["31. desember 2021 ble ordningen avviklet."]),
        ("Den gjelder fra\n1. januar 2020 for alle.", ["Den gjelder fra\n1. januar 2020 for alle."]),
        ("2017. Året da planen kom.", ["2017. Året da planen kom."]), ("2017.", ["2017."]), ("1.\n2. To", ["1.", "2. To"]),
        ("Slik: [@plan]\n1. {{del-a}} vedtak\n2) **Så**\n   videre", ["Slik:", "1. Ti vedtak", "2) Så\nvidere"]),
        ("2020.     {{i-alt}}", ["2020. 30"]),
    ],
)  # fmt: skip
def test_a_date_a_year_or_a_number_that_begins_a_line_stands_as_typed(
    small: Small, text: str, shown: list[str]
) -> None:
    prose = read(small, text)
    assert [plain(paragraph["runs"]).strip() for paragraph in prose.all] == shown
    assert {paragraph["kind"] for paragraph in prose.all} == {"p"}  # shown without a bullet
    assert [run["c"] for paragraph in prose.all for run in paragraph["runs"] if "c" in run] == ["plan"] * ("[@" in text)


@pytest.mark.parametrize(
    "text",
    [
        "Se [planen](https://kommune.no/plan).", "Se [1].\n\n[1]: https://kommune.no/plan", "[merk]: Planen",
        "![Kart](kart.png)", "Skriv til post@plan.no.", "De har [...] en {plan}.",
    ],
)  # fmt: skip
def test_links_and_pictures_stand_as_typed(small: Small, text: str) -> None:
    prose = read(small, text)
    assert "\n\n".join(plain(paragraph["runs"]) for paragraph in prose.all) == text
    assert not prose.problems


def test_a_citation_before_a_year_in_parentheses_is_a_citation(small: Small) -> None:
    runs = read(small, "Etter [@plan](2021).").all[0]["runs"]
    assert [(run["t"], run.get("c")) for run in runs] == [("Etter ", None), ("K2", "plan"), ("(2021).", None)]


def test_what_is_marked_with_a_dash_is_shown_with_a_bullet(small: Small) -> None:
    prose = read(small, "- En\n- To:\n  1. Under")
    assert [(one["kind"], plain(one["runs"])) for one in prose.all] == [("li", "En"), ("li", "To:"), ("p", "1. Under")]


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        ("En.\n\nDet er {{i-allt}}.", "ukjent-referanse", 3), ("Det er {{i-alt|n av N}}.", "ukjent-referanse", 1),
        ("Det er {{i-alt.", "ugyldig-referanse", 1), ("Det er {{i-alt|ord} og {{del-a}}.", "ugyldig-referanse", 1), ("En\nto [@ukjent].", "ukjent-kilde", 2),
        ("Det er {i-alt}.", "ugyldig-referanse", 1), ("En\n{tall.i-alt|ord}.", "ugyldig-referanse", 2), ("Slik er det [plan].", "ugyldig-referanse", 1),
        ("Etter @plan.", "ugyldig-referanse", 1), ("Slik er det [se @i1].", "ugyldig-referanse", 1),
        ("Det er {{i-alt|mange}}.", "ukjent-referanse", 1), ("```\n{{nope}}\n```", "ukjent-referanse", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_resolved_is_told_at_its_line(small: Small, text: str, kind: str, line: int) -> None:
    problems = read(small, text).problems
    assert [(problem.kind, problem.line) for problem in problems] == [(kind, line)]


@pytest.mark.parametrize(
    "text",
    [
        "Etter hol § 3-1 og §§ 7-1, 7-2.", "Bestilt 13.11.2014 i sak 33/14.", "Perioden 2017–2019.", "Svar på P1 og K12.",
        "Den 1. juni 2018.", "Åpent 24/7.", "RSK 001.", "Meld. St. 26.",
    ],
)  # fmt: skip
def test_years_dates_paragraphs_and_case_numbers_may_be_typed(small: Small, text: str) -> None:
    assert not read(small, text).problems


def test_what_an_auditor_writes_is_text_never_markup(small: Small) -> None:
    assert said(small, "<script>alert(1)</script>") == "<script>alert(1)</script>"


def test_a_misspelt_heading_is_told_because_its_text_reaches_no_page(small: Small) -> None:
    small.write(text={"p1": "Løst avsnitt.\n\n# Datagrunnlag\n\nSlik.\n\n# Vurderinga\n\nBra.\n"})
    found = [(message.place.line, message.severity) for message in small.hits("ukjent-overskrift")]
    assert found == [(1, "stopp"), (7, "stopp")]


def test_a_main_heading_of_a_summary_stands_in_its_place_with_its_references(small: Small) -> None:
    prose = read(small, "Først.\n\n# Funn {{i-alt}}\n\nEn.\n\n# Mer [@ukjent]\n\n# Funn {{finnes-ikke}}\n\nTo.")
    shown = [(paragraph["kind"], plain(paragraph["runs"])) for paragraph in prose.all]
    assert shown == [
        ("p", "Først."), ("h1", "Funn 30"), ("p", "En."), ("h1", "Mer [@ukjent]"), ("h1", "Funn {{finnes-ikke}}"), ("p", "To."),
    ]  # fmt: skip
    assert [(problem.kind, problem.line) for problem in prose.problems] == [
        ("ukjent-kilde", 7),
        ("ukjent-referanse", 9),
    ]


def test_a_line_of_citations_is_read_in_time_that_grows_with_it() -> None:
    """A hundred thousand signs took most of a minute where each full stop looked for the end anew."""
    from helpers.prose import markdown

    started = time.perf_counter()
    markdown().parse("[@a]. " * 20_000 + "x\n1. januar")
    assert time.perf_counter() - started < 10
