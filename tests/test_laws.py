"""Laws: how references are read, which paragraphs existed when, and what the checks tell."""

from collections.abc import Mapping
from datetime import date
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROWS, Small
from helpers.audit import Audit
from helpers.checks import Hit
from helpers.checks import laws as checks
from helpers.gate import gather
from helpers.laws import LawRef, candidates, existed, find_law, fold_name, laws, read_refs

HOL, PLAN = ROWS["kilder"]
CRITERION = ROWS["kriterier"][0]
AUDIT_DAY = date(2022, 2, 17)


def read(text: str) -> list[tuple[str, str, str, str]]:
    """Law, paragraph, ledd and letter of every reference."""
    return [(ref.law, ref.section, ref.ledd, ref.letter) for ref in read_refs(text)]


# Reading references


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("§ 3-4", [("", "3-4", "", "")]),
        ("§§ 3-1, 3-4 og 7-3", [("", "3-1", "", ""), ("", "3-4", "", ""), ("", "7-3", "", "")]),
        ("§ 2-1 a", [("", "2-1", "", "a")]),
        ("§ 2-1e", [("", "2-1e", "", "")]),
        ("§ 4A-1", [("", "4A-1", "", "")]),
        ("§ 4 i loven", [("loven", "4", "", "")]),
        ("§ 4-1 første ledd bokstav b", [("", "4-1", "1", "b")]),
        ("hol § 3, 1. og 2. ledd", [("hol", "3", "1, 2", "")]),
        ("§ 6 bokstav a–g", [("", "6", "", "a–g")]),
        ("§ 6 a. til g.", [("", "6", "", "a–g")]),
        ("§ 7 d. og e).", [("", "7", "", "d, e")]),
        ("§§ 3, 6 a–g, 8 d–e", [("", "3", "", ""), ("", "6", "", "a–g"), ("", "8", "", "d–e")]),
        ("§ 23-2 punkt c", [("", "23-2", "", "c")]),
        ("§ 3-2 første ledd nr. 6 bokstav c", [("", "3-2", "1", "c")]),
        ("§ 4-1 første ledd annet punktum", [("", "4-1", "1", "")]),
        ("§§ 18 flg.", [("", "18", "", "")]),
        ("§ 5 – 10 brukere", [("", "5", "", "")]),
        ("12.03.2020 og sak 33/14", []),
    ],
)
def test_paragraphs_with_their_qualifiers(text: str, expected: list[tuple[str, str, str, str]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "law", "sections"),
    [
        ("jf. helse- og omsorgstjenesteloven § 7-1", "helse- og omsorgstjenesteloven", ["7-1"]),
        ("pbrl. § 2-5", "pbrl", ["2-5"]),
        ("lova § 3-2", "lova", ["3-2"]),
        ("Etter folkehelselova § 5", "folkehelselova", ["5"]),
        ("psykisk helsevernloven § 4-1", "psykisk helsevernloven", ["4-1"]),
        ("lov om sosiale tjenester i NAV §§ 15, 27", "lov om sosiale tjenester i NAV", ["15", "27"]),
        ("§ 15 og § 27 i loven om sosiale tjenester. Mer", "loven om sosiale tjenester", ["15", "27"]),
        ("hol § 3-3, jf. § 3-1", "hol", ["3-3", "3-1"]),
        ("§ 14 i NAV-loven", "NAV-loven", ["14"]),
        ("abort- og smitteloven § 2", "abort- og smitteloven", ["2"]),
    ],
)
def test_the_law_is_named_before_or_after(text: str, law: str, sections: list[str]) -> None:
    assert read(text) == [(law, section, "", "") for section in sections]


@pytest.mark.parametrize(
    "text",
    [
        "Lov om folkehelsearbeid krever at kommunen har oversikt etter egne planer § 4-7",
        "Slik er folkehelseloven. § 4-7 sier",
    ],
)
def test_a_law_named_further_off_is_not_guessed(text: str) -> None:
    assert read(text) == [("", "4-7", "", "")]


def test_a_paragraph_after_a_number_is_of_that_law() -> None:
    refs = read_refs("helsepersonelloven av 2. juli 1999 nr. 64 § 4")
    assert [(ref.law, ref.number, ref.section) for ref in refs] == [
        ("helsepersonelloven", "1999-07-02-64", ""), ("helsepersonelloven", "", "4"),
    ]  # fmt: skip


