"""Class 23, foreign text: what a template left behind, and the name of another municipality."""

from __future__ import annotations

import time

import pytest

from conftest import ROWS, Small
from helpers.checks import Hit, foreign
from helpers.checks.foreign import SIGN, SIGN_WORDS, leftovers, named_municipalities
from helpers.gate import gather
from helpers.message import Place
from helpers.names import municipalities, municipalities_in, readable
from helpers.passages import Passage, Passages


def placeholders(small: Small, register: str) -> list[Hit]:
    return list(foreign.placeholders(gather(small.load()), register))


def strangers(small: Small, register: str) -> list[Hit]:
    return list(foreign.foreign_municipalities(gather(small.load()), register))


FACT = ROWS["datagrunnlag"][0]


@pytest.mark.parametrize(
    "text",
    [
        "XX kommune har en plan.", "I xx kommune", "Vedtatt xx.xx.2022", "XXX", "[navn] fikk vedtak", "[Sett inn tekst her]",
        "[sett inn navnet på kommunen]", "[dato]", "<kommune> har", "<< navn >>", "Leder: ____", "Antall: ???", "TODO: sjekk",
        "TBD", "Lorem ipsum dolor", "Fyll inn antall", "Fylt av N.N.", "N. N.", "Error! Reference source not found.",
        "Feil! Fant ikke referansekilden.", "Feil! Fann ikkje referansekjelda.", "dd.mm.åååå", "DD.MM.ÅÅÅÅ", "dd/mm/yyyy",
        "kr X per bruker", "kr. xx", "X kommune", "kommune X", "Klikk eller trykk her for å skrive inn tekst.",
        "\u200fX\u200fX kommune", "[Veiledning: skriv kort.]", "[Instruks – høyst en side]", "Tall. [Merk: fyll ut senere]",
        "[Beskriv kort hvordan tjenesten er organisert]", "Svar fra (kommunens navn).", "(navn på enheten)",
        "Slett denne teksten før rapporten sendes.", "Planen er vedtatt. Husk å oppdatere dette avsnittet.",
        "Planen er vedtatt.  Fjern dette kapittelet.", "Planen er vedtatt.\nSett inn tabellen her.", "- Utdyp denne konklusjonen",
        "Skriv vurderingen her.", "Malteksten under skal fylles ut.", "Arbeidet ledes av NN.", "Kontakt med NN",
    ],
)  # fmt: skip
def test_what_a_template_leaves_behind(text: str) -> None:
    """And its sign stands there, which is looked for first."""
    assert list(leftovers(readable(text)))
    written = Passages([Passage(Place("Tall"), "Tjenesten er ny."), Passage(Place("Tall"), text)])
    assert list(written.holding(SIGN, SIGN_WORDS)) == [written[1]]


@pytest.mark.parametrize(
    "text",
    [
        "N = 15", "n av N", "15 av N", "X-aksen viser år", "langs X-akse", "kapittel XX", "Del XX.", "vedlegg XXX", "XXI", "XIV", "XXL",
        "[@plan]", "[…]", "[sic]", "[kommunen] har ansvar", "< 18 år", "a < b > c", "2 x kr 500", "3x2", "ex ante", "Hva nå?", "Hva??",
        "todo", "fylle inn skjema", "De må fylle inn.", "dato", "mm.", "kr 500", "navn", "et_navn", "__fet__", "NN", "annn.", "Maxx2",
        "https://eksempel.no/xxtest", "Ordet sett inn", "[1]", "[navnet]", "ADD.MMA",
        "[egen oversettelse]", "[instruksen gjelder]", "pasienten NN", "av NN Hansen", "av NNF", "Kommunen bør oppdatere dette kapittelet.",
        "De skal slette denne teksten.", "Brukerne kan skrive vurderingen her.", "Velg kommune i listen.", "Merk: tallene gjelder 2014.",
        "Beskriv hva som er viktig for deg, står det i skjemaet.", "(Åsnes' navn på tiltaket)", "Her beskriver vi funnene.",
    ],
)  # fmt: skip
def test_what_is_no_leftover(text: str) -> None:
    assert list(leftovers(text)) == []


