"""Sources used as they may be, corrections made everywhere, and printed figures held against the workbook."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

import pytest

from conftest import ROWS, Small
from helpers.checks import Hit, all_checks
from helpers.facts import facts_of
from helpers.gate import gather
from helpers.reconcile import Reconciled, reconcile

Rows = Sequence[Mapping[str, str]]
(LAW, PLAN), (I1, I2), (D,), (TOTAL, A, B) = (ROWS[name] for name in ("kilder", "intervjuer", "datagrunnlag", "tall"))
MILESTONES = "milepæler: [{hva: Bestilling, dato: 01.02.2021}, {hva: Avgitt, dato: 30.06.2022}]\n"


def hits(small: Small, check: str, register: str) -> list[Hit]:
    return list(all_checks()[check](gather(small.load()), register))


def told(found: Sequence[Hit]) -> list[tuple[str, str, str]]:
    """Sheet, row and column of every hit."""
    return [(hit.place.register, hit.place.row, hit.place.column) for hit in found]


def params(small: Small, more: str) -> Small:
    path = small.root / "params" / "liten.yaml"
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    return small


def add(small: Small, sheet: str, *rows: Mapping[str, str]) -> Small:
    """Write a sheet the small audit does not have."""
    with small.path(sheet).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, dict.fromkeys(key for row in rows for key in row), delimiter=";", restval="")
        writer.writeheader()
        writer.writerows(rows)
    return small


# --- sources that are not used, not cited, or chosen by the audited


@pytest.mark.parametrize(
    ("source", "lacking"),
    [
        ({"Brukes": "Nei"}, True), ({"Brukes": "Ja, med forbehold"}, True), ({"Brukes": "Nei", "Hvorfor ikke": "Utdatert"}, False),
        ({"Brukes": "Ja"}, False), ({"Brukes": ""}, False),
    ],
)  # fmt: skip
def test_a_source_held_outside_says_why(small: Small, source: dict[str, str], lacking: bool) -> None:
    found = hits(small.write(kilder=[LAW, {**PLAN, **source}]), "brukes-uten-grunn", "sources")
    assert told(found) == ([("Kilder", "plan", "Hvorfor ikke")] if lacking else [])
    assert all(f"Brukes = {source['Brukes']} uten at det står hvorfor" in hit.found for hit in found)


@pytest.mark.parametrize(
    ("source", "texts", "line"),
    [
        ({}, {"p1": "# Datagrunnlag\n\nPlanen er god.\nDen er ny. [@notat]\n"}, 4),
        ({"Mottatt": "Nei"}, {"p1": "# Datagrunnlag\n\nDen er ny. [@notat]\n"}, 3),
        ({"Mottatt": "Nei"}, {"p1": "# Datagrunnlag\n\nKommunen sendte den ikke. [@notat]\n"}, None),
        ({"Brukt som": "funn"}, {"p1": "# Datagrunnlag\n\nDen finnes ikke. [@notat]\n"}, None),
        ({"Brukes": "Ja"}, {"p1": "# Datagrunnlag\n\nDen er ny. [@notat]\n"}, None),
        ({}, {"method": "Notatet er holdt utenfor, fordi det er utdatert. [@notat]\n"}, None),
    ],
)
def test_the_text_leans_on_no_excluded_source(
    small: Small, source: dict[str, str], texts: dict[str, str], line: int | None
) -> None:
    """The method may name what was left out."""
    small.write(texts, kilder=[LAW, PLAN, {**PLAN, "Id": "notat", "Tittel": "Notatet", "Brukes": "Nei", **source}])
    found = hits(small, "utelatt-kilde-sitert", "")
    assert [(hit.place.register, hit.place.line) for hit in found] == ([("text/p1.md", line)] if line else [])
    assert all(hit.found == "Teksten bygger på Notatet, som har Brukes = Nei" for hit in found)


ANSWER = {"Id": "s1", "Problemstilling": "p1", "Undersøkelse": "U", "Spørsmål": "Fornøyd?", "Svar": "60", "Enhet": "prosent",
          "Brukes ikke fordi": "Få svar"}  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "based_on", "answer", "place"),
    [
        ({"p1": "# Datagrunnlag\n\nVi spurte.\nHele {{s1}} var det.\n"}, "d1", {}, ("text/p1.md", 3)),
        ({}, "d1, s1", {}, ("Vurderinger", 2)), ({"method": "Svaret {{s1}} er holdt utenfor.\n"}, "d1", {}, None),
        ({}, "d1, s1", {"Brukes ikke fordi": ""}, None),
    ],
)  # fmt: skip
def test_an_answer_held_outside_is_not_used(
    small: Small, texts: dict[str, str], based_on: str, answer: dict[str, str], place: tuple[str, int] | None
) -> None:
    small.write(texts, vurderinger=[{**row, "Bygger på": based_on} for row in ROWS["vurderinger"]])
    found = hits(add(small, "undersokelser", {**ANSWER, **answer}), "undersokelse-utelatt-brukt", "surveys")
    assert [(hit.place.register, hit.place.line) for hit in found] == ([place] if place else [])
    assert all(hit.found == "U skal ikke brukes (Få svar), men «Fornøyd?» er brukt her" for hit in found)


@pytest.mark.parametrize(
    ("fact", "is_told"),
    [({}, True), ({"Kilde/intervju": "i1, plan"}, False), ({"Hvordan vet vi det": "kontrollert"}, False), ({"Kilde/intervju": "i2"}, False)],
)  # fmt: skip
def test_an_interview_never_held_said_nothing(small: Small, fact: dict[str, str], is_told: bool) -> None:
    small.write(datagrunnlag=[{**D, **fact}], intervjuer=[{**I1, "Ikke gjennomført fordi": "Syk"}, I2])
    found = hits(small, "ikke-gjennomfort-brukt", "evidence")
    assert [(hit.place.column, hit.found) for hit in found] == (
        [("Kilde/intervju", "Utsagnet bygger på i1, som ikke er gjennomført")] if is_told else []
    )


@pytest.mark.parametrize(
    ("said_by", "confirmed_by", "is_told"),
    [("i1", "i1", True), ("i1, i2", "i2", True), ("i1", "i2", False), ("i1", "i1, plan", False), ("i1", "", False)],
)
def test_nobody_confirms_himself(small: Small, said_by: str, confirmed_by: str, is_told: bool) -> None:
    add(small.write(), "ordninger", {"Id": "o1", "Navn": "Rutinen", "Sagt av": said_by, "Bekreftet av": confirmed_by})
    found = hits(small, "bekreftet-av-den-som-sa-det", "arrangements")
    assert told(found) == ([("Ordninger", "o1", "Bekreftet av")] if is_told else [])
    assert all(hit.found == f"Rutinen er bekreftet av {confirmed_by}, som også har sagt det" for hit in found)


@pytest.mark.parametrize(
    ("chosen_by", "method", "lacking"),
    [
        ("Kommunen", "Vi snakket med ansatte.", True), ("kommunalsjefen", "Vi intervjuet åtte ansatte.", True),
        ("Kommunen", "Kommunen valgte ut de ansatte vi snakket med.", False),
        ("Kommunen", "De ansatte ble plukket ut av kommunen.", False), ("kommunen", "Kommunen har peikt ut dei tilsette.", False),
        ("Revisor", "Vi snakket med ansatte.", False), ("revisjonen, i samråd med kommunen", "Vi snakket med ansatte.", False),
        ("", "Vi snakket med ansatte.", False),
    ],
)  # fmt: skip
def test_informants_chosen_by_the_audited(small: Small, chosen_by: str, method: str, lacking: bool) -> None:
    interviews = [{**I1, "Valgt ut av": chosen_by}, {**I2, "Valgt ut av": chosen_by}]
    found = hits(small.write({"method": method}, intervjuer=interviews), "valgt-av-revidert", "interviews")
    assert told(found) == ([("Intervjuer", "i1", "Valgt ut av")] if lacking else [])
    for hit in found:
        assert hit.found.startswith(f"{chosen_by} har valgt ut hvem eller hva som er undersøkt")
        assert [place.row for place in hit.touches] == ["i2"]


@pytest.mark.parametrize(("draw", "lacking"), [("skjønnsmessig", True), ("systematisk", True), ("alle", False)])
def test_cases_drawn_by_the_audited(small: Small, draw: str, lacking: bool) -> None:
    small.write(utvalg=[{"Id": "u1", "Hva": "Mapper", "Trekkemåte": draw, "Trukket av": "Enhetsleder", "n": "4"}])
    found = hits(small, "valgt-av-revidert", "samples")
    assert told(found) == ([("Utvalg", "u1", "Trukket av")] if lacking else [])


LOOSE = {**PLAN, "Id": "notat", "Tittel": "Et notat"}


@pytest.mark.parametrize(
    ("sources", "text", "loose"),
    [
        ([LOOSE], "", ["notat"]), ([LOOSE, {**LOOSE, "Id": "brev", "Tittel": "Et brev"}], "", ["notat", "brev"]),
        ([LOOSE], "Se notatet. [@notat]", []), ([{**LOOSE, "Brukes": "Nei"}], "", []), ([], "", []),
    ],
)  # fmt: skip
def test_a_listed_source_is_referred_to(small: Small, sources: Rows, text: str, loose: list[str]) -> None:
    small.write({"method": f"Vi snakket med ansatte. {text}"}, kilder=[LAW, PLAN, *sources])
    found = hits(small, "kilde-ikke-brukt", "sources")
    assert [(hit.place.row, *(place.row for place in hit.touches)) for hit in found] == (
        [tuple(loose)] if loose else []
    )
    assert all(
        hit.found.startswith(f"{len(loose)} kilder står i Kilder uten at noe viser til dem: Et notat") for hit in found
    )


def test_a_source_a_register_rests_on_is_referred_to(small: Small) -> None:
    small.write(kilder=[LAW, PLAN, LOOSE], datagrunnlag=[{**D, "Kilde/intervju": "i1, notat"}])
    assert hits(small, "kilde-ikke-brukt", "sources") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Planen er gammel, jf. ibid.", "«ibid.» fører ingen steder"), ("Se op. cit. og planen.", "«op. cit.» fører ingen steder"),
        ("Dette står samme sted i planen.", "«samme sted» fører ingen steder"),
        ("Planen er gammel[^3].", "«[^3]» fører ingen steder"),
        ("Planen er gammel (Direktoratet 2012, 78).", "«(Direktoratet 2012, 78)» svarer ikke til noen kilde"),
        ("Planen er gammel (Hansen og Olsen, 2012).", "«(Hansen og Olsen, 2012)» svarer ikke til noen kilde"),
        ("Planen er gammel (2012, s. 4).", "«(2012, s. 4)» svarer ikke til noen kilde"),
        ("Planen er gammel (Kommunen 2019).", "«(Kommunen 2019)» svarer ikke til noen kilde"),
        ("Planen er vedtatt (Kommunen 2020).", None), ("Planen er vedtatt (Kommunen, 2020, s. 4).", None),
        ("Planen er ny (vedtatt 2012) og kort (2012).", None),
        ("Helse- og omsorgstjenesteloven (2011) og pasientrettighetsloven gjelder.", None),
        ("Loven (lov om helsetjenester, 2011) gjelder.", None),
    ],
)  # fmt: skip
def test_a_reference_leads_somewhere(small: Small, text: str, said: str | None) -> None:
    small.write({"p1": f"# Datagrunnlag\n\nFørste linje.\n{text}\n"}, datagrunnlag=[{**D, "Setning": text}])
    in_text, in_cell = hits(small, "uopploselig-henvisning", ""), hits(small, "uopploselig-henvisning", "evidence")
    assert [(hit.place.register, hit.place.line) for hit in in_text] == ([("text/p1.md", 4)] if said else [])
    assert told(in_cell) == ([("Datagrunnlag", "d1", "Setning")] if said else [])
    assert all(f"Henvisningen {said}" in hit.found for hit in (*in_text, *in_cell))


# --- in force when it is used


@pytest.mark.parametrize(
    ("source", "column", "said"),
    [
        ({"Gjelder til": "2019"}, "Gjelder til", "Kommunens plan gikk ut 2019, før perioden som er undersøkt"),
        ({"Gjelder til": "31.01.2021"}, "Gjelder til", "gikk ut 31.01.2021"),
        ({"Gjelder fra": "01.07.2022"}, "Gjelder fra", "gjelder fra 01.07.2022, etter at revisjonen var avsluttet"),
        ({"Gjelder til": "våren 2021"}, "", ""), ({"Gjelder til": "2021"}, "", ""),
        ({"Gjelder fra": "2015", "Gjelder til": "2030"}, "", ""), ({"Gjelder fra": "sommeren 2022"}, "", ""),
        ({"Gjelder til": "2019", "Brukt som": "funn"}, "", ""), ({"Gjelder til": "2019", "Brukt som": "bakgrunn"}, "", ""),
        ({"Gjelder til": "2019", "Brukes": "Nei"}, "", ""), ({"Gjelder til": "2019", "Type": "lov"}, "", ""),
        ({"Gjelder til": "en gang"}, "", ""), ({"Gjelder til": "31.02.2019"}, "", ""),
    ],
)  # fmt: skip
def test_a_plan_is_in_force(small: Small, source: dict[str, str], column: str, said: str) -> None:
    params(small.write(kilder=[LAW, {**PLAN, **source}]), MILESTONES)
    found = hits(small, "utlopt-grunnlag", "sources")
    assert told(found) == ([("Kilder", "plan", column)] if column else [])
    assert all(said in hit.found for hit in found)


@pytest.mark.parametrize(
    ("text", "until", "line"),
    [
        ("Kommunens plan gjelder fortsatt.", "2019", 4), ("Kommunens plan 2015–2019 er gjeldende.", "2019", 4),
        ("Kommunens plan gjelder fortsatt.", "2021", None), ("Kommunens plan gikk ut i 2019.", "2019", None),
        ("Rutinen er gjeldende.", "2019", None),
    ],
)  # fmt: skip
def test_an_expired_plan_is_not_called_current(small: Small, text: str, until: str, line: int | None) -> None:
    small.write({"p1": f"# Datagrunnlag\n\nFørst.\n{text}\n"}, kilder=[LAW, {**PLAN, "Gjelder til": until}])
    found = hits(params(small, MILESTONES), "utlopt-kalt-gjeldende", "")
    assert [hit.place.line for hit in found] == ([line] if line else [])
    assert all(hit.found == "Teksten sier at Kommunens plan gjelder, men den gikk ut 2019" for hit in found)


def test_an_agreement_is_in_force_too(small: Small) -> None:
    agreement = {"Id": "o1", "Type": "avtale", "Navn": "Samarbeidsavtalen", "Gjelder til": "2012", "Brukt som": ""}
    params(add(small.write(), "ordninger", agreement, {**agreement, "Id": "o2", "Brukt som": "funn"}), MILESTONES)
    (hit,) = hits(small, "utlopt-grunnlag", "arrangements")
    assert told([hit]) == [("Ordninger", "o1", "Gjelder til")]
    assert "Samarbeidsavtalen gikk ut 2012" in hit.found


def test_an_audit_without_dates_cannot_tell_what_had_expired(small: Small) -> None:
    assert hits(small.write(kilder=[LAW, {**PLAN, "Gjelder til": "1999"}]), "utlopt-grunnlag", "sources") == []


@pytest.mark.parametrize(
    ("at", "source", "said"),
    [
        ("2019", {"Type": "avtale", "Gjelder fra": "2020"}, "Raden gjelder 2019, men Kommunens plan gjaldt først fra 2020"),
        ("2019", {"Type": "rutine", "Gjelder fra": "01.01.2020"}, "gjaldt først fra 01.01.2020"),
        ("2021", {"Type": "plan", "Gjelder til": "2020"}, "gikk ut 2020"),
        ("2020", {"Type": "avtale", "Gjelder fra": "høsten 2020"}, ""), ("2019", {"Type": "plan", "Dato": "2018", "Gjelder fra": "2020"}, ""),
        ("2019", {"Type": "plan", "Dato": "2020", "Gjelder fra": "2020"}, "gjaldt først fra 2020"),
        ("2019", {"Type": "rapport", "Gjelder fra": "2020"}, ""),
        ("2019", {"Type": "avtale", "Gjelder fra": "2020", "Brukt som": "funn"}, ""),
        ("", {"Type": "avtale", "Gjelder fra": "2020"}, ""), ("da", {"Type": "avtale", "Gjelder fra": "2020"}, ""),
        ("2019", {"Type": "avtale", "Gjelder fra": "snart"}, ""),
    ],
)  # fmt: skip
def test_a_document_was_in_force_at_the_time(small: Small, at: str, source: dict[str, str], said: str) -> None:
    fact = {**D, "Kilde/intervju": "i1, plan, borte", "Per dato": at}
    found = hits(
        small.write(kilder=[LAW, {**PLAN, **source}], datagrunnlag=[fact]), "grunnlag-etter-tidspunktet", "evidence"
    )
    assert told(found) == ([("Datagrunnlag", "d1", "Per dato")] if said else [])
    assert all(said in hit.found and hit.touches[0].row == "plan" for hit in found)


# --- told, documented, verified


@pytest.mark.parametrize(
    ("fact", "form", "said"),
    [
        ({"Hvordan vet vi det": "dokumentert"}, "intervju", "ført som dokumentert, men bygger bare på i1"),
        ({"Hvordan vet vi det": "kontrollert", "Kilde/intervju": "i1; i2"}, "møte", "ført som kontrollert, men bygger bare på i1, i2"),
        ({"Hvordan vet vi det": "fortalt"}, "intervju", None), ({"Hvordan vet vi det": "lagt til grunn"}, "intervju", None),
        ({"Hvordan vet vi det": "dokumentert", "Kilde/intervju": "i1, plan"}, "intervju", None),
        ({"Hvordan vet vi det": "dokumentert", "Kilde/intervju": "plan"}, "intervju", None),
        ({"Hvordan vet vi det": "dokumentert", "Kilde/intervju": ""}, "intervju", None),
        ({"Hvordan vet vi det": "dokumentert", "Kilde/intervju": "borte"}, "intervju", None),
        ({"Hvordan vet vi det": "dokumentert"}, "e-post", None), ({"Hvordan vet vi det": "kontrollert"}, "observasjon", None),
    ],
)  # fmt: skip
def test_what_was_said_is_told(small: Small, fact: dict[str, str], form: str, said: str | None) -> None:
    small.write(datagrunnlag=[{**D, **fact}], intervjuer=[{**I1, "Form": form}, I2])
    found = hits(small, "fortalt-som-kontrollert", "evidence")
    assert told(found) == ([("Datagrunnlag", "d1", "Hvordan vet vi det")] if said else [])
    assert all(f"Utsagnet er {said}" in hit.found for hit in found)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# Datagrunnlag\n\nAlle har fått vedtak. [@d1]\n", 3),
        ("# Datagrunnlag\n\nPlanen er god. [@d2]\nAlle har fått vedtak [@d1].\n", 4),
        ("# Datagrunnlag\n\nLederen sier at alle har fått vedtak. [@d1]\n", None),
        ("# Datagrunnlag\n\nIfølge intervjuene har alle fått vedtak. [@d1]\n", None),
        ("# Datagrunnlag\n\nI psykisk helse har alle fått vedtak. [@d1]\n", None),
        ("# Datagrunnlag\n\nAlle har fått vedtak. [@d1, @d2]\n", None), ("# Datagrunnlag\n\nAlle har fått vedtak. [@d2]\n", None),
        ("# Datagrunnlag\n\nAlle har fått vedtak.\n", None), ("# Vurdering\n\nAlle har fått vedtak. [@d1]\n", None),
        ("# Datagrunnlag\n\nAlle har fått vedtak. [@borte]\n", None),
    ],
)  # fmt: skip
def test_what_was_said_is_not_told_as_fact(small: Small, text: str, line: int | None) -> None:
    small.write({"p1": text}, datagrunnlag=[D, {**D, "Id": "d2", "Hvordan vet vi det": "dokumentert"}])
    found = hits(small, "fortalt-som-fakta", "")
    assert [(hit.place.register, hit.place.line) for hit in found] == ([("text/p1.md", line)] if line else [])
    assert all("«Alle har fått vedtak" in hit.found and "bare på det som er fortalt" in hit.found for hit in found)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Alle har vedtak, viser mappegjennomgangen. [@d1]", "viser mappegjennomgangen"), ("Planen er kontrollert. [@d1]", "er kontrollert"),
        ("Planen er kontrollert. [@d2]", None), ("Planen er kontrollert. [@d1, @d2]", None), ("Lederen har en plan. [@d1]", None),
    ],
)  # fmt: skip
def test_what_was_said_is_not_called_documented(small: Small, text: str, word: str | None) -> None:
    small.write(
        {"p1": f"# Datagrunnlag\n\n{text}\n"}, datagrunnlag=[D, {**D, "Id": "d2", "Hvordan vet vi det": "kontrollert"}]
    )
    found = hits(small, "fortalt-kalt-dokumentert", "")
    assert [hit.found for hit in found] == ([f"Det står «{word}», men d1 er ført som fortalt"] if word else [])


@pytest.mark.parametrize(
    ("second", "is_told"),
    [
        ({"Setning": "Kommunen har ikke en vedtatt plan for tjenesten."}, True),
        ({"Setning": "Kommunen mangler en vedtatt plan for tjenesten."}, True),
        ({"Setning": "Kommunen har ikke en vedtatt plan for tjenesten.", "Motsies av": "d1"}, False),
        ({"Setning": "Kommunen har ikke en vedtatt plan for tjenesten.", "Avklaring": "Planen er et utkast."}, False),
        ({"Setning": "Kommunen har en vedtatt plan for tjenesten."}, False), ({"Setning": "NAV har ikke tid."}, False),
    ],
)  # fmt: skip
def test_opposites_point_to_each_other(small: Small, second: dict[str, str], is_told: bool) -> None:
    first = {**D, "Setning": "Kommunen har en vedtatt plan for tjenesten."}
    found = hits(small.write(datagrunnlag=[first, {**D, "Id": "d2", **second}]), "motsatte-utsagn", "evidence")
    assert told(found) == ([("Datagrunnlag", "d2", "Motsies av")] if is_told else [])
    assert all("d1 og d2 sier det motsatte av hverandre" in hit.found for hit in found)


SAID, WRITTEN = {**D, "Id": "d2"}, {**D, "Id": "d2", "Hvordan vet vi det": "dokumentert"}


@pytest.mark.parametrize(
    ("first", "second", "between"),
    [
        ({"Motsies av": "d2"}, WRITTEN, "d1 og d2"), ({"Motsies av": "d2"}, {**WRITTEN, "Motsies av": "d1"}, "d1 og d2"),
        ({"Motsies av": "i-alt"}, SAID, "d1 og i-alt"),
        ({"Motsies av": "d2", "Hvordan vet vi det": "kontrollert"}, WRITTEN, "d1 og d2"), ({"Motsies av": "d2"}, SAID, None),
        ({"Motsies av": "d2", "Avklaring": "Begge vises."}, WRITTEN, None),
        ({"Motsies av": "d2"}, {**WRITTEN, "Avklaring": "Planen gjelder."}, None), ({"Motsies av": "borte"}, WRITTEN, None),
        ({}, WRITTEN, None),
    ],
)  # fmt: skip
def test_a_document_against_a_word_is_to_be_settled(
    small: Small, first: dict[str, str], second: dict[str, str], between: str | None
) -> None:
    """Two informants may disagree: that is data."""
    found = hits(small.write(datagrunnlag=[{**D, **first}, second]), "kilder-uenige", "evidence")
    assert told(found) == ([("Datagrunnlag", "d1", "Avklaring")] if between else [])
    assert all(hit.found == f"{between} sier imot hverandre, og Avklaring er tom" for hit in found)


# --- corrections

FIT = {
    "Id": "r4",
    "Slag": "Feilretting",
    "Gjelder": "Navnet på teamet",
    "Sto": "FIT",
    "Står": "Norse",
    "Hvorfor": "Feil",
}
IN_TEXT = "# Datagrunnlag\n\nKommunen har team.\nTeamet heter {}.\n"


@pytest.mark.parametrize(
    ("correction", "text", "place"),
    [
        ({}, IN_TEXT.format("FIT"), ("text/p1.md", 4)), ({"Sto": "Fit."}, IN_TEXT.format("«FIT»"), ("text/p1.md", 4)),
        ({"Sto": "(FIT)"}, IN_TEXT.format("Teamet (FIT)"), ("text/p1.md", 4)),
        ({"Slag": "Ny opplysning"}, IN_TEXT.format("FIT"), None), ({}, IN_TEXT.format("Profit og FIT-teamets"), ("text/p1.md", 4)),
        ({}, IN_TEXT.format("Profit og Outfitteam"), None), ({"Står": "FIT Norse"}, IN_TEXT.format("FIT Norse"), None),
        ({"Sto": ""}, IN_TEXT.format("FIT"), None),
    ],
)  # fmt: skip
def test_what_a_correction_replaced_stands_nowhere(
    small: Small, correction: dict[str, str], text: str, place: tuple[str, int] | None
) -> None:
    found = hits(add(small.write({"p1": text}), "rettelser", {**FIT, **correction}), "rettelse-halvveis", "corrections")
    assert [(hit.place.register, hit.place.line) for hit in found] == ([place] if place else [])
    assert all(
        hit.found.startswith(f"Rettelse r4 byttet «{correction.get('Sto', 'FIT')}» med «Norse»") for hit in found
    )


def test_all_the_places_are_told_once(small: Small) -> None:
    small.write(
        {"p1": IN_TEXT.format("FIT"), "summary": "FIT hjelper mange.\n"},
        datagrunnlag=[
            {**D, "Setning": "FIT er et team."},
            {**D, "Id": "d2", "Setning": "«Vi heter FIT»", "Sitat": "Ja"},
        ],
        innspill=[{**ROWS["innspill"][0], "Innspill": "FIT heter nå Norse."}],
    )
    (hit,) = hits(add(small, "rettelser", FIT), "rettelse-halvveis", "corrections")
    assert hit.found.endswith("men «FIT» står her og 2 andre steder")
    assert [place.row or place.register for place in hit.touches][1:] == ["d1", "r4"]
    assert "velg Slag = Ny opplysning" in hit.do


NUMBER = {**FIT, "Gjelder": "Antall vedtak i gruppe A", "Sto": "10", "Står": "12"}


@pytest.mark.parametrize(
    ("text", "rows", "places"),
    [
        ("Det var 10 vedtak i gruppe A.", [TOTAL, {**A, "Verdi": "12"}, B], ["text/p1.md"]),
        ("Det var ti vedtak i gruppe A.", [TOTAL, {**A, "Verdi": "12"}, B], ["text/p1.md"]),
        ("Tallet er rettet.", [TOTAL, {**A, "Hva": "Vedtak i gruppe"}, B], ["Tall"]),
        ("Det var 10 ansatte i tjenesten.", [TOTAL, {**A, "Verdi": "12"}, B], []),
        ("Det var 12 vedtak i gruppe A.", [TOTAL, {**A, "Verdi": "12"}, {**B, "Hva": "Stillinger", "Verdi": "10"}], []),
        ("Det var 100 vedtak i gruppe A i 2010.", [TOTAL, {**A, "Verdi": "12"}, B], []),
    ],
)
def test_an_old_number_is_looked_for_beside_its_measure(small: Small, text: str, rows: Rows, places: list[str]) -> None:
    small.write({"p1": f"# Datagrunnlag\n\n{text}\n"}, tall=rows)
    found = hits(add(small, "rettelser", NUMBER), "rettelse-halvveis", "corrections")
    assert [hit.place.register for hit in found] == places


# --- printed figures against the workbook

FIGURE = {"Id": "t1", "Hva": "Vedtak i alt", "Slik det står": "30 vedtak", "Trykt verdi": "30", "Enhet": "vedtak",
          "Slag": "tekst", "Tall i arbeidsboken": "i-alt", "Sted": "linje 4"}  # fmt: skip
SAMPLE = {"Id": "u1", "Hva": "Saker", "Populasjon N": "4", "Trekkemåte": "alle", "Trukket av": "revisor", "n": "2"}
POINTS = [{"Id": "alder", "Utvalg": "u1", "Tekst": "Alder", "Slag": "tall", "Enhet": "år"},
          {"Id": "ip", "Utvalg": "u1", "Tekst": "Har plan", "Slag": "ja/nei"}]  # fmt: skip
CASES = [
    {"Id": "s1", "Utvalg": "u1", "alder": "41", "ip": "Ja"},
    {"Id": "s2", "Utvalg": "u1", "alder": "52", "ip": "Nei"},
]
UNKNOWN_VALUE = {**A, "Id": "tom", "Verdi": "", "Mangler fordi": "Ikke oppgitt", "Del av": ""}


def printed(small: Small, **figure: str) -> Small:
    rows = [TOTAL, {**A, "Av": "i-alt"}, B, UNKNOWN_VALUE, {**TOTAL, "Id": "om-lag", "Verdi": "35–40"}]
    small.write(tall=rows, utvalg=[SAMPLE], kontrollpunkter=POINTS, saker=CASES)
    names = {
        "value": "Trykt verdi",
        "fact": "Tall i arbeidsboken",
        "bound": "Grense",
        "why": "Forklaring",
        "missing": "Mangler fordi",
    }
    return add(small, "trykt", {**FIGURE, **{names[key]: value for key, value in figure.items()}})


def held(small: Small) -> Reconciled:
    audit = small.load()
    (one,) = reconcile(audit, facts_of(audit))
    return one


@pytest.mark.parametrize(
    ("value", "bound", "fact", "state", "ours", "by"),
    [
        ("30", "", "i-alt", "stemmer", "30", ""), ("30,0", "", "tall.i-alt", "stemmer", "30", ""),
        ("32", "", "i-alt", "avviker", "30", "2"), ("29,5", "", "i-alt", "avviker", "30", "−0,5"),
        ("29", "ca.", "i-alt", "avviker", "30", "−1"), ("30,4", "ca.", "i-alt", "avviker", "30", "0,4"),
        ("29", "over", "i-alt", "stemmer", "30", ""),
        ("33", "inntil", "i-alt", "stemmer", "30", ""), ("31", "under", "i-alt", "stemmer", "30", ""),
        ("25", "minst", "i-alt", "stemmer", "30", ""), ("31", "minst", "i-alt", "avviker", "30", "1"),
        ("35–40", "", "om-lag", "stemmer", "35–40", ""), ("25–35", "", "i-alt", "avviker", "30", ""),
        ("33,3", "", "del-a | prosent 1", "stemmer", "33,3", ""), ("33", "", "del-a|prosent", "stemmer", "33", ""),
        ("33,4", "", "del-a | prosent 1", "avviker", "33,3", "0,1"), ("30", "", "del-a | av", "stemmer", "30", ""),
        ("9", "", "del-a | antall", "avviker", "10", "−1"), ("4", "", "u1.population", "stemmer", "4", ""),
        ("50", "", "u1.ip-ja | prosent 0", "stemmer", "50", ""), ("1", "", "u1.ip-ja", "stemmer", "1", ""),
    ],
)  # fmt: skip
def test_a_printed_figure_is_held_against_its_fact(
    small: Small, value: str, bound: str, fact: str, state: str, ours: str, by: str
) -> None:
    one = held(printed(small, value=value, bound=bound, fact=fact))
    assert (one.state, one.ours, one.by) == (state, ours, by)
    assert not one.personal
    assert told(hits(small, "trykt-avvik", "printed")) == (
        [("Trykt", "t1", "Trykt verdi")] if state == "avviker" else []
    )


@pytest.mark.parametrize(
    ("figure", "why"),
    [
        ({"fact": "", "missing": "Tall i arbeidsboken: grunnlaget er ikke oppgitt"}, "Grunnlaget er ikke oppgitt"),
        ({"fact": "tom"}, "Ikke oppgitt"), ({"value": "", "missing": "Trykt verdi: uleselig i rapporten"}, "Uleselig i rapporten"),
        ({"value": "ca. 30"}, ""), ({"fact": "i-alt | prosent 1"}, ""), ({"fact": "i-alt | av"}, ""),
    ],
)  # fmt: skip
def test_a_figure_that_cannot_be_made_again_says_why(small: Small, figure: dict[str, str], why: str) -> None:
    one = held(printed(small, **figure))
    assert (one.state, one.why) == ("ikke gjenskapt", why)
    assert hits(small, "trykt-avvik", "printed") == hits(small, "trykt-ukjent-tall", "printed") == []


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("i-altt", "Tallet «i-altt» finnes ikke i registrene. Likner på: i-alt"), ("borte | av", "Tallet «borte» finnes ikke"),
        ("del-a | ord", "Ukjent form «ord». Bruk prosent 1, av eller antall."),
        ("del-a | prosent mange", "Ukjent form «prosent mange»"), ("s1.ip", "Tallet «s1.ip» finnes ikke"),
    ],
)  # fmt: skip
def test_an_unknown_fact_is_told_with_the_nearest(small: Small, fact: str, said: str) -> None:
    (hit,) = hits(printed(small, fact=fact), "trykt-ukjent-tall", "printed")
    assert told([hit]) == [("Trykt", "t1", "Tall i arbeidsboken")]
    assert said in hit.found
    assert held(small).state == "ukjent"


def test_a_difference_is_told_until_it_is_explained(small: Small) -> None:
    (hit,) = hits(printed(small, value="32"), "trykt-avvik", "printed")
    assert hit.found == "Vedtak i alt: trykt 30 vedtak, arbeidsboken har 30"
    assert [place.row for place in hit.touches] == ["i-alt"]
    assert hits(printed(small, value="32", why="Rapporten regner med to avslag."), "trykt-avvik", "printed") == []
    assert held(small).why == "Rapporten regner med to avslag."


def test_a_cell_about_one_case_is_personal(small: Small) -> None:
    """Such a cell stands in no edition; a count over the sample may."""
    assert held(printed(small, value="41", fact="s1.alder")).personal
    assert held(printed(small, value="40", fact="s1.alder")).personal
    assert not held(printed(small, value="1", fact="u1.ip-nei")).personal