def test_each_reference_keeps_its_own_law() -> None:
    assert read("hol §§ 7-1, 7-2; forskriften § 21; § 3") == [
        ("hol", "7-1", "", ""), ("hol", "7-2", "", ""), ("forskriften", "21", "", ""), ("forskriften", "3", "", ""),
    ]  # fmt: skip
    assert read("Etter folkehelseloven § 5. Kommunen viser til § 8.") == [
        ("folkehelseloven", "5", "", ""),
        ("", "8", "", ""),
    ]


@pytest.mark.parametrize("text", ["§§ 4 til 7", "§§ 4–7", "§ 4 til § 7", "§§ 4 t.o.m. 7"])
def test_a_range_is_every_paragraph(text: str) -> None:
    assert [ref.section for ref in read_refs(text)] == ["4", "5", "6", "7"]


def test_a_hyphen_is_a_chapter_and_its_paragraph() -> None:
    assert [(ref.section, ref.also) for ref in read_refs("§ 4-7")] == [("4-7", ())]
    assert [(ref.section, ref.also) for ref in read_refs("§§ 4-7")] == [("4-7", ("4", "5", "6", "7"))]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("LOV-2011-06-24-30", "2011-06-24-30"),
        ("FOR-2011-12-16-1256", "2011-12-16-1256"),
        ("LOV-1967-02-10", "1967-02-10"),
        ("lov 24.06.2011 nr. 30", "2011-06-24-30"),
        ("lov av 24. juni 2011 nr. 30", "2011-06-24-30"),
        ("Lov om pasient- og brukerrettigheter (nr. 63)", "63"),
    ],
)
def test_numbers(text: str, number: str) -> None:
    assert [ref.number for ref in read_refs(text)] == [number]


def test_chapters() -> None:
    assert [(ref.law, ref.chapter) for ref in read_refs("pbrl kapittel 3 og 4A")] == [("pbrl", "3"), ("pbrl", "4A")]


# Reading anything

names = st.sampled_from(["", "hol ", "folkehelseloven ", "helse- og omsorgstjenesteloven ", "pbrl. ", "abortloven "])
plain = st.integers(1, 300).map(str)
chaptered = st.tuples(st.integers(1, 31), st.integers(1, 40)).map(lambda pair: f"{pair[0]}-{pair[1]}")
sections = st.one_of(
    plain, chaptered, chaptered.map(lambda section: f"{section}b"), chaptered.map(lambda s: s.replace("-", "A-"))
)
ordinals = {"1": "første", "2": "annet", "3": "tredje", "4": "fjerde"}


@st.composite
def references(draw: st.DrawFn) -> tuple[str, LawRef]:
    """A reference as a careful auditor writes it, and what it says."""
    name, section = draw(names), draw(sections)
    ledd = draw(st.sampled_from(["", *ordinals]))
    letter = draw(st.sampled_from(["", "a", "b", "g"]))
    text = f"{name}§ {section}"
    text += f" {ordinals[ledd]} ledd" if ledd else ""
    text += f" bokstav {letter}" if letter else ""
    return text, LawRef(name.strip(" ."), section, ledd, "", letter, offset=len(name), end=len(text))


@settings(deadline=None)
@given(references())
def test_what_is_written_is_what_is_read(reference: tuple[str, LawRef]) -> None:
    text, expected = reference
    assert read_refs(text) == (expected,)


@settings(deadline=None)
@given(st.lists(references(), min_size=1, max_size=6))
def test_references_in_running_text(several: list[tuple[str, LawRef]]) -> None:
    text = "".join(f"Kommunen følger {one}, sier lederen. " for one, _ in several)
    assert [ref.section for ref in read_refs(text)] == [expected.section for _, expected in several]


signs = st.text(st.sampled_from("§ 0123456789-–.,;()abæå\n\u00a0«»ABLOVFR"), max_size=120)
words = st.lists(
    st.sampled_from(["§", "§§", "3-4", "7", "og", "til", "lov om", "loven", "hol", "første ledd", "bokstav", "a", "nr.", "kap.", "i", ","]),
    max_size=40,
).map(" ".join)  # fmt: skip