def test_a_leftover_in_a_cell_a_text_and_the_parameters(small: Small) -> None:
    small.write(
        {"p1": "# Datagrunnlag\n\nKommunen har\nen plan fra [dato] og ____.\n\n# Vurdering\n\nGodt.\n"},
        datagrunnlag=[{**FACT, "Setning": "Kommunen har XX planer.", "Sted": "side xx"}],
    )
    params = small.root / "params" / "liten.yaml"
    content = params.read_text(encoding="utf-8").replace("Vise hvordan registrene virker.", "Vise [sett inn]")
    params.write_text(content, encoding="utf-8")
    assert [(hit.place.column, hit.found) for hit in placeholders(small, "evidence")] == [
        ("Setning", "«XX» ser ut som en rest av en mal"),
        ("Sted", "«xx» ser ut som en rest av en mal"),
    ]
    text, param = placeholders(small, "")
    assert (text.place.register, text.place.line) == ("text/p1.md", 4)
    assert text.found == "«[dato]», «____» ser ut som en rest av en mal"
    assert str(param.place) == "params/liten.yaml, formål"


def test_references_that_lead_nowhere_are_another_checks(small: Small) -> None:
    small.write({"method": "Vi har lest [@xx] og {{XX}}.\n\n`____`\n"})
    (hit,) = placeholders(small, "")
    assert hit.found.startswith("«____»")


def test_a_printed_leftover_is_data(small: Small) -> None:
    """What stood before a correction, in a message or in the printed report is repeated as it stood."""
    waiver = {
        "Id": "un1",
        "Kontroll": "plassholder",
        "Register": "Tall",
        "Rad": "a",
        "Kolonne": "Hva",
        "Funnet": "«XX»",
    }
    small.write(unntak=[waiver])
    assert placeholders(small, "waivers") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Åsnes kommune har", ["Åsnes"]), ("Åsnes kommunes plan", ["Åsnes"]), ("Åsnes kommuneplan", ["Åsnes"]),
        ("kommunen Åsnes", ["Åsnes"]), ("ÅSNES KOMMUNE", ["Åsnes"]), ("Løten og Åsnes kommuner", ["Åsnes", "Løten"]),
        ("Stange, Løten og Åsnes kommuner", ["Åsnes", "Løten", "Stange"]), ("kommunene Stange, Løten og Åsnes", ["Stange", "Løten", "Åsnes"]),
        ("Evje og Hornnes kommune", ["Evje og Hornnes"]), ("Vestre Toten kommune", ["Vestre Toten"]),
        ("i kommunen Nore og Uvdal", ["Nore og Uvdal"]), ("I Nes kommune", ["Nes"]), ("Os\u00a0kommune", ["Os"]), ("Ski\nkommune", ["Ski"]),
        ("A\u030asnes\u200f kommune", ["Åsnes"]), ("Skedsmo kommune", ["Skedsmo"]), ("Porsáŋgu kommune", ["Porsáŋgu"]),
        ("Stor-Elvdal kommune", ["Stor-Elvdal"]), ("Stange og Løten kommunar", ["Løten", "Stange"]),
    ],
)  # fmt: skip
def test_a_municipality_named_as_one(text: str, names: list[str]) -> None:
    assert [name for _, name in named_municipalities(readable(text))] == names


@pytest.mark.parametrize(
    "text",
    [
        "Nes er et ord", "på et nes i kommunen", "Time for time", "Lund skole", "Vang og Hole", "Øvrige kommuner", "kommunen", "kommune",
        "os kommune", "Marker kommunen på kartet", "Ingen kommunale boliger", "Oslo. Kommunen har", "Oslo (kommunen)", "kommunen, Oslo",
        "Hol-kommune", "kommunen har Oslo", "Flere kommuner", "NAV kommune", "kommunens Oslo-kontor", "Berg, kommune",
    ],
)  # fmt: skip
def test_names_that_are_also_words(text: str) -> None:
    assert list(named_municipalities(text)) == []


