"""Samples and control points, age bands, tables, garbled values, and sums of what cannot be added."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

import pytest

from conftest import ROWS, Small
from helpers.checks import Hit, all_checks
from helpers.checks.ages import OPEN, bands, gaps, overlaps
from helpers.checks.samples import interval
from helpers.gate import gather

Rows = Sequence[Mapping[str, str]]
TOTAL, A, B = ROWS["tall"]
D = ROWS["datagrunnlag"][0]
SAMPLE = {"Id": "u1", "Hva": "Vedtak", "Populasjon N": "40", "Per dato": "2021", "Trekkemåte": "systematisk",
          "Regel": "hver 10.", "Trukket av": "revisor", "n": "4"}  # fmt: skip
POINT = {"Id": "ip", "Utvalg": "u1", "Tekst": "Har plan", "Slag": "ja/nei", "Regel": "Planen er undertegnet"}


def hits(small: Small, check: str, register: str) -> list[Hit]:
    return list(all_checks()[check](gather(small.load()), register))


def told(found: Sequence[Hit]) -> list[tuple[str, str, str]]:
    """Sheet, row and column of every hit."""
    return [(hit.place.register, hit.place.row, hit.place.column) for hit in found]


def add(small: Small, sheet: str, *rows: Mapping[str, str]) -> Small:
    """Write a sheet the small audit does not have."""
    with small.path(sheet).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, dict.fromkeys(key for row in rows for key in row), delimiter=";", restval="")
        writer.writeheader()
        writer.writerows(rows)
    return small


def tables(small: Small, *specs: str) -> Small:
    path = small.root / "params" / "liten.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}tabeller: [{', '.join(specs)}]\n", encoding="utf-8")
    return small


# --- samples


@pytest.mark.parametrize(
    ("rule", "step"),
    [("hver 10.", 10), ("Hvert 5. vedtak", 5), ("kvar 7.", 7), ("hver tiende", 10), ("hver annen mappe", 2), ("de 10 første", None),
     ("alle", None), ("", None), ("hver gang", None), ("hver 10", None)],
)  # fmt: skip
def test_the_step_of_a_rule(rule: str, step: int | None) -> None:
    assert interval(rule) == step


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ({"n": "5"}, "Hver 10. av 40 gir 4, men n er 5"),
        ({"Populasjon N": "151", "n": "14"}, "Hver 10. av 151 gir 15 eller 16, men n er 14"),
        ({"Trekkemåte": "alle", "Regel": "alle", "n": "39"}, "Trekkemåte er alle, men n er 39 av 40"), ({}, None),
        ({"Populasjon N": "151", "n": "15"}, None), ({"Populasjon N": "151", "n": "16"}, None),
        ({"Trekkemåte": "alle", "Regel": "alle", "n": "40"}, None),
        ({"Trekkemåte": "skjønnsmessig", "Regel": "de mest omfattende"}, None),
        ({"Trekkemåte": "tilfeldig", "Regel": "loddtrekning"}, None), ({"Regel": "hver 0."}, None),
        ({"Regel": "fire vedtak fra hver av tre soner", "n": "10"}, "«fire vedtak fra hver av tre soner» gir 12, men n er 10"),
        ({"Regel": "fire vedtak fra hver av tre soner", "n": "12"}, None), ({"Populasjon N": ""}, None), ({"n": "fire"}, None),
    ],
)  # fmt: skip
def test_n_follows_from_the_rule(small: Small, sample: dict[str, str], said: str | None) -> None:
    found = hits(small.write(utvalg=[{**SAMPLE, **sample}]), "utvalgsregel", "samples")
    assert told(found) == ([("Utvalg", "u1", "n")] if said else [])
    assert [hit.found for hit in found] == ([said] if said else [])


@pytest.mark.parametrize(
    ("sample", "cases", "said"),
    [
        ({"n": "3"}, 2, "Utvalget er på 3, men arket Saker har 2 rader for det"),
        ({"n": "41"}, 0, "Utvalget (41) er større enn populasjonen (40)"), ({"n": "2"}, 2, None), ({"n": "3"}, 0, None),
        ({"n": ""}, 2, None),
    ],
)  # fmt: skip
def test_n_is_what_was_drawn(small: Small, sample: dict[str, str], cases: int, said: str | None) -> None:
    rows = [{"Id": f"s{number}", "Utvalg": "u1"} for number in range(cases)] + [{"Id": "x", "Utvalg": "u2"}]
    found = hits(small.write(utvalg=[{**SAMPLE, **sample}], saker=rows), "utvalg-mot-saker", "samples")
    assert [hit.found for hit in found] == ([said] if said else [])


@pytest.mark.parametrize(
    ("sample", "empty"),
    [
        ({"Populasjon N": ""}, ["Populasjon N"]), ({"Regel": "", "Trukket av": ""}, ["Regel", "Trukket av"]),
        ({"Trekkemåte": "skjønnsmessig", "Populasjon N": "", "Regel": ""}, []),
        ({"Trekkemåte": "skjønnsmessig", "Trukket av": "", "Per dato": ""}, ["Trukket av", "Per dato"]),
        ({"Populasjon N": "", "Mangler fordi": "Populasjon N: ikke oppgitt"}, []), ({}, []),
    ],
)  # fmt: skip
def test_a_sample_says_how_it_was_drawn(small: Small, sample: dict[str, str], empty: list[str]) -> None:
    """A purposive sample that says so needs no population and no rule."""
    found = hits(small.write(utvalg=[{**SAMPLE, **sample}]), "utvalg-uten-grunnlag", "samples")
    assert told(found) == [("Utvalg", "u1", column) for column in empty]
    assert [hit.found for hit in found] == [f"{column} er tom for utvalget «Vedtak»" for column in empty]


@pytest.mark.parametrize(
    ("draw", "rule", "is_told"),
    [("tilfeldig", "hver 10.", True), ("tilfeldig", "hver tiende", True), ("tilfeldig", "loddtrekning", False),
     ("systematisk", "hver 10.", False), ("skjønnsmessig", "", False)],
)  # fmt: skip
def test_every_tenth_is_not_random(small: Small, draw: str, rule: str, is_told: bool) -> None:
    found = hits(small.write(utvalg=[{**SAMPLE, "Trekkemåte": draw, "Regel": rule}]), "trekkemate", "samples")
    assert told(found) == ([("Utvalg", "u1", "Trekkemåte")] if is_told else [])
    assert all(f"Trekkemåte er tilfeldig, men regelen er «{rule}»" in hit.found for hit in found)


@pytest.mark.parametrize(
    ("text", "draw", "word"),
    [
        ("Vi gikk gjennom et tilfeldig utvalg av vedtak.", "systematisk", "tilfeldig"),
        ("Sakene ble tilfeldig trukket.", "skjønnsmessig", "tilfeldig"), ("Sakene er trukket tilfeldig.", "tilfeldig", None),
        ("Utvalget er ikke tilfeldig.", "systematisk", None), ("Sakene er trukket med tilfeldig start.", "systematisk", None),
        ("Utvalget kalles «tilfeldig».", "systematisk", None), ("Oppfølgingen er tilfeldig.", "systematisk", None),
    ],
)  # fmt: skip
def test_a_sample_is_called_what_it_is(small: Small, text: str, draw: str, word: str | None) -> None:
    small.write({"method": f"Metode.\n\n{text}\n"}, utvalg=[{**SAMPLE, "Trekkemåte": draw}])
    found = hits(small, "trekkemate", "")
    assert [(hit.place.register, hit.place.line) for hit in found] == ([("text/method.md", 3)] if word else [])
    assert all(hit.found == f"Utvalget kalles «{word}», men Utvalg har bare {draw}" for hit in found)


# --- control points

NEED = {**POINT, "Id": "behov", "Tekst": "Har behov"}
WHEN, REQUIRES = {"Gjelder når": "behov = Ja"}, {"Ja forutsetter": "behov = Ja"}


@pytest.mark.parametrize(
    ("point", "case", "said"),
    [
        (WHEN, {"behov": "Nei", "ip": "Ja"}, "Har plan er «Ja», men punktet gjelder bare når behov = Ja"),
        (WHEN, {"behov": "Nei", "ip": "Nei"}, "Har plan er «Nei», men punktet gjelder bare når behov = Ja"),
        (WHEN, {"behov": "Ja", "ip": "Ikke relevant"}, "Har plan er «Ikke relevant», men punktet gjelder når behov = Ja"),
        (WHEN, {"behov": "Ja", "ip": ""}, "Har plan er «tom», men punktet gjelder når behov = Ja"),
        (REQUIRES, {"behov": "Nei", "ip": "Ja"}, "Har plan er «Ja», men det forutsetter at behov = Ja"),
        (REQUIRES, {"behov": "", "ip": "Ja"}, "Har plan er «Ja», men det forutsetter at behov = Ja"),
        (WHEN, {"behov": "Nei", "ip": "Ikke relevant"}, None), (WHEN, {"behov": "Nei", "ip": ""}, None),
        (WHEN, {"behov": "Ja", "ip": "Ikke dokumentert"}, None),
        (WHEN, {"behov": "Ja", "ip": "", "Mangler fordi": "ip: mappen manglet"}, None),
        (REQUIRES, {"behov": "Nei", "ip": "Nei"}, None), ({}, {"behov": "Nei", "ip": "Ja"}, None),
        (WHEN, {"Utvalg": "u2", "behov": "Nei", "ip": "Ja"}, None),
    ],
)  # fmt: skip
def test_control_points_agree_by_their_own_rule(
    small: Small, point: dict[str, str], case: dict[str, str], said: str | None
) -> None:
    small.write(kontrollpunkter=[NEED, {**POINT, **point}], saker=[{"Id": "s1", "Utvalg": "u1", **case}])
    found = hits(small, "kontrollpunkt", "cases")
    assert told(found) == ([("Saker", "s1", "ip")] if said else [])
    assert [hit.found for hit in found] == ([said] if said else [])


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("finnes-ikke = Ja", "ingen kolonne «finnes-ikke»"), ("behov = Kanskje", "«Kanskje» kan ikke stå i kolonnen behov"),
        ("behov = Ja og", "Betingelsen slutter for tidlig"), ("((behov = Ja)", "parentes"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_read(small: Small, rule: str, said: str) -> None:
    small.write(
        kontrollpunkter=[NEED, {**POINT, "Gjelder når": rule}], saker=[{"Id": "s1", "Utvalg": "u1", "behov": "Ja"}]
    )
    (hit,) = hits(small, "kontrollpunkt", "cases")
    assert told([hit]) == [("Kontrollpunkter", "ip", "Gjelder når")]
    assert said in hit.expected


@pytest.mark.parametrize(
    ("sample", "value", "is_told"),
    [("u2", "Ja", True), ("u2", "", False), ("u1", "Ja", False), ("u1, u2", "Ja", False)],
)
def test_a_point_of_another_sample(small: Small, sample: str, value: str, is_told: bool) -> None:
    small.write(kontrollpunkter=[{**POINT, "Utvalg": sample}], saker=[{"Id": "s1", "Utvalg": "u1", "ip": value}])
    found = hits(small, "kontrollpunkt-fremmed", "cases")
    assert [(hit.place.row, hit.place.column, hit.found) for hit in found] == (
        [("s1", "ip", "Har plan er ført for s1, men punktet hører til utvalg u2")] if is_told else []
    )


NO_RULE = {**POINT, "Regel": ""}


@pytest.mark.parametrize(
    ("points", "first", "count"),
    [
        ([NO_RULE], "ip", 1), ([POINT, {**NO_RULE, "Id": "b"}, {**NO_RULE, "Id": "c"}], "b", 2), ([POINT], "", 0),
        ([{**NO_RULE, "Slag": "tall"}], "", 0), ([{**NO_RULE, "Kriterium": "k1", "Mangler fordi": "Regel: ikke beskrevet"}], "", 0),
        ([{**NO_RULE, "Mangler fordi": "Regel: ikke beskrevet"}], "ip", 1), ([{**NO_RULE, "Utvalg": "u2"}], "", 0),
    ],
)  # fmt: skip
def test_what_counts_as_yes(small: Small, points: Rows, first: str, count: int) -> None:
    found = hits(small.write(utvalg=[SAMPLE], kontrollpunkter=points), "kontrollpunkt-uten-regel", "control_points")
    assert told(found) == ([("Kontrollpunkter", first, "Regel")] if first else [])
    assert all(f"{count} kontrollpunkter i utvalget u1 har ingen regel" in hit.found for hit in found)
    assert all(len(hit.touches) == count - 1 for hit in found)


# --- age bands


@pytest.mark.parametrize(
    ("text", "read", "lacking", "double"),
    [
        ("0–17; 18+", [(0, 17), (18, OPEN)], [], []), ("16-25, 30–40", [(16, 25), (30, 40)], [(26, 29)], []),
        ("18+; 16–25", [(18, OPEN), (16, 25)], [], [(18, 25)]), ("0–12; 13; 15+", [(0, 12), (13, 13), (15, OPEN)], [(14, 14)], []),
        ("0–66; 5–10; 67+", [(0, 66), (5, 10), (67, OPEN)], [], [(5, 10)]), ("voksne", [], [], []), ("", [], [], []),
    ],
)  # fmt: skip
def test_bands_gaps_and_overlaps(
    text: str, read: list[tuple[int, int]], lacking: list[tuple[int, int]], double: list[tuple[int, int]]
) -> None:
    assert (bands(text), gaps(bands(text)), overlaps(bands(text))) == (read, lacking, double)


@pytest.mark.parametrize(
    ("ages", "type", "gap", "overlap"),
    [
        (["0–15", "18+"], "tjeneste", ("o2", "16–17"), None), (["0–16", "18+"], "tilbud", ("o2", "17"), None),
        (["16–25", "18+"], "tjeneste", None, "18–25"), (["0–17", "18+"], "tjeneste", None, None),
        (["0–15", "18+"], "plan", None, None), (["0–15"], "tjeneste", None, None), (["0–15", ""], "tjeneste", None, None),
        (["unge", "18+"], "tjeneste", None, None),
    ],
)  # fmt: skip
def test_services_cover_every_age(
    small: Small, ages: list[str], type: str, gap: tuple[str, str] | None, overlap: str | None
) -> None:
    add(
        small.write(),
        "ordninger",
        *({"Id": f"o{n}", "Type": type, "Navn": f"Tilbud {n}", "Alder": age} for n, age in enumerate(ages, start=1)),
    )
    holes, doubles = hits(small, "aldershull", "arrangements"), hits(small, "aldersoverlapp", "arrangements")
    assert told(holes) == ([("Ordninger", gap[0], "Alder")] if gap else [])
    assert told(doubles) == ([("Ordninger", "o1", "Alder")] if overlap else [])
    assert all(gap and hit.found == f"Alderen {gap[1]} år faller mellom gruppene i tjenestene" for hit in holes)
    assert all(hit.found == f"Alderen {overlap} år står i flere av gruppene i tjenestene" for hit in doubles)


@pytest.mark.parametrize(
    ("groups", "table", "gap"),
    [
        (["0–15", "20–25 år", "26+"], "t1", "16–19"), (["18–24", "30+"], "t1", "25–29"), (["0–17", "18+"], "t1", None),
        (["0–15", "20+"], "", None), (["A", "B"], "t1", None), (["2014–2015", "2018–2019"], "t1", None),
    ],
)  # fmt: skip
def test_the_groups_of_a_column_cover_every_age(small: Small, groups: list[str], table: str, gap: str | None) -> None:
    small.write(
        tall=[
            {**TOTAL, "Id": f"g{n}", "Hva": "Brukere etter alder", "Gruppe": group, "Tabell": table}
            for n, group in enumerate(groups, start=1)
        ]
    )
    found = hits(small, "aldershull", "quantities")
    assert told(found) == ([("Tall", "g2", "Gruppe")] if gap else [])
    assert all(hit.found == f"Alderen {gap} år faller mellom gruppene i t1" for hit in found)


SERVICE = {"Id": "o1", "Type": "tjeneste", "Navn": "Team Ung", "Alder": "13–23"}


def test_one_service_has_one_age_band(small: Small) -> None:
    rows = [
        SERVICE,
        {**SERVICE, "Id": "o2", "Alder": "16–25"},
        {**SERVICE, "Id": "o3", "Navn": "Team Voksen", "Alder": "18+"},
    ]
    (hit,) = hits(add(small.write(), "ordninger", *rows), "to-aldersgrupper", "arrangements")
    assert told([hit]) == [("Ordninger", "o2", "Alder")]
    assert hit.found == "Team Ung er for 16–25 her og 13–23 i rad 2"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Team Ung er for unge 16–25 år.", 4),
        ("Team Ung er for unge 13–23 år.", None),
        ("Team Voksen er for 18–99 år.", None),
    ],
)
def test_the_text_has_the_age_band_of_the_service(small: Small, text: str, line: int | None) -> None:
    small.write({"p1": f"# Datagrunnlag\n\nFørst.\n{text}\n"})
    assert [hit.place.line for hit in hits(add(small, "ordninger", SERVICE), "alder-i-tekst", "")] == (
        [line] if line else []
    )


# --- tables and figures

TABLE = "{id: tabell-3, tittel: Vedtak, register: tall}"
FIGURE = "{id: figur-1, tittel: Vedtak, register: tall, figur: stolper}"
UNNUMBERED = "{id: vedtak, tittel: Vedtak, register: tall}"


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        ("Se tabell 4.", "«tabell 4» finnes ikke", "tabell 3"),
        ("Figur 3 viser vedtak.", "«Figur 3» finnes ikke", "En tabell fra parametrene"), ("Se tabell 3.", None, ""),
        ("Se Tabell 3.1 og tabellen over.", None, ""), ("Tabellen viser 4 vedtak.", None, ""),
    ],
)  # fmt: skip
def test_a_reference_leads_to_a_table(small: Small, text: str, said: str | None, expected: str) -> None:
    found = hits(tables(small.write({"p1": f"# Datagrunnlag\n\nVedtak.\n{text}\n"}), TABLE), "feil-tabellnummer", "")
    assert [(hit.place.register, hit.place.line) for hit in found] == ([("text/p1.md", 4)] if said else [])
    assert all(said and said in hit.found and hit.expected == expected for hit in found)


@pytest.mark.parametrize(
    ("spec", "text", "tabell", "loose"),
    [
        ((TABLE, FIGURE), "Vi så på vedtak.", "", "2 nummererte tabeller og figurer er ikke omtalt i teksten: tabell-3, figur-1"),
        ((TABLE, FIGURE), "Se figur 1.", "", "1 nummererte tabeller og figurer er ikke omtalt i teksten: tabell-3"),
        ((TABLE,), "Se tabell 3.", "", None), ((TABLE,), "Det var {{del-a}} vedtak.", "tabell-3", None),
        ((UNNUMBERED,), "Vi så på vedtak.", "", None),
    ],
)  # fmt: skip
def test_a_numbered_table_is_mentioned(
    small: Small, spec: tuple[str, ...], text: str, tabell: str, loose: str | None
) -> None:
    """A small table in the flow of the text has no number, and needs no mention."""
    texts = {"p1": f"# Datagrunnlag\n\n{text}\n", "summary": "Kort.\n"}
    found = hits(tables(small.write(texts, tall=[TOTAL, {**A, "Tabell": tabell}, B]), *spec), "tabell-ikke-omtalt", "")
    assert [hit.found for hit in found] == ([loose] if loose else [])
    assert all(hit.place.register == "Prosjekt" for hit in found)


IN_TABLE = {**A, "Tabell": "tabell-3"}


@pytest.mark.parametrize(
    ("check", "spec", "row", "place"),
    [
        ("tabell-uten-rader", TABLE, A, ("Prosjekt", "tabell-3", "Tabeller")),
        ("tabell-uten-rader", FIGURE, {**A, "Tabell": "figur-1", "Verdi": ""}, ("Tall", "del-a", "Verdi")),
        ("tabell-uten-rader", TABLE, {**IN_TABLE, "Verdi": ""}, None),
        ("tabell-uten-rader", TABLE.replace("tall", "ordninger"), A, None),
        ("tabell-uten-kilde", TABLE, {**IN_TABLE, "Kilde": ""}, ("Tall", "del-a", "Kilde")),
        ("tabell-uten-kilde", TABLE, IN_TABLE, None), ("tabell-uten-kilde", TABLE, {**A, "Kilde": ""}, None),
        ("ukjent-tabell", TABLE, {**A, "Tabell": "tabell-4"}, ("Tall", "del-a", "Tabell")),
        ("ukjent-tabell", TABLE.replace("tall", "ordninger"), IN_TABLE, ("Tall", "del-a", "Tabell")),
        ("ukjent-tabell", TABLE, IN_TABLE, None),
    ],
)  # fmt: skip
def test_a_table_has_rows_a_source_and_a_place(
    small: Small, check: str, spec: str, row: dict[str, str], place: tuple[str, str, str] | None
) -> None:
    assert told(hits(tables(small.write(tall=[row]), spec), check, "quantities")) == ([place] if place else [])


# --- garbled on the way in


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Kommunen har r\ufffdd til det.", "«Kommunen har r▯d til det.» har et erstatningstegn som ikke kan leses"),
        ("Vi s\u00c3\u00a5 på planen.", "har tegnet U+00C3"), ("Planen â€“ og mÃ¥lene.", "har tegnet U+00E2"),
        ("Kommunen\u202e har plan.", "har tegnet U+202E"), ("Kommunen\x07 har plan.", "har tegnet U+0007"),
        ("Kommunen\u200f har plan.", "skjult retningstegn"), ("Blåbærøya, idé, façade, «sitat» – … 10 % § 3 ½ €", None),
        ("سلام og 中文", None), ("A\u030apne dører, kommu\u00adnen", None),
    ],
)  # fmt: skip
def test_signs_that_cannot_be_read(small: Small, text: str, said: str | None) -> None:
    small.write({"p1": f"# Datagrunnlag\n\nFørst.\n{text}\n"}, datagrunnlag=[{**D, "Setning": text}])
    in_text, in_cell = hits(small, "uleselig-tegn", ""), hits(small, "uleselig-tegn", "evidence")
    assert [(hit.place.register, hit.place.line) for hit in in_text] == ([("text/p1.md", 4)] if said else [])
    assert told(in_cell) == ([("Datagrunnlag", "d1", "Setning")] if said else [])
    assert all(said and said in hit.found for hit in in_cell)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Tjenesten for rus64 er ny.", "«rus64» ser ut som «rus» med et fotnotetall limt på"),
        ("Planen fra 201445 er ny.", "«201445» ser ut som «2014» med et fotnotetall limt på"),
        ("Kommunen (0420) har åpent 24/7 og 12-trinn.", None), ("Se P1, K12, § 3-1, covid-19 og RSK 001.", None),
        ("Sak 2014/1234 fra 13.11.2014, tlf. 20144512.", None), ("Se https://tjeneste3.no, epost@navn1.no og 2014–2015.", None),
    ],
)  # fmt: skip
def test_a_footnote_glued_to_a_word(small: Small, text: str, said: str | None) -> None:
    found = hits(small.write({"p1": f"# Datagrunnlag\n\nFørst.\n{text}\n"}), "limt-fotnote", "")
    assert [(hit.place.line, hit.found) for hit in found] == ([(4, said)] if said else [])


@pytest.mark.parametrize(
    ("text", "twice"),
    [("Det er 25 % prosent.", "% prosent"), ("Det koster kr 500 kroner.", "kr 500 kroner"), ("Det er 25 prosent, 3 % mer.", None),
     ("Det koster kr 500. Kroner er valuta.", None)],
)  # fmt: skip
def test_a_unit_stands_once(small: Small, text: str, twice: str | None) -> None:
    found = hits(small.write({"p1": f"# Datagrunnlag\n\nFørst.\n{text}\n"}), "enhet-to-ganger", "")
    assert [(hit.place.line, hit.found) for hit in found] == (
        [(4, f"Enheten står to ganger: «{twice}»")] if twice else []
    )


@pytest.mark.parametrize(
    ("value", "is_told"),
    [("11,2004", True), ("1,2014", True), ("11,5", False), ("13,2004", False), ("11,20045", False), ("2004", False), ("", False)],
)  # fmt: skip
def test_a_month_and_a_year_are_no_number(small: Small, value: str, is_told: bool) -> None:
    point = {**POINT, "Id": "start", "Slag": "tall"}
    small.write(
        tall=[{**A, "Verdi": value}], kontrollpunkter=[point], saker=[{"Id": "s1", "Utvalg": "u1", "start": value}]
    )
    in_cell, in_case = hits(small, "maned-som-tall", "quantities"), hits(small, "maned-som-tall", "cases")
    assert told(in_cell) == ([("Tall", "del-a", "Verdi")] if is_told else [])
    assert told(in_case) == ([("Saker", "s1", "start")] if is_told else [])
    assert all(f"«{value}» ser ut som måned og år" in hit.found for hit in (*in_cell, *in_case))


@pytest.mark.parametrize(
    ("values", "last", "is_told"),
    [
        (["63", "64", "61", "6364"], {}, True), (["9", "8", "7", "125"], {}, True), (["63", "64", "61", "600"], {}, False),
        (["1", "2", "1", "30"], {}, False), (["63", "6364"], {}, False),
        (["63", "64", "61", "6364"], {"Delene utgjør hele": "Ja"}, False), (["63", "64", "61", "6364"], {"Enhet": "kroner"}, False),
        (["63", "64", "61", "6364"], {"Tabell": ""}, False), (["0", "0", "0", "400"], {}, False),
    ],
)  # fmt: skip
def test_a_value_far_above_the_others(small: Small, values: list[str], last: dict[str, str], is_told: bool) -> None:
    """Two numbers run together, or a decimal sign that is lost."""
    rows = [{**A, "Id": f"r{n}", "Verdi": value, "Tabell": "t1"} for n, value in enumerate(values)]
    found = hits(small.write(tall=[*rows[:-1], {**rows[-1], **last}]), "avvikende-tall", "quantities")
    assert told(found) == ([("Tall", f"r{len(values) - 1}", "Verdi")] if is_told else [])
    assert all(f"{values[-1]} er minst 10 ganger så mye som de andre" in hit.found for hit in found)


# --- values, shares and units

ONE, TWO = (
    {**TOTAL, "Id": "en", "Delene utgjør hele": ""},
    {**TOTAL, "Id": "to", "Verdi": "32", "Delene utgjør hele": ""},
)


@pytest.mark.parametrize(
    ("second", "is_told"),
    [
        ({}, True), ({"Hva": "vedtak "}, True), ({"Grense": "ca."}, True), ({"Verdi": "35–40"}, True),
        ({"Verdi": "30"}, False), ({"Verdi": "30,0"}, False), ({"Per dato": "2020"}, False), ({"Enhet": "personer"}, False),
        ({"Gruppe": "18–24"}, False), ({"Område": "Sentrum"}, False), ({"Definisjon": "uten avslag"}, False),
        ({"Verdi": "31", "Grense": "ca."}, True), ({"Verdi": "31", "Grense": "inntil"}, False), ({"Verdi": "25–35"}, False),
        ({"Verdi": ""}, False), ({"Verdi": "mange"}, False),
    ],
)  # fmt: skip
def test_one_measure_has_one_value(small: Small, second: dict[str, str], is_told: bool) -> None:
    found = hits(small.write(tall=[ONE, {**TWO, **second}]), "to-verdier", "quantities")
    assert told(found) == ([("Tall", "to", "Verdi")] if is_told else [])
    assert all("og 30 i rad 2, samme mål og tidspunkt" in hit.found and hit.touches[0].row == "en" for hit in found)


def test_a_survey_is_one_value_for_each_period_and_group(small: Small) -> None:
    answer = {
        "Undersøkelse": "U",
        "Spørsmål": "Fornøyd?",
        "Gruppe": "Brukere",
        "Svar": "60",
        "Enhet": "prosent",
        "Periode": "2021",
    }
    others = [{}, {"Periode": "2022"}, {"Gruppe": "Pårørende"}, {"Brukes ikke fordi": "Få svar"}]
    rows = [{**answer, "Id": f"s{n}", "Svar": str(60 + n), **other} for n, other in enumerate(others)]
    assert hits(add(small.write(), "undersokelser", *rows), "to-verdier", "surveys") == []
    (hit,) = hits(add(small, "undersokelser", *rows, {**answer, "Id": "s9", "Svar": "70"}), "to-verdier", "surveys")
    assert hit.found == "Fornøyd?: 70 her og 60 i rad 2, samme mål og tidspunkt"


SHARE = {**A, "Enhet": "prosent"}
POST = {**A, "Enhet": "stillingsprosent", "Hva": "Lege", "Del av": ""}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{**SHARE, "Verdi": "60"}, {**SHARE, "Id": "to", "Verdi": "42"}], "Andelene blir 102 % (60 + 42)"),
        ([{**POST, "Verdi": "80"}, {**POST, "Id": "to", "Verdi": "30"}], "Andelene blir 110 % (80 + 30)"),
        ([{**SHARE, "Verdi": "60"}, {**SHARE, "Id": "to", "Verdi": "41"}], None),
        ([{**POST, "Verdi": "80"}, {**POST, "Id": "to", "Verdi": "20"}], None),
        ([{**POST, "Verdi": "80"}, {**POST, "Id": "to", "Hva": "Fysioterapeut", "Verdi": "80"}], None),
        ([{**SHARE, "Verdi": "60"}, {**SHARE, "Id": "to", "Verdi": "60", "Definisjon": "Flere svar mulig"}], None),
        ([{**SHARE, "Verdi": "60"}, {**SHARE, "Id": "to", "Verdi": "60", "Teller med": "Nei"}], None),
        ([{**SHARE, "Verdi": "60"}, {**SHARE, "Id": "to", "Verdi": "60", "Del av": ""}], None), ([{**SHARE, "Verdi": "130"}], None),
    ],
)  # fmt: skip
def test_shares_of_one_whole(small: Small, rows: Rows, said: str | None) -> None:
    found = hits(small.write(tall=rows), "deler-over-hundre", "quantities")
    assert told(found) == ([("Tall", "to", "Verdi")] if said else [])
    assert [hit.found for hit in found] == ([said] if said else [])


COLUMN = [{**ONE, "Id": f"r{n}", "Tabell": "t1", "Gruppe": f"Enhet {n}", "Enhet": "personer"} for n in range(3)]


@pytest.mark.parametrize(
    ("rows", "row", "said"),
    [
        ([TOTAL, A, {**B, "Enhet": "personer"}], "del-b", "Vedtak teller vedtak, men har med B (personer)"),
        ([*COLUMN[:2], {**COLUMN[2], "Enhet": "årsverk"}], "r2", "Enhet 2 er årsverk, men de andre under «Vedtak» er personer"),
        ([TOTAL, A, {**B, "Enhet": "Vedtak"}], "", ""), ([TOTAL, A, {**B, "Enhet": "personer", "Teller med": "Nei"}], "", ""),
        ([{**TOTAL, "Delene utgjør hele": "Nei"}, A, {**B, "Enhet": "personer"}], "", ""),
        ([*COLUMN[:2], {**COLUMN[2], "Enhet": "årsverk", "Hva": "Årsverk"}], "", ""),
        ([COLUMN[0], {**COLUMN[1], "Enhet": "årsverk"}], "", ""), (COLUMN, "", ""),
    ],
)  # fmt: skip
def test_one_sum_has_one_unit(small: Small, rows: Rows, row: str, said: str) -> None:
    """Heads beside årsverk are no fault where each is called what it is."""
    found = hits(small.write(tall=rows), "blandede-enheter", "quantities")
    assert told(found) == ([("Tall", row, "Enhet")] if row else [])
    assert all(hit.found == said for hit in found)


@pytest.mark.parametrize(
    ("value", "unit", "is_told"),
    [("2,5", "personer", True), ("0,8", "Vedtak", True), ("2,5", "årsverk", False), ("2,0", "personer", False), ("12,5", "prosent", False),
     ("halv", "personer", False)],
)  # fmt: skip
def test_nobody_is_half_a_person(small: Small, value: str, unit: str, is_told: bool) -> None:
    small.write(tall=[{**A, "Verdi": value, "Enhet": unit, "Del av": ""}])
    found = hits(small, "halve-personer", "quantities")
    assert [(hit.place.row, hit.found) for hit in found] == (
        [("del-a", f"{value} {unit} er ikke et helt antall")] if is_told else []
    )


@pytest.mark.parametrize(
    ("what", "unit", "is_told"),
    [("Antall ansatte", "årsverk", True), ("Tilsette", "årsverk", True), ("Årsverk, ansatte", "årsverk", False), ("Stillinger", "årsverk", False),
     ("Antall ansatte", "ansatte", False)],
)  # fmt: skip
def test_staff_in_fte_is_called_so(small: Small, what: str, unit: str, is_told: bool) -> None:
    found = hits(small.write(tall=[{**TOTAL, "Hva": what, "Enhet": unit}]), "halve-personer", "quantities")
    assert [(hit.place.column, hit.found) for hit in found] == (
        [("Enhet", f"«{what}» er ført i årsverk")] if is_told else []
    )


SUM = {
    "Id": "m",
    "Navn": "Sum",
    "Slag": "sum",
    "Over": "Tall",
    "Betingelse n": "kilde = plan",
    "Kolonne": "verdi",
    "Enhet": "vedtak",
}


@pytest.mark.parametrize(
    ("rows", "measure", "said"),
    [
        ([ONE, {**TWO, "Enhet": "personer"}], {}, "Sum legger sammen vedtak og personer"),
        ([ONE, {**A, "Enhet": "årsverk"}], {}, "Sum legger sammen vedtak og årsverk"),
        ([ONE, {**TWO, "Enhet": "personer"}], {"Betingelse n": "enhet = personer"}, None), ([ONE, TWO], {}, None),
        ([A, {**B, "Enhet": "personer"}], {}, None), ([ONE, {**TWO, "Enhet": "personer"}], {"Slag": "antall"}, None),
        ([ONE, {**TWO, "Enhet": "personer"}], {"Betingelse n": "borte = 1"}, None),
    ],
)  # fmt: skip
def test_a_measure_adds_what_is_alike(small: Small, rows: Rows, measure: dict[str, str], said: str | None) -> None:
    found = hits(small.write(tall=rows, maltall=[{**SUM, **measure}]), "sum-av-ulike", "measures")
    assert told(found) == ([("Måltall", "m", "Betingelse n")] if said else [])
    assert [hit.found for hit in found] == ([said] if said else [])


@pytest.mark.parametrize(
    ("unit", "said"), [("personer", "D trekker personer fra vedtak"), ("vedtak", None), ("", None)]
)
def test_a_difference_is_of_what_is_alike(small: Small, unit: str, said: str | None) -> None:
    measure = {"Id": "m", "Navn": "D", "Slag": "differanse", "Tall": "en, to", "Enhet": "vedtak"}
    found = hits(small.write(tall=[ONE, {**TWO, "Enhet": unit}], maltall=[measure]), "sum-av-ulike", "measures")
    assert [(hit.place.column, hit.found) for hit in found] == ([("Tall", said)] if said else [])