@settings(deadline=None)
@given(st.one_of(st.text(), signs, words))
def test_any_text_can_be_read(text: str) -> None:
    refs = read_refs(text)
    for ref in refs:
        assert 0 <= ref.offset < ref.end <= len(text)
        assert ref.section or ref.chapter or ref.number
    assert [ref.offset for ref in refs] == sorted(ref.offset for ref in refs)
    find_law(text)


@pytest.mark.parametrize(
    "text",
    ["Kommunen har ansvar for tjenestene. " * 28_000, "§" * 1_000_000, "§ 1 " * 100_000, "lov om " * 150_000,
     "helse- og " * 100_000 + "§ 3", "1" * 1_000_000, "§§ 1–60 " * 10_000, "(" * 1_000_000 + " § 3"],
    ids=["prose", "signs", "references", "titles", "hyphens", "digits", "ranges", "brackets"],
)  # fmt: skip
def test_time_grows_with_the_text_alone(text: str) -> None:
    began = perf_counter()
    read_refs(text)
    assert perf_counter() - began < 5, "a second at most on an idle machine"


# The register


def test_the_register_is_sound() -> None:
    for law in laws().values():
        assert law.number.startswith("LOV-" if law.kind == "lov" else "FOR-")
        assert not law.replaced_by or law.replaced_by in laws()
        assert not law.force.first or not law.force.end or law.force.first < law.force.end
        assert law.sections or not law.complete
        for phrase, sections in law.subjects.items():
            assert phrase == phrase.casefold().strip()
            assert sections <= law.sections.keys(), (law.key, phrase)
        assert law in candidates(law.number), law.key
        for name in (law.short, law.title, *law.names):
            assert law in candidates(name), (law.key, name)
        for periods in law.sections.values():
            assert all(not one.first or not one.end or one.first < one.end for one in periods)
    assert len({law.number for law in laws().values()}) == len(laws())


@pytest.mark.parametrize(
    "name",
    ["hol", "hol.", "hotjl.", "Helse- og omsorgstjenesteloven", "helse- og omsorgstenestelova", "LOV-2011-06-24-30",
     "helse- og omsorgstjenestelovens", "lov 24. juni 2011 nr. 30", "Lov om kommunale helse- og omsorgstjenester m.m.",
     "Lov om kommunale helse- og omsorgstjenester m.m., nr. 30 (helse- og omsorgstjenesteloven)",
     "§ 3-2 i helse- og omsorgstjenesteloven (vedlegg C)"],
)  # fmt: skip
def test_the_names_of_one_law(name: str) -> None:
    law = find_law(name)
    assert law and law.number == "LOV-2011-06-24-30"


@pytest.mark.parametrize(
    ("name", "day", "number"),
    [
        ("kommuneloven", date(2018, 2, 27), "LOV-1992-09-25-107"),
        ("kommuneloven", date(2022, 10, 7), "LOV-2018-06-22-83"),
        ("sosialtjenesteloven", date(2011, 1, 1), None),
        ("sosialtenestelova", date(2018, 2, 27), "LOV-2009-12-18-131"),
        ("Lov om barneverntjenester", date(2022, 2, 17), "LOV-1992-07-17-100"),
        ("pbl", date(2022, 2, 17), None),
        ("abortloven", date(2022, 2, 17), None),
        ("Forskrift om mat til folkehelseloven", date(2022, 2, 17), None),
        ("Forskrift om mat til lov 24. juni 2011 nr. 30", date(2022, 2, 17), None),
    ],
)
def test_a_shared_name_means_the_law_in_force(name: str, day: date, number: str | None) -> None:
    law = find_law(name, day)
    assert (law.number if law else None) == number