def test_another_municipality_is_told_once_with_its_places(small: Small) -> None:
    small.write(
        {
            "p1": "# Datagrunnlag\n\nPlanen gjelder.\nÅsnes kommune har en plan.\n\nSlik er det i Åsnes kommune.\n",
            "method": "Åsnes kommune.\n",
        },
        datagrunnlag=[{**FACT, "Setning": "Åsnes kommuneplan sier at Løten kommune gjør det."}],
    )
    (hit,) = strangers(small, "")
    assert [(place.register, place.line) for place in (hit.place, *hit.touches)] == [
        ("text/method.md", 1),
        ("text/p1.md", 4),
        ("text/p1.md", 6),
    ]
    assert hit.found.startswith("Her står Åsnes kommune, og 2\u00a0steder til. Undersøkelsen gjelder Liten")
    assert [hit.found[:22] for hit in strangers(small, "evidence")] == [
        "Her står Åsnes kommune",
        "Her står Løten kommune",
    ]


@pytest.mark.parametrize(
    "known",
    [
        {"kilder": [{**ROWS["kilder"][0], "Tittel": "Plan for Åsnes og Løten"}]},
        {"kilder": [{**ROWS["kilder"][0], "Utsteder": "Åsnes kommune"}]},
        {"tall": [{**ROWS["tall"][1], "Del av": "", "Område": "Åsnes"}]},
        {"tall": [{**ROWS["tall"][1], "Del av": "", "Gruppe": "Åsnes"}]},
        {"intervjuer": [{**ROWS["intervjuer"][0], "Enhet": "NAV Åsnes"}]},
    ],
)  # fmt: skip
def test_a_municipality_the_audit_knows_is_silent(small: Small, known: dict[str, list[dict[str, str]]]) -> None:
    small.write(**{**known, "datagrunnlag": [{**FACT, "Setning": "Åsnes kommune er med."}]})
    assert strangers(small, "evidence") == []


@pytest.mark.parametrize("line", ["avgrensning: Sammenlignet med Åsnes.", "revisjonsenhet: Åsnes kommunerevisjon"])
def test_so_is_one_the_parameters_name(small: Small, line: str) -> None:
    small.write(datagrunnlag=[{**FACT, "Setning": "Åsnes kommune er med."}])
    params = small.root / "params" / "liten.yaml"
    params.write_text(f"{params.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")
    assert strangers(small, "evidence") == []


def test_its_own_name_in_every_language(small: Small) -> None:
    small.write(datagrunnlag=[{**FACT, "Setning": "Porsanger kommune og Porsáŋgu kommune, men ikke Tana kommune."}])
    params = small.root / "params" / "liten.yaml"
    content = params.read_text(encoding="utf-8").replace("navn: Liten", "navn: Porsanger - Porsáŋgu - Porsanki")
    params.write_text(content, encoding="utf-8")
    (hit,) = strangers(small, "evidence")
    assert hit.found.startswith("Her står Tana kommune.")


def test_the_list_holds_present_and_former_municipalities() -> None:
    known = municipalities()
    assert 450 <= len(known) <= 520
    present = {"oslo", "nordre follo", "haram", "kristiansund", "kárášjohka", "karasjok", "evje og hornnes"}
    former = {"skedsmo", "ølen", "skjerstad", "mosvik", "bjarkøy", "re", "våle", "søgne", "lindås", "rygge"}
    assert present | former <= known.keys()
    assert municipalities_in("Møte i Nore og Uvdal, Hol og på Gol") == {"Nore og Uvdal", "Hol", "Gol"}


@pytest.mark.parametrize(
    "text",
    ["Åsnes kommune " * 70_000, "kommune " * 120_000, "x" * 1_000_000, "_" * 1_000_000, "[sett inn " * 100_000, "<navn " * 160_000,
     "Oslo, " * 160_000 + "kommuner", "? " * 500_000, "\u200f" * 1_000_000, "kommunen Oslo og " * 60_000, "XX " * 300_000],
)  # fmt: skip
def test_a_megabyte_is_read_in_seconds(small: Small, text: str) -> None:
    small.write(datagrunnlag=[{**FACT, "Setning": text}])
    evidence = gather(small.load())
    begun = time.monotonic()
    found = [*foreign.placeholders(evidence, "evidence"), *foreign.foreign_municipalities(evidence, "evidence")]
    assert time.monotonic() - begun < 10
    assert len(found) <= 1
