"""What a text claims: numbers, quantifiers, obligation, wording and time, each told or left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from conftest import ROWS, Small
from helpers.checks import Hit, all_checks
from helpers.gate import gather

Rows = Sequence[Mapping[str, str]]
MEGABYTE = 1_000_000
INTERVIEW, GROUP = ROWS["intervjuer"]
(CLAIM,) = ROWS["datagrunnlag"]
(CRITERION,) = ROWS["kriterier"]
REASON = ROWS["vurderinger"][0]
MILESTONES = "milepæler: [{hva: Bestilling, dato: 01.11.2021}, {hva: Rapport, dato: 15.06.2022}]\n"


def quantity(id: str, what: str, unit: str, value: str, **more: str) -> dict[str, str]:
    return {"Id": id, "Hva": what, "Enhet": unit, "Verdi": value, "Per dato": "2021", "Kilde": "plan", **more}


NUMBERS = [
    quantity("vedtak", "Vedtak om støttekontakt", "vedtak", "30"), quantity("avslag", "Avslag på søknad", "avslag", "10", Av="vedtak"),
    quantity("dekning", "Andel stillinger besatt", "prosent", "66,7"), quantity("vekst", "Endring i bemanning", "prosentpoeng", "4"),
    quantity("fjor", "Dekning før", "prosent", "60"), quantity("naa", "Dekning nå", "prosent", "64"), quantity("uker", "Ventetid i snitt", "uker", "8"),
    quantity("omtrent", "Plasser på dagsenter", "plasser", "40", Grense="ca."),
]  # fmt: skip
ANSWERS = [{"Id": "a1", "Utsagn": "d1", "i1": "Ja", "i2": "Nei"}]
SAMPLE = [
    {
        "Id": "u1",
        "Hva": "Vedtaksbrev",
        "Populasjon N": "40",
        "Per dato": "2021",
        "Trekkemåte": "tilfeldig",
        "Trukket av": "revisor",
        "n": "4",
    }
]
POINT = [{"Id": "ip", "Utvalg": "u1", "Tekst": "Saker med individuell plan", "Slag": "ja/nei", "Personvern": "helse"}]
CASES = [{"Id": f"s{n}", "Utvalg": "u1", "ip": said} for n, said in enumerate(("Ja", "Ja", "Ja", "Nei"), start=1)]


def hits(small: Small, check: str, register: str = "", params: str = "", **registers: Any) -> list[Hit]:
    """What a check says of an audit with these registers; it is a pure function."""
    small.write(**registers)
    path = small.root / "params" / "liten.yaml"
    path.write_text(path.read_text(encoding="utf-8") + params, encoding="utf-8")
    return list(all_checks()[check](gather(small.load()), register))


def in_text(small: Small, check: str, text: str, params: str = "", **registers: Rows) -> list[Hit]:
    """What a check says of the text, written on the third line of the summary."""
    found = hits(small, check, "", params, text={"summary": f"Sammendrag:\n\n{text}\n"}, **registers)
    return [hit for hit in found if hit.place.register == "text/summary.md"]


def told(found: Sequence[Hit], said: str | None) -> None:
    """One hit that says this on the line of the text; or none."""
    assert [said for hit in found] == ([said] if said else []), found
    for hit in found:
        whole = f"{hit.found} | {hit.expected} | {hit.do}".replace("\u00a0", " ")
        assert str(said) in whole, whole
        assert hit.place.line == 3 or hit.place.register != "text/summary.md"


# --- numbers in text against facts

CONTRADICTED = [
    ("andel-i-tekst", "Avslag på søknad gjelder 11 av 30.", "Det står 11 av 30. Avslag på søknad er 10 av 30"),
    ("andel-i-tekst", "Avslag på søknad gjelder ti av 31.", "Sett inn {{avslag|n av N}}"),
    ("andel-i-tekst", "Avslag på søknad gjelder 10 av 30.", None), ("andel-i-tekst", "Avslag på søknad gjelder {{avslag|n av N}}.", None),
    ("andel-i-tekst", "Klager på bolig gjelder 11 av 30.", None),
    ("tall-i-tekst", "Andel stillinger besatt er 70 %.", "Det står 70 %. Andel stillinger besatt er 66,7 %"),
    ("prosent-i-tekst", "Avslag på søknad er 40 prosent.", "Avslag på søknad er 10 av 30, 33,3 %"),
    ("andel-i-tekst", "Avslag på søknad er halvparten.", "Det står halvparten"), ("prosent-i-tekst", "Avslag på søknad er 33 prosent.", None),
    ("prosent-i-tekst", "Avslag på søknad er en tredel.", None), ("prosent-i-tekst", "Andel stillinger besatt er om lag 67 prosent.", None),
    ("prosent-i-tekst", "Andel stillinger besatt er over 66 prosent.", None),
    ("tall-i-tekst", "Det er fattet 31 vedtak om støttekontakt.", "Det står 31. Vedtak om støttekontakt er 30"),
    ("tall-i-tekst", "Det er fattet ca. 40 vedtak om støttekontakt.", "Sett inn {{vedtak}}"),
    ("tall-i-tekst", "Endring i bemanning er 5 prosentpoeng.", "er 4 prosentpoeng"),
    ("tall-i-tekst", "Det er fattet tretti vedtak om støttekontakt.", None),
    ("tall-i-tekst", "Det er fattet inntil 31 vedtak om støttekontakt.", None),
    ("tall-i-tekst", "I 2021 gjaldt § 31 for vedtak om støttekontakt.", None),
]  # fmt: skip


@pytest.mark.parametrize(("check", "text", "said"), CONTRADICTED)
def test_a_number_in_text_agrees_with_the_register(small: Small, check: str, text: str, said: str | None) -> None:
    found = in_text(small, check, text, tall=NUMBERS)
    told(found, said)
    assert all(hit.touches[0].register == "Tall" for hit in found)


@pytest.mark.parametrize(("text", "said"), [
    ("Kommunen har 7 tiltak.", "«7» er skrevet rett inn"), ("Kommunen har sju brukere.", "{{tall-id}}"), ("Det er 12,5 % av dem.", "«12,5 %»"),
    ("Vedtak om støttekontakt: 30 vedtak.", "Sett inn {{vedtak}}, så følger"), ("Avslag på søknad gjelder 10 av 30.", "Sett inn {{avslag|n av N}}"),
    ("Halvparten av informantene er fornøyd.", "«Halvparten»"), ("Kommunen har {{vedtak}} vedtak.", None), ("En av brukerne sier det.", None),
    ("I 2021, den 3. mars, etter § 4-2 i sak 33/14.", None), ("Vedtak om støttekontakt er 31 vedtak.", None),
    ("Halvparten av kommunene gjør det.", None), ("Avslag på søknad er en tredel.", None), ("Åpent 24/7.", None),
])  # fmt: skip
def test_a_number_is_a_reference_a_year_a_date_or_a_paragraph(small: Small, text: str, said: str | None) -> None:
    told(in_text(small, "tall-uten-referanse", text, tall=NUMBERS), said)


@pytest.mark.parametrize(("text", "said"), [
    ("19 av 151 (12,5 prosent) har plan.", "Det står 12,5 prosent. 19 av 151 er 12,58 % | 12,6 %"), ("19 av 151 utgjør 14 prosent.", "13 %"),
    ("To av ni (20 prosent) har plan.", "er 22,22 % | 22 %"), ("{{avslag|n av N}} (40 prosent) fikk avslag.", "10 av 30 er 33,33 %"),
    ("19 av 151, eller om lag 20 prosent.", "Det står 20 prosent"), ("19 av 151 (12,6 prosent) har plan.", None), ("19 av 151, som er 13 %.", None),
    ("19 av 151, eller om lag 13 prosent.", None), ("{{avslag|n av N}} ({{avslag|prosent 0}}) fikk avslag.", None),
    ("19 av 151 svarte. 50 prosent er fornøyd.", None), ("19 svarte (14 prosent).", None), ("19 av 151 (vektet 14 prosent).", None),
    ("0 av 0 (10 prosent).", None), ("19 av 151 svarte, og 50 prosent er fornøyd.", None),
])  # fmt: skip
def test_a_percentage_beside_a_count_follows_from_it(small: Small, text: str, said: str | None) -> None:
    told(in_text(small, "prosent-ved-antall", text, tall=NUMBERS), said)


@pytest.mark.parametrize(("text", "said"), [
    ("Kommunen fattet over {{vedtak}} vedtak.", "Grensen foran 30 stemmer ikke: Vedtak om støttekontakt er nøyaktig 30"),
    ("Kommunen fatta færre enn {{vedtak}} vedtak.", "Ta ut «over» eller «under»"), ("Meir enn {{vedtak}} vedtak.", "nøyaktig 30"),
    ("Kommunen fattet {{vedtak}} vedtak.", None), ("Minst {{vedtak}} vedtak.", None), ("Over 30 vedtak.", None),
    ("Det er over {{omtrent|tall}} plasser.", None), ("Ventetiden er over {{uker}} uker.", None), ("Liste over {{vedtak}} vedtak.", None),
])  # fmt: skip
def test_a_bound_is_not_written_before_the_exact_number(small: Small, text: str, said: str | None) -> None:
    told(in_text(small, "grense-i-tekst", text, tall=NUMBERS), said)


@pytest.mark.parametrize(("text", "said"), [
    ("Endring i bemanning er {{vekst|tall}} prosent.", "«4 prosent» er en forskjell mellom to prosenttall | 4 prosentpoeng"),
    ("Endring i bemanning er fire prosent.", "Skriv prosentpoeng, eller sett inn {{vekst}}"), ("Endring i bemanning er {{vekst}}.", None),
    ("Endring i bemanning er 4 prosentpoeng.", None), ("Andel stillinger er 4 prosent.", None), ("Andel stillinger besatt er {{dekning}}.", None),
])  # fmt: skip
def test_a_difference_of_percentages_is_told_in_points(small: Small, text: str, said: str | None) -> None:
    told(in_text(small, "prosent-for-prosentpoeng", text, tall=NUMBERS), said)


@pytest.mark.parametrize(("kind", "operands", "unit", "is_told"), [
    ("differanse", "naa, fjor", "prosent", True), ("differanse", "dekning, fjor", "prosent", True),
    ("differanse", "naa, fjor", "prosentpoeng", False), ("andel", "avslag, vedtak", "prosent", False),
    ("differanse", "avslag, vedtak", "vedtak", False), ("differanse", "ukjent, fjor", "prosent", False),
])  # fmt: skip
def test_a_measured_difference_of_percentages_has_points_as_unit(small: Small, kind: str, operands: str, unit: str, is_told: bool) -> None:  # fmt: skip
    measure = {"Id": "m1", "Navn": "Endring", "Slag": kind, "Tall": operands, "Enhet": unit}
    found = hits(small, "prosent-for-prosentpoeng", "measures", tall=NUMBERS, maltall=[measure])
    assert [(h.place.row, h.place.column, h.expected) for h in found] == [("m1", "Enhet", "prosentpoeng")] * is_told


# --- quantifiers

QUANTIFIED = [
    ("alle-og-ingen", "Alle informantene har en plan. [@d1]", "Det står «Alle informantene», men Svar «Kommunen har en plan.» har 1 av 2"),
    ("alle-og-ingen", "Begge informantene har en plan. [@d1]", "«halvparten»"),
    ("alle-og-ingen", "Alle informanter sier at de har en plan. [@d1]", "har 1 av 2"),
    ("alle-og-ingen", "Alle sakene har individuell plan.", "Saker «Saker med individuell plan: Ja» har 3 av 4 | «tre av fire»"),
    ("alle-og-ingen", "Ingen av sakene har individuell plan.", "Skriv det tallene bærer"),
    ("alle-og-ingen", "Alle informantar er nøgde.", "ingen telling i registrene viser det"),
    ("kvantor", "De fleste informantene har en plan. [@d1]", "har 1 av 2"),
    ("kvantor", "Halvparten av sakene har individuell plan.", "«Halvparten av sakene», men Saker"),
    ("kvantor", "Nesten alle sakene har individuell plan.", "har 3 av 4"),
    ("kvantor", "Flertallet av informantene er fornøyd.", "ingen telling i registrene viser det"),
    ("kvantor", "De fleste sakene har individuell plan.", None), ("kvantor", "Flere saker har individuell plan.", None),
    ("kvantor", "Mange informanter har en plan. [@d1]", None),
    ("kvantor", "Flere tiltak er i gang, og de fleste virker.", None), ("kvantor", "Lederen sier at de fleste informantene er fornøyd.", None),
    ("kvantor", "{{u1.ip-ja|kvantor}} saker har individuell plan.", None),
    ("alle-og-ingen", "Virksomhetsleder forteller at alle informanter har koordinator.", None),
    ("alle-og-ingen", "Ifølge leiaren har ingen informantar plan.", None), ("alle-og-ingen", "«Alle informanter har en plan», står det.", None),
    ("alle-og-ingen", "Etter loven § 7-1 har alle informanter krav på plan.", None), ("alle-og-ingen", "Alle informanter skal ha en plan.", None),
    ("alle-og-ingen", "De deltar i alle faser, og alle kommuner er med.", None),
]  # fmt: skip


@pytest.mark.parametrize(("check", "text", "said"), QUANTIFIED)
def test_a_quantifier_over_those_counted_is_what_was_counted(small: Small, check: str, text: str, said: str | None) -> None:  # fmt: skip
    told(in_text(small, check, text, svar=ANSWERS, utvalg=SAMPLE, kontrollpunkter=POINT, saker=CASES), said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ingen av informantene kjente tilbudet. [@d1]", None), ("Alle informantene kjenner ikke tilbudet. [@d1]", None),
        ("Halvparten av informantene kjente tilbudet. [@d1]", "har 2 av 2"),
    ],
)  # fmt: skip
def test_a_statement_that_denies_is_counted_from_the_other_side(small: Small, text: str, said: str | None) -> None:
    denied = {**ROWS["datagrunnlag"][0], "Setning": "Informantene kjenner ikke tilbudet."}
    check = "kvantor" if said else "alle-og-ingen"
    told(in_text(small, check, text, datagrunnlag=[denied], svar=[{**ANSWERS[0], "i2": "Ja"}]), said)


def test_a_quantifier_in_a_reason_is_told_in_its_cell(small: Small) -> None:
    reason = {**REASON, "Begrunnelse": "Alle informanter er fornøyd."}
    (hit,) = hits(small, "alle-og-ingen", vurderinger=[reason])
    assert (hit.place.register, hit.place.row, hit.place.column) == ("Vurderinger", "v1", "Begrunnelse")


def test_a_quantifier_of_the_statement_it_cites_is_counted_there(small: Small) -> None:
    statement = {**CLAIM, "Setning": "Alle informanter er fornøyd med samarbeidet."}
    assert in_text(small, "alle-og-ingen", "Alle informanter er fornøyd. [@d1]", datagrunnlag=[statement]) == []


@pytest.mark.parametrize(("statement", "more", "is_told"), [
    ("Alle brukere har koordinator.", {}, True), ("Ingen brukere har koordinator.", {}, True),
    ("Lederen sier at alle brukere har koordinator.", {}, True), ("Alle brukere har koordinator.", {"Avklaring": "Registeret gjelder."}, False),
    ("Alle brukere har koordinator.", {"Motsies av": "med"}, False), ("De fleste brukere har koordinator.", {}, False),
    ("Alle brukere har bolig.", {}, False), ("Alle ansatte har koordinator.", {}, False),
])  # fmt: skip
def test_a_statement_of_all_is_held_against_the_count(small: Small, statement: str, more: dict[str, str], is_told: bool) -> None:  # fmt: skip
    count = [
        quantity("med", "Brukere med koordinator", "brukere", "200", Av="i-alt"),
        quantity("i-alt", "Brukere i alt", "brukere", "226"),
    ]
    found = hits(
        small, "utsagn-mot-tall", "evidence", tall=count, datagrunnlag=[{**CLAIM, "Setning": statement, **more}]
    )
    assert [(hit.place.row, hit.place.column) for hit in found] == [("d1", "Setning")] * is_told
    assert all("Tall «Brukere med koordinator» har 200 av 226" in hit.found for hit in found)


def test_two_informants_may_disagree(small: Small) -> None:
    two = [
        {**CLAIM, "Setning": "Alle brukere får hjelp."},
        {**CLAIM, "Id": "d2", "Setning": "Ingen brukere får hjelp.", "Kilde/intervju": "i2"},
    ]
    assert hits(small, "utsagn-mot-tall", "evidence", datagrunnlag=two) == []


# --- interviews

ELSEWHERE = [
    {**INTERVIEW, "Id": "i3", "Form": "e-post", "Antall personer": "4"}, {**INTERVIEW, "Id": "i4", "Form": "oppstartsmøte", "Antall personer": "5"},
    {**INTERVIEW, "Id": "i5", "Ikke gjennomført fordi": "Sykdom"},
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [
    ("Vi gjennomførte tre intervjuer.", "Det står tre intervjuer. Arket Intervjuer gir 2"), ("Fem intervju er gjennomførte.", "gir 2"),
    ("Det er 18 intervjuede.", "Det står 18 intervjuede. Arket Intervjuer gir 3"), ("Revisjonen har intervjua fem personar.", "gir 3"),
    ("Vi har snakket med fire informanter.", "rett Antall personer"), ("Vi gjennomførte to intervjuer med tre personer.", None),
    ("Tre informanter deltok.", None), ("Vi gjennomførte to individuelle intervjuer.", None), ("To av fem informanter sier det.", None),
    ("Staben er på fem personer.", None), ("Fem prosent av informantene svarte.", None), ("Fem personer svarte på e-post.", None),
    ("Oppstartsmøtet samlet fem personer.", None),
])  # fmt: skip
def test_interviews_are_as_many_as_were_held(small: Small, text: str, said: str | None) -> None:
    told(in_text(small, "intervjutall", text, intervjuer=[INTERVIEW, GROUP, *ELSEWHERE]), said)


def test_a_measure_may_count_the_interviews_otherwise(small: Small) -> None:
    measure = {"Id": "m1", "Navn": "Alle samtaler", "Slag": "antall", "Over": "Intervjuer", "Enhet": "intervjuer"}
    rows = [INTERVIEW, GROUP, *ELSEWHERE]
    assert in_text(small, "intervjutall", "Vi hadde {{m1}} intervjuer.", intervjuer=rows, maltall=[measure]) == []


@pytest.mark.parametrize(("what", "unit", "value", "more", "is_told"), [
    ("Samtaler", "intervjuer", "3", {}, True), ("Informanter", "personer", "4", {}, True), ("Samtaler", "intervjuer", "2", {}, False),
    ("Informanter", "personer", "3", {}, False), ("Informanter", "personer", "4", {"Grense": "ca."}, False), ("Brukere", "personer", "4", {}, False),
    ("Informanter", "personer", "2", {"Del av": "n2"}, False), ("Informanter", "personer", "4", {"Av": "n2"}, False),
    ("Informanter", "personer", "x", {}, False),
])  # fmt: skip
def test_interviews_counted_in_numbers_agree_too(small: Small, what: str, unit: str, value: str, more: dict[str, str], is_told: bool) -> None:  # fmt: skip
    found = hits(small, "intervjutall", "quantities", tall=[quantity("n1", what, unit, value, **more)])
    assert [(hit.place.row, hit.place.column) for hit in found] == [("n1", "Verdi")] * is_told


# --- obligation and wording

MUST = "Kommunen skal utarbeide individuell plan for brukere med sammensatte behov."
OUGHT = MUST.replace("skal", "bør")


def criteria(*rows: tuple[str, str]) -> list[dict[str, str]]:
    return [
        {**CRITERION, "Id": f"k{n}", "Tekst": text, "Skal/Bør": word} for n, (text, word) in enumerate(rows, start=1)
    ]


@pytest.mark.parametrize(("text", "word", "said"), [
    (OUGHT, "skal", "Teksten sier «bør», men Skal/Bør er «skal»"),
    (MUST, "bør", "Teksten sier «skal», men Skal/Bør er «bør» | Samme ord som i kilden | Rett teksten"), ("Kommunen må ha plan.", "bør", "«må»"),
    (MUST, "skal", None), ("Kommunen har en plan.", "skal", None), ("Kommunen kan ha en plan.", "skal", None),
    ("Loven krever en plan.", "skal", None), ("«Kommunen skal ha plan», og den bør følges.", "bør", None), (MUST, "", None), ("", "skal", None),
])  # fmt: skip
def test_a_criterion_obliges_as_its_column_says(small: Small, text: str, word: str, said: str | None) -> None:
    found = hits(small, "modalitet", "criteria", kriterier=criteria((text, word)))
    told(found, said)
    assert all((hit.place.row, hit.place.column) == ("k1", "Skal/Bør") for hit in found)


@pytest.mark.parametrize(("text", "said"), [
    (OUGHT, "sier «bør», men kriteriet k1 er «skal»"), (MUST.replace("skal", "må"), "Bruk samme ord som kriteriet"), (MUST, None),
    (f"Lederen sier at {OUGHT.lower()}", None), ("Kommunen bør ha nok ansatte.", None),
    ("Kommunen skal til høsten vedta et budsjett for tjenesten.", None), (MUST.replace("skal utarbeide", "utarbeider"), None),
])  # fmt: skip
def test_a_text_repeats_a_criterion_with_its_obligation(small: Small, text: str, said: str | None) -> None:
    told(in_text(small, "modalitet-glir", text, kriterier=criteria((MUST, "skal"))), said)


def test_a_reason_and_a_twin_repeat_a_criterion_with_its_obligation(small: Small) -> None:
    twins = criteria((MUST, "skal"), (OUGHT, "bør"))
    (hit,) = hits(small, "modalitet-glir", "criteria", kriterier=twins)
    assert (hit.place.row, hit.place.column) == ("k2", "Skal/Bør")
    assert "k1 og k2 er samme kriterium" in hit.found
    (hit,) = hits(
        small, "modalitet-glir", "assessments", kriterier=twins[:1], vurderinger=[{**REASON, "Begrunnelse": OUGHT}]
    )
    assert (hit.place.row, hit.place.column) == ("v1", "Begrunnelse")
    assert (
        hits(small, "modalitet-glir", "assessments", kriterier=twins[:1], vurderinger=[{**REASON, "Begrunnelse": MUST}])
        == []
    )


@pytest.mark.parametrize(("other", "more", "said"), [
    (MUST.rstrip("."), {}, "står også i k1"), (MUST.replace("for", "til alle"), {}, "er nesten det samme som k1"), (MUST, {"Under": "k1"}, None),
    ("Kommunen skal ha nok ansatte i tjenesten for psykisk helse.", {}, None), ("", {}, None),
])  # fmt: skip
def test_a_criterion_stands_once(small: Small, other: str, more: dict[str, str], said: str | None) -> None:
    first, second = criteria((MUST, "skal"), (other, "skal"))
    found = hits(small, "to-ordlyder", "criteria", kriterier=[first, {**second, **more}])
    told(found, said)
    assert all((hit.place.row, hit.place.column) == ("k2", "Tekst") for hit in found)


ADVICE = "Kommunen bør sørge for at alle brukere får tilbud om koordinator."
ADVISED = f"Id;Problemstilling;Nr;Tekst;Følger av;Sted;Opphav\nr1;p1;1;{ADVICE};v1;linje 1;registrert\n"


@pytest.mark.parametrize(("text", "said"), [
    (ADVICE.replace("bør", "må"), "i en annen ordlyd | «Kommunen bør sørge"), (ADVICE.replace("brukere", "brukerne"), "annen ordlyd"),
    (ADVICE, None), (ADVICE.upper(), None), ("Kommunen bør tilby koordinator.", None), ("Vi anbefaler koordinator.", None),
])  # fmt: skip
def test_a_recommendation_keeps_its_wording_in_text(small: Small, text: str, said: str | None) -> None:
    small.write().path("anbefalinger").write_text(ADVISED, encoding="utf-8")
    told(in_text(small, "to-ordlyder", text), said)


def test_a_recommendation_stands_once(small: Small) -> None:
    small.write().path("anbefalinger").write_text(
        ADVISED + f"r2;p1;2;{ADVICE};v1;linje 1;registrert\n", encoding="utf-8"
    )
    (hit,) = hits(small, "to-ordlyder", "recommendations")
    assert (hit.place.row, hit.place.column, hit.touches[0].row) == ("r2", "Tekst", "r1")


LONG = "Tjenesten gir oppfølging hjemme, dagtilbud, treningsgruppe, støttesamtaler, botilbud, nattvakt, kurs, pårørendegruppe og akutt hjelp til voksne."


@pytest.mark.parametrize(("text", "said"), [
    (LONG, "Avsnittet står også i text/conclusion.md, linje 1 | Samme sak"), (LONG.replace(" kurs", " kveldskurs"), "i en litt annen ordlyd"),
    ("Tjenesten gir oppfølging hjemme og dagtilbud.", None), ("Kort avsnitt.", None),
])  # fmt: skip
def test_a_paragraph_stands_once_and_a_summary_may_be_shorter(small: Small, text: str, said: str | None) -> None:
    small.write(text={"conclusion": f"{LONG}\n\nKort avsnitt.\n", "summary": f"Sammendrag:\n\n{text}\n"})
    told(list(all_checks()["gjentatt-avsnitt"](gather(small.load()), "")), said)


# --- time


@pytest.mark.parametrize(("text", "said"), [
    ("Planen kom 31.02.2014 til kommunen.", "«31.02.2014» er ingen dato | Dagen finnes ikke"), ("Den 30. februar 2014 kom planen.", "ingen dato"),
    ("I 20022 kom planen.", "«20022» er ikke et årstall | Fire sifre"), ("Planen kom i 2203.", "Årstallet 2203 kan ikke stemme | 1800–2052"),
    ("Planen kom 13.13.2014 en gang.", "«13.13.2014»"), ("Våren 2022 kom planen.", None), ("Planen kom 29.02.2020 i 2020.", None),
    ("Planen gjelder 2017–2019 og 24/7.", None), ("Det kostet 20022 kroner i 2020.", None), ("Den gjelder innen 2040.", None),
    ("Kommunenr. 0420.", None),
])  # fmt: skip
def test_a_date_in_words_is_one_that_can_be(small: Small, text: str, said: str | None) -> None:
    told(in_text(small, "umulig-dato", text, params=MILESTONES), said)


def test_an_impossible_date_in_a_cell_is_told_there(small: Small) -> None:
    (hit,) = hits(small, "umulig-dato", "evidence", datagrunnlag=[{**CLAIM, "Setning": "Vedtatt 31.04.2020 av rådet."}])
    assert (hit.place.row, hit.place.column) == ("d1", "Setning")


@pytest.mark.parametrize(("dates", "row"), [
    (["01.11.2021", "01.10.2021", "15.06.2022"], "m1"), (["2022", "2021"], "m1"), (["01.11.2021", "", "2020"], "m2"),
    (["våren 2022", "mars 2022"], ""), (["2021", "2021", "01.06.2022"], ""), ([], ""),
])  # fmt: skip
def test_milestones_stand_in_order(small: Small, dates: list[str], row: str) -> None:
    steps = ", ".join(f'{{hva: m{n}, dato: "{date}"}}' for n, date in enumerate(dates))
    found = hits(small, "milepael-rekkefolge", params=f"milepæler: [{steps}]\n")
    assert [(hit.place.register, hit.place.row) for hit in found] == ([("Prosjekt", row)] if row else [])
    assert all("men står etter" in hit.found for hit in found)


@pytest.mark.parametrize(("register", "sheet", "row", "heading", "date", "said"), [
    ("interviews", "intervjuer", INTERVIEW, "Dato", "01.10.2021", "før revisjonen begynte | Tidligst 01.11.2021"),
    ("interviews", "intervjuer", INTERVIEW, "Dato", "høsten 2022", "etter at revisjonen var avsluttet | Senest 15.06.2022"),
    ("sources", "kilder", ROWS["kilder"][1], "Dato", "2023", "Dato er 2023"),
    ("quantities", "tall", ROWS["tall"][0], "Per dato", "31.12.2022", "Per dato er"),
    ("evidence", "datagrunnlag", CLAIM, "Per dato", "01.09.2022", "milepælen som mangler"),
    ("comments", "innspill", ROWS["innspill"][0], "Dato", "2023", "2023"), ("interviews", "intervjuer", INTERVIEW, "Dato", "2021", None),
    ("interviews", "intervjuer", INTERVIEW, "Dato", "våren 2022", None), ("interviews", "intervjuer", INTERVIEW, "Dato", "32.01.2022", None),
    ("sources", "kilder", ROWS["kilder"][1], "Dato", "2011", None), ("interviews", "intervjuer", INTERVIEW, "Dato", "", None),
])  # fmt: skip
def test_what_is_collected_lies_within_the_audit(small: Small, register: str, sheet: str, row: dict[str, str], heading: str, date: str, said: str | None) -> None:  # fmt: skip
    found = hits(small, "dato-utenfor-revisjonen", register, params=MILESTONES, **{sheet: [{**row, heading: date}]})
    told(found, said)
    assert all((hit.place.row, hit.place.column) == (row["Id"], heading) for hit in found)
    assert hits(small, "dato-utenfor-revisjonen", register, **{sheet: [{**row, heading: date}]}) == []


@pytest.mark.parametrize(("asked", "came", "is_told"), [
    ("01.03.2022", "01.02.2022", True), ("2022", "2021", True), ("01.02.2022", "01.03.2022", False), ("mars 2022", "01.03.2022", False),
    ("01.03.2022", "Nei", False), ("", "01.02.2022", False), ("tull", "2021", False),
])  # fmt: skip
def test_nothing_is_received_before_it_was_asked_for(small: Small, asked: str, came: str, is_told: bool) -> None:
    found = hits(
        small, "etterspurt-for-mottatt", "sources", kilder=[{**ROWS["kilder"][1], "Etterspurt": asked, "Mottatt": came}]
    )
    assert [(h.place.column, h.found) for h in found] == [
        ("Mottatt", f"Mottatt {came}, men etterspurt {asked}")
    ] * is_told


@pytest.mark.parametrize(("check", "text", "said"), [
    ("relativ-tid", "Planen kom i fjor.", "«i fjor» betyr noe annet når rapporten leses"),
    ("relativ-tid", "Tenesta er nyleg omorganisert.", "«nyleg»"), ("relativ-tid", "Per i dag er det slik.", "Skriv datoen"),
    ("relativ-tid", "Våren 2022 kom planen.", None), ("relativ-tid", "I årsmeldingen står det.", None),
    ("passert-plan", "Kommunen skal vedta planen i 2021.", "«i 2021» er passert"),
    ("passert-plan", "Kommunen planlegg ein plan våren 2021.", "«våren 2021»"),
    ("passert-plan", "En plan er ventet innen mars 2022.", "Hva som har skjedd innen 15.06.2022"),
    ("passert-plan", "Kommunen vedtok planen i 2021.", None), ("passert-plan", "Kommunen skal vedta planen høsten 2022.", None),
    ("passert-plan", "Etter § 3-1 skal kommunen ha en plan innen 2021.", None),
    ("passert-plan", "Kommunen skal vedta planen 31. februar 2022.", None), ("passert-plan", "Kommunen skal vedta planen.", None),
])  # fmt: skip
def test_time_is_told_as_a_reader_of_the_report_meets_it(small: Small, check: str, text: str, said: str | None) -> None:
    told(in_text(small, check, text, params=MILESTONES), said)


# --- texts as bad input

SPOILT = {
    "broken references": "{{i-alt {{ukjent}} {{i-alt|mange}} {{|}} {{}} [@] [@ukjent, @plan] {{i-alt|prosent 999}} {{i-alt|n av N}}",
    "unbalanced markup": "# {{i-alt\n\n**Alle *informanter _sier\n\n- {{\n  - }}\n> [@i1\n```\n«Alle informanter {{i-alt}}",
    "marks of right to left": "\u202e Alle \u200finformanter \u2067har ١٢ vedtak\u202c og ３０ av ½.",
    "absurd numbers": f"{'9' * 400} av {'1' * 400} (99999999 prosent), 0 av 0 (0 %), 1 av 0 (5 %), {{{{i-alt}}}} av 0, hundre tusen milliarder milliarder.",
    "absurd dates": "00.00.0000 og 99.99.99999, 0. januar 0000, i 9999, i 0000, 31. februar 2022 skal komme i 9999.",
    "nothing": "\n\n\n", "a heading": "#\n##\n# #", "control signs": "\x01\x02\ufffe\ufeff Alle\x0b informanter\x1f har 30\u2028vedtak.",
    "a megabyte of sentences": "Kommunen har en plan. " * (MEGABYTE // 22), "a megabyte of one word": "a" * MEGABYTE,
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_text_gives_a_message_or_silence_never_an_exception(small: Small, name: str) -> None:
    text = SPOILT[name]
    evidence = gather(small.write(text={"summary": text, "conclusion": text[:1000]}, svar=ANSWERS).load())
    suite = evidence.audit.schema.output_suites["text"]
    for check in sorted({rule["meta"]["check"] for rule in suite["expectations"]}):
        assert all(hit.found and hit.place.register for hit in all_checks()[check](evidence, ""))


@pytest.mark.parametrize(("text", "check", "said"), [
    ("Det er {{i-allt}} vedtak.", "ukjent-referanse", "i-alt"), ("Det er {{i-alt vedtak.", "ugyldig-referanse", "går ikke opp"),
    ("Slik er det. [@ukjent]", "ukjent-kilde", "finnes ikke"), ("Det er {{i-alt|n av N}} vedtak.", "ukjent-referanse", "ikke både n og N"),
])  # fmt: skip
def test_a_broken_reference_is_told_on_its_line(small: Small, text: str, check: str, said: str) -> None:
    told(in_text(small, check, text), said)