@pytest.mark.parametrize(
    ("name", "section", "day", "answer"),
    [
        ("folkehelseloven", "4", AUDIT_DAY, True),
        ("folkehelseloven", "7", AUDIT_DAY, True),
        ("folkehelseloven", "4-7", AUDIT_DAY, False),
        ("folkehelseloven", "4-7", None, False),
        ("folkehelseloven", "9", AUDIT_DAY, True),
        ("folkehelseloven", "9", date(2026, 2, 1), False),
        ("hol", "3-2a", date(2015, 1, 13), False),
        ("hol", "3-2a", date(2018, 2, 27), True),
        ("pbrl", "2-5b", date(2022, 10, 7), True),
        ("pbrl", "2-5b", AUDIT_DAY, False),
        ("habiliteringsforskriften", "19", date(2015, 1, 13), True),
        ("habiliteringsforskriften", "19", date(2022, 10, 7), False),
        ("habiliteringsforskriften", "40", AUDIT_DAY, None),
        ("lov-om-rad", "2", date(2015, 1, 13), True),
        ("kommuneloven-1992", "77", date(2015, 1, 13), None),
        ("kommuneloven-1992", "25-1", date(2015, 1, 13), False),
        ("kommuneloven-1992", "25-1", date(2005, 1, 13), False),
        ("kommuneloven-1992", "28-1b", date(2015, 1, 13), None),
        ("barnevernloven-1992", "15-8", AUDIT_DAY, False),
        ("barnevernloven-1992", "4-12", AUDIT_DAY, None),
        ("barnevernloven-1992", "5A-1", AUDIT_DAY, None),
        ("hpl", "4", date(2009, 1, 1), None),
    ],
)
def test_which_paragraphs_existed_when(name: str, section: str, day: date | None, answer: bool | None) -> None:
    assert existed(laws()[name], section, day) is answer


@settings(deadline=None)
@given(st.sampled_from([name for law in laws().values() for name in (law.short, law.title, *law.names)]))
def test_case_dots_and_endings_make_no_other_name(name: str) -> None:
    assert fold_name(name) == fold_name(name.upper()) == fold_name(f"«{name}».") == fold_name(fold_name(name))


# The checks


def told(small: Small, check: str, register: str, **registers: list[dict[str, str]]) -> list[Hit]:
    """The hits of a check on a small audit with a date."""
    text = registers.pop("text", None)
    small.write(text=text[0] if text else None, **registers)
    params = small.root / "params" / f"{small.name}.yaml"
    if "milepæler" not in params.read_text(encoding="utf-8"):
        with params.open("a", encoding="utf-8") as file:
            file.write("milepæler:\n  - {hva: Rapport avgitt, dato: 17.02.2022}\n")
    functions = {
        "lov-paragraf": checks.missing_paragraphs, "lov-nummer": checks.wrong_numbers,
        "lov-opphevet": checks.not_in_force, "lov-ukjent": checks.unknown_laws,
        "lov-annen-paragraf": checks.other_subjects,
    }  # fmt: skip
    return list(functions[check](gather(small.load()), register))


def source(title: str, **cells: str) -> dict[str, str]:
    return {**HOL, "Tittel": title, "Dato": "", "Mangler fordi": "Dato: ikke oppgitt", **cells}


def test_a_paragraph_that_never_existed(small: Small) -> None:
    (hit,) = told(small, "lov-paragraf", "sources", kilder=[source("Folkehelseloven", Paragraf="§ 4-7"), PLAN])
    assert (hit.place.row, hit.place.column) == ("hol", "Paragraf")
    assert hit.found == "Folkehelseloven hadde ingen § 4-7 den 17.02.2022"
    assert hit.do == "Mente du §§ 4 til 7?"


@pytest.mark.parametrize("cell", ["§§ 4 til 7", "§§ 4–7", "§§ 4-7", "§ 4, § 7", "§ 4 bokstav a", "kapittel 47"])
def test_paragraphs_that_exist_are_silent(small: Small, cell: str) -> None:
    assert told(small, "lov-paragraf", "sources", kilder=[source("Folkehelseloven", Paragraf=cell), PLAN]) == []


@pytest.mark.parametrize(
    ("cell", "said", "do"),
    [
        ("§ 3-4", "", ""),
        ("hol §§ 3-1, 3-4", "", ""),
        ("§ 4-1 a", "", ""),
        ("loven § 7-1", "", ""),
        ("§ 3-40", "Helse- og omsorgstjenesteloven hadde ingen § 3-40 den 17.02.2022", "Mente du § 3-11?"),
        ("§ 3", "Helse- og omsorgstjenesteloven hadde ingen § 3 den 17.02.2022", "Mente du § 3-1?"),
        ("§ 7-2a", "", ""),
        ("pbrl § 9", "Pasient- og brukerrettighetsloven hadde ingen § 9 den 17.02.2022", "Mente du § 9-1?"),
        ("tapirloven § 99", "", ""),
    ],
)
def test_a_criterion_is_judged_by_its_source_or_the_name_it_gives(small: Small, cell: str, said: str, do: str) -> None:
    found = told(small, "lov-paragraf", "criteria", kriterier=[{**CRITERION, "Paragraf": cell}])
    assert [(hit.found, hit.do) for hit in found] == ([(said, do)] if said else [])


def test_a_paragraph_of_another_time_says_when(small: Small) -> None:
    (hit,) = told(small, "lov-paragraf", "sources", kilder=[source("Arbeidsmiljøloven", Paragraf="§ 8-4"), PLAN])
    assert hit.found == "Arbeidsmiljøloven hadde ingen § 8-4 den 17.02.2022"
    assert hit.expected == "§ 8-4 gjaldt fra 01.01.2024"


def test_a_ledd_too_many_is_milder(small: Small) -> None:
    (hit,) = told(small, "lov-paragraf", "criteria", kriterier=[{**CRITERION, "Paragraf": "§ 4-1 femte ledd"}])
    assert hit.mild
    assert hit.expected == "Paragrafen har 2 ledd"


def test_law_breaches_and_texts_are_read_too(small: Small) -> None:
    breach = [{**ROWS["vurderinger"][0], "Lovbrudd": "hol § 33-1"}, ROWS["vurderinger"][1]]
    assert [hit.place.column for hit in told(small, "lov-paragraf", "assessments", vurderinger=breach)] == ["Lovbrudd"]
    (hit,) = told(small, "lov-paragraf", "", text=[{"summary": "Krav.\n\nDette følger av\nfolkehelseloven § 4-7.\n"}])
    assert hit.place.line == 4
    said = "Kommunen viste til den tidligere § 3-11 i helse- og omsorgstjenesteloven.\n"
    assert told(small, "lov-paragraf", "", text=[{"summary": said}]) == []


@pytest.mark.parametrize(
    ("title", "day", "column"),
    [
        ("Lov om pasient- og brukerrettigheter (nr. 63)", "02.07.1999", ""),
        ("Lov om pasient- og brukerrettigheter (nr. 64)", "02.07.1999", "Tittel"),
        ("Lov om pasient- og brukerrettigheter, nr. 63", "02.07.1998", "Dato"),
        ("Lov om pasient- og brukerrettigheter", "1999", ""),
        ("Folkehelseloven (LOV-2011-06-24-29)", "24.06.2011", ""),
        ("Folkehelseloven (LOV-2011-06-24-30)", "", "Tittel"),
        ("Helse- og omsorgstjenesteloven", "01.01.2012", ""),
        ("Kommuneloven", "25.09.1992", ""),
        ("Tapirloven (LOV-2011-06-24-99)", "24.06.2012", "Dato"),
        ("Forskrift om mat til lov 24. juni 2011 nr. 30", "01.01.2013", ""),
    ],
)
def test_number_and_date_are_the_laws_own(small: Small, title: str, day: str, column: str) -> None:
    found = told(small, "lov-nummer", "sources", kilder=[source(title, Dato=day), PLAN])
    assert [hit.place.column for hit in found] == ([column] if column else [])


def test_a_day_after_the_law_took_effect_may_be_the_day_it_was_read(small: Small) -> None:
    (hit,) = told(small, "lov-nummer", "sources", kilder=[source("Folkehelseloven", Dato="03.02.2022"), PLAN])
    assert hit.mild
    assert "24.06.2011 nr. 29" in hit.expected


def test_a_number_in_a_text(small: Small) -> None:
    right = "Loven er helse- og omsorgstjenesteloven (LOV-2011-06-24-30).\n"
    assert told(small, "lov-nummer", "", text=[{"summary": right}]) == []
    (hit,) = told(small, "lov-nummer", "", text=[{"summary": right.replace("-30", "-29")}])
    assert hit.found == "«helse- og omsorgstjenesteloven» står med nummeret 24.06.2011 nr. 29"


@pytest.mark.parametrize(
    ("title", "cells", "said"),
    [
        ("Helse- og omsorgstjenesteloven", {}, ""),
        ("Kommunehelsetjenesteloven", {}, "Kommunehelsetjenesteloven ble opphevet 01.01.2012, før revisjonen begynte"),
        ("Kommunehelsetjenesteloven", {"Brukt som": "bakgrunn"}, ""),
        ("Barnevernsloven", {"Dato": "18.06.2021"}, "Barnevernsloven gjelder først fra 01.01.2023, etter revisjonen"),
        ("Barnevernsloven", {}, ""),
        ("Kommuneloven", {"Dato": "25.09.1992"}, "Kommuneloven (1992) ble opphevet 01.01.2020, før revisjonen begynte"),
        ("Kommuneloven", {}, ""),
    ],
)
def test_a_law_that_did_not_apply(small: Small, title: str, cells: dict[str, str], said: str) -> None:
    found = told(small, "lov-opphevet", "sources", kilder=[source(title, **cells), PLAN])
    assert [hit.found for hit in found] == ([said] if said else [])


def test_former_law_in_a_text_is_history_when_the_text_says_so(small: Small) -> None:
    now = "Kommunen bygger på kommunehelsetjenesteloven § 1-1.\n"
    assert len(told(small, "lov-opphevet", "", text=[{"summary": now}])) == 1
    assert told(small, "lov-opphevet", "", text=[{"summary": f"Tidligere gjaldt en annen lov. {now}"}]) == []


def test_an_unknown_law_is_told_once(small: Small) -> None:
    twice = [source("Tapirloven"), {**source("Tapirloven"), "Id": "to"}, PLAN]
    assert len(told(small, "lov-ukjent", "sources", kilder=twice)) == 1
    (hit,) = told(
        small,
        "lov-ukjent",
        "",
        kilder=[HOL, PLAN],
        text=[{"summary": "Se tapirloven § 1 og tapirlova § 2, og loven § 3.\n"}],
    )
    assert hit.found.startswith("«tapirloven» er ikke blant lovene")
    assert (
        told(small, "lov-ukjent", "", kilder=[source("Tapirloven"), PLAN], text=[{"summary": "Se tapirloven § 1.\n"}])
        == []
    )


def test_a_paragraph_outside_a_list_that_is_not_complete(small: Small) -> None:
    rule = source(
        "Forskrift om habilitering og rehabilitering, individuell plan og koordinator",
        Type="forskrift",
        Paragraf="§§ 6, 40",
    )
    assert told(small, "lov-paragraf", "sources", kilder=[rule, PLAN]) == []
    (hit,) = told(small, "lov-ukjent", "sources", kilder=[rule, PLAN])
    assert "§ 40 står ikke i lovregisteret" in hit.found


def test_an_audit_without_dates_asks_whether_the_paragraph_ever_existed(small: Small) -> None:
    small.write(kriterier=[{**CRITERION, "Paragraf": "§§ 3-2 a, 3-11 og 3-99"}])
    found = list(checks.missing_paragraphs(gather(small.load()), "criteria"))
    assert [hit.found for hit in found] == ["Helse- og omsorgstjenesteloven har ingen § 3-99"]


def test_every_reference_of_the_four_audits_leads_to_a_law(audits: Mapping[str, Audit]) -> None:
    """And one of them, of about 240, to a paragraph that does not exist."""
    hits = []
    for audit in audits.values():
        evidence = gather(audit)
        for register in ("criteria", "sources", "assessments", "evidence", ""):
            assert all(one.laws for one in checks._mentions(evidence, register) if one.ref.section)
            for check in (checks.missing_paragraphs, checks.wrong_numbers, checks.not_in_force, checks.unknown_laws,
                          checks.other_subjects):  # fmt: skip
                hits += [hit.found for hit in check(evidence, register)]
    assert hits == ["Folkehelseloven hadde ingen § 4-7 den 17.02.2022"]


def test_a_paragraph_of_a_law_to_come(small: Small) -> None:
    """«Kommuneloven» in 2017 is that of 1992, which had no such paragraph; words that say it is to come are right."""
    now = "Internkontroll er regulert i kommuneloven § 25-1.\n"
    small.write({"summary": now})
    params = small.root / "params" / f"{small.name}.yaml"
    with params.open("a", encoding="utf-8") as file:
        file.write("milepæler:\n  - {hva: Rapport avgitt, dato: 17.02.2017}\n")
    (hit,) = checks.missing_paragraphs(gather(small.load()), "")
    assert hit.found == "Kommuneloven (1992) hadde ingen § 25-1 den 17.02.2017"
    assert hit.expected == "§ 25-1 står i loven fra 2018, som ikke gjaldt ennå"
    (small.root / "data" / small.name / "text" / "summary.md").write_text(
        "Ny kommunelov § 25-1 trer i kraft senere.\n", encoding="utf-8"
    )
    assert list(checks.missing_paragraphs(gather(small.load()), "")) == []


@pytest.mark.parametrize("name", ["lov om tapirer", "forskrift om hold av tapirer", "tapirloven"])
def test_a_law_by_its_title_is_unknown_too(small: Small, name: str) -> None:
    (hit,) = told(small, "lov-ukjent", "", text=[{"summary": f"Etter {name} § 7 har kommunen ansvar for dette.\n"}])
    assert hit.found.startswith(f"«{name}» er ikke blant lovene")


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Retten til individuell plan følger av § 3-1 i pasient- og brukerrettighetsloven.",
         "«individuell plan» står med pasient- og brukerrettighetsloven § 3-1"),
        ("Koordinerende enhet er regulert i hol § 7-1.",
         "«Koordinerende enhet» står med helse- og omsorgstjenesteloven § 7-1"),
        ("Etter hol § 7-2 skal kommunen ha en koordinerende enhet.",
         "«koordinerende enhet» står med helse- og omsorgstjenesteloven § 7-2"),
        ("Kommunen har veiledningsplikt (forvaltningsloven § 13).", "«veiledningsplikt» står med forvaltningsloven § 13"),
        ("Brukarane har rett til medverknad etter pbrl § 2-5.",
         "«medverknad» står med pasient- og brukerrettighetsloven § 2-5"),
    ],
)  # fmt: skip
def test_a_subject_with_another_paragraph(small: Small, sentence: str, found: str) -> None:
    (hit,) = told(small, "lov-annen-paragraf", "", text=[{"summary": f"Krav.\n\n{sentence}\n"}])
    assert hit.found == found
    assert hit.place.line == 3


def test_the_paragraphs_that_are_about_it_are_told(small: Small) -> None:
    said = "Plikten til å oppnevne koordinator følger av hol § 3-10.\n"
    (hit,) = told(small, "lov-annen-paragraf", "", text=[{"summary": said}])
    assert hit.expected == "Helse- og omsorgstjenesteloven §§ 7-2 og 7-3 handler om dette"


@pytest.mark.parametrize(
    "sentence",
    [
        "Koordinator følger av hol § 7-2.", "Individuell plan følger av hol § 7-1 og pbrl § 2-5.",
        "Etter hol § 3-1 skal kommunen gi tjenester også til dem som har individuell plan.",
        "Etter hol § 7-3 skal enheten ha ansvar for individuell plan.", "Hol § 3-4 krever samhandling, herunder om individuell plan.",
        "Etter pbrl § 3-1 har brukeren rett til å medvirke i sin individuelle plan.", "Avtalen følger av hol § 6-2.",
        "Innholdet i samarbeidsavtalen følger av hol § 6-2.", "Foreløpig svar følger av forvaltningsloven § 11 a.",
        "Forvaltningsloven § 13 b gjør unntak fra taushetsplikten.", "Helsepersonelloven § 21 gir taushetsplikt.",
        "Klage på saksbehandlingstiden går etter forvaltningsloven § 28.", "Individuell plan står i § 3-1.",
        "Individuell plan følger av hol § 99-1.", "Tidligere fulgte individuell plan av hol § 3-1.",
    ],
)  # fmt: skip
def test_no_subject_or_its_own_paragraph_or_not_tied(small: Small, sentence: str) -> None:
    assert told(small, "lov-annen-paragraf", "", text=[{"summary": f"{sentence}\n"}]) == []


@pytest.mark.parametrize(
    "text",
    ["koordinator § 3-1 i hol " * 40_000, "individuell " * 80_000 + "hol § 3-1", "hol § 3-1 " + "plan " * 200_000],
)
def test_subjects_are_read_once(small: Small, text: str) -> None:
    began = perf_counter()
    assert told(small, "lov-annen-paragraf", "", text=[{"summary": f"{text}\n"}]) == []
    assert perf_counter() - began < 20
