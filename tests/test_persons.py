"""Class 28, persons: who could be recognised, and what is no person at all."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROWS, Small
from helpers.checks import Hit, persons, samples, structure
from helpers.checks.persons import person_names
from helpers.gate import gather
from helpers.identity import is_identity_number
from helpers.names import given_names, readable

NUMBER = "01019012057"
"""Made for these tests: 1 January 1990, a serial number, and the control digits that follow from them."""


def control_digits(nine: str) -> str | None:
    """The last two digits of an identity number, after the published weights; None where the rule gives none."""
    digits = [int(digit) for digit in nine]
    for weights in ((3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)):
        rest = sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11
        digits.append(0 if rest == 0 else 11 - rest)
        if digits[-1] == 10:
            return None
    return f"{digits[-2]}{digits[-1]}"


def numbers(small: Small, register: str) -> list[Hit]:
    return list(persons.identity_numbers(gather(small.load()), register))


def names(small: Small, register: str) -> list[Hit]:
    return list(persons.names_of_persons(gather(small.load()), register))


# --- identity numbers


@settings(database=None, derandomize=True)
@given(
    st.integers(1, 28), st.integers(1, 12), st.integers(0, 99), st.integers(0, 999),
    st.sampled_from([0, 40]), st.sampled_from([0, 40, 80]),
)  # fmt: skip
def test_a_number_is_known_by_its_control_digits(
    day: int, month: int, year: int, serial: int, d_number: int, synthetic: int
) -> None:
    """Ordinary, D- and synthetic numbers are known; one digit wrong, and it is only a number."""
    nine = f"{day + d_number:02}{month + synthetic:02}{year:02}{serial:03}"
    control = control_digits(nine)
    if control is None:
        return
    assert is_identity_number(nine + control)
    for place in range(9, 11):
        digits = list(nine + control)
        digits[place] = str((int(digits[place]) + 1) % 10)
        assert not is_identity_number("".join(digits))


@settings(database=None, derandomize=True)
@given(st.text(max_size=14))
def test_anything_else_is_no_identity_number(text: str) -> None:
    assert not is_identity_number(text) or re.fullmatch("[0-9]{11}", text)


def test_a_day_or_month_that_does_not_exist() -> None:
    for born in ("000190", "320190", "720190", "010090", "011390", "015390", "019390"):
        for serial in range(100, 200):
            control = control_digits(f"{born}{serial}")
            assert control is None or not is_identity_number(f"{born}{serial}{control}")


@pytest.mark.parametrize(
    "written",
    [
        "01019012057", "010190 12057", "010190\u00a012057", "010190-12057", "010190 – 12057", "010190 120 57", "01.01.90 12057",
        "01.01.1990 12057", "01 01 90 12057", "fnr.01019012057.", "(01019012057)",
        "\u200f010190\u200e12057\u200f", "０１０１９０１２０５７", "٠١٠١٩٠١٢٠٥٧", "0101\u00ad9012057",
    ],
)  # fmt: skip
def test_however_it_is_written_and_never_repeated(small: Small, written: str) -> None:
    fact = {**ROWS["datagrunnlag"][0], "Setning": f"Bruker {written} har vedtak."}
    small.write(datagrunnlag=[fact])
    (hit,) = numbers(small, "evidence")
    assert hit.found == "«010190*****» har gyldige kontrollsifre, og er et fødselsnummer eller d-nummer"
    assert (hit.place.register, hit.place.row, hit.place.column) == ("Datagrunnlag", "d1", "Setning")


@pytest.mark.parametrize(
    "written",
    ["01019012058", "2014/01019012", "010190120570", "0,01019012057", "22.08.2022",
     "12345678901", "arkivsak 99999999999", "01019 012057", "010190 og 12057", "010190\n\n12057", "kl. 10-14, 01.01.90"],
)  # fmt: skip
def test_archive_numbers_and_dates_are_silent(small: Small, written: str) -> None:
    small.write(datagrunnlag=[{**ROWS["datagrunnlag"][0], "Setning": f"Se {written}."}])
    assert numbers(small, "evidence") == []


def test_any_cell_even_the_id_of_the_row(small: Small) -> None:
    """The place of the message hides the number too."""
    small.write(kilder=[{**ROWS["kilder"][0], "Id": NUMBER, "Sted": "linje 1", "Dato": "2011"}])
    (hit,) = numbers(small, "sources")
    assert NUMBER not in str((hit, hit.place))
    assert hit.place.row == "010190*****"


def test_excel_takes_the_leading_zero(small: Small) -> None:
    small.write(datagrunnlag=[{**ROWS["datagrunnlag"][0], "Setning": NUMBER.removeprefix("0")}])
    (hit,) = numbers(small, "evidence")
    assert hit.found.startswith("«010190*****»")


def test_in_a_text_with_its_line(small: Small) -> None:
    small.write({"method": f"Vi leste mapper.\nEn av dem\ngjaldt 010190 {NUMBER[6:]}.\n\nOg {NUMBER} igjen.\n"})
    (hit,) = numbers(small, "")
    assert (hit.place.register, hit.place.line) == ("text/method.md", 3)
    assert NUMBER not in str(hit)
    assert NUMBER[6:] not in str(hit)


def test_many_numbers_in_a_cell_are_one_message(small: Small) -> None:
    many = [f"{nine}{control}" for day in range(1, 20) if (control := control_digits(nine := f"{day:02}0190124"))]
    small.write(datagrunnlag=[{**ROWS["datagrunnlag"][0], "Setning": ", ".join(many)}])
    (hit,) = numbers(small, "evidence")
    assert hit.found.count("*****") == persons.MOST_SHOWN
    assert f"og {len(many) - persons.MOST_SHOWN} til" in hit.found


# --- names


@pytest.mark.parametrize(
    "sentence",
    [
        "Kari Nordmann sa at hun fikk hjelp.", "Vi snakket med Kari Nordmann.", "Kari Nordmanns vedtak er fra 2020.",
        "Ifølge Ola Nordmann er det slik.", "Anne-Marie Nordmann", "Jan Erik Nordmann", "Kari M. Nordmann", "Kari\nNordmann",
        "Kari\u00a0Nordmann", "\u200fKari\u200f Nordmann", "A\u030age Nordmann", "Fatima Al-Zahrani", "Mohammed Ali",
        "«Kari Nordmann» gråt.", "Per Hansen", "Dag Olsen", "Per Arne Nordmann", "Liv Haugen", "fulgte Kari Nordmann hjem",
        "mor A. Nordmann", "Leder A.B. Nordmann", "pårørende: K. Nordmann", "teamleder O. J. Nordmann", "pasienten NN Nordmann",
    ],
)  # fmt: skip
def test_the_name_of_a_person(sentence: str) -> None:
    assert list(person_names(readable(sentence)))


@pytest.mark.parametrize(
    "sentence",
    [
        "Leder for NAV og leder ved DPS", "Olav Tryggvasons gate 5", "Karl Johans gate", "Maria Legesenter", "Sankt Olav Skole",
        "Marte Meo", "Jan Mayen", "Kong Harald Gaardsson", "Kirkens Bymisjon", "Blå Kors", "Mental Helse Vest",
        "prosjektet Ida Nordmann", "Sigrid Undset-huset", "Per Dato", "Per Hamar", "Dag Og Natt", "Finn Fram", "Mai NAV", "Liv Laga",
        "Kari og Ola", "Kari, Nordmann", "Kari. Nordmann kom.", "Kari", "Nordmann", "kari nordmann", "Kari NAV", "Helge Ås-modellen",
        "Ida Nordmann (2014) viser det.", "Kari Nordmann mfl. 2019", "professor Kari Nordmann", "helseminister Kari Nordmann",
        "Med hilsen Kari Nordmann", "A. Nordmann", "leder NAV Hamar", "avsnitt A. Nordmann", "Helse- og omsorgstjenesteloven § 3-1",
        "Individuell Plan", "Rask Psykisk Helsehjelp", "Psykisk Helse og Rus", "Team Ung", "Erik Nordmanns skole",
    ],
)  # fmt: skip
def test_what_is_no_persons_name(sentence: str) -> None:
    assert list(person_names(sentence)) == []


def test_a_name_in_a_cell_or_a_text(small: Small) -> None:
    small.write(
        {
            "p1": "# Datagrunnlag\n\nVi har lest\nat Kari Nordmann og Ola Nordmann klaget,\nog Kari Nordmann fikk svar.\n"
        },
        datagrunnlag=[{**ROWS["datagrunnlag"][0], "Setning": "Kari Nordmann har klaget."}],
    )
    (cell,) = names(small, "evidence")
    assert (cell.place.row, cell.found) == ("d1", "Her står «Kari Nordmann»")
    (paragraph,) = names(small, "")
    assert (paragraph.place.line, paragraph.found) == (4, "Her står «Kari Nordmann» og «Ola Nordmann»")


def test_authors_and_the_team_are_known(small: Small) -> None:
    """A source has an author; those who make the audit sign it."""
    small.write(
        {"method": "Undersøkelsen er gjort av Kari Nordmann og Ola Nordmann.\n"},
        kilder=[{**ROWS["kilder"][0], "Tittel": "Brukere i kommunen, Kari Nordmann", "Utsteder": "Kari Nordmann"}],
    )
    params = small.root / "params" / "liten.yaml"
    team = "team:\n  - {rolle: utøvende, navn: Kari Nordmann}\n"
    params.write_text(params.read_text(encoding="utf-8") + team, encoding="utf-8")
    assert names(small, "sources") == []
    assert [hit.found for hit in names(small, "")] == ["Her står «Ola Nordmann»"]


def test_a_matrix_cell_of_words_is_read(small: Small) -> None:
    small.write(
        kontrollpunkter=[{"Id": "ip", "Utvalg": "u1", "Tekst": "Plan", "Slag": "tekst", "Personvern": "helse"}],
        saker=[{"Id": "s1", "Utvalg": "u1", "ip": "Koordinator Kari Nordmann"}],
    )
    (hit,) = names(small, "cases")
    assert hit.place.column == "ip"


@pytest.mark.parametrize(
    "cell", ["Kari Nordmann", "Nordmann, Kari", "Dag Nordmann", "K. Nordmann", "Kari", "leder; Kari Nordmann",
             "leder Kari Nordmann", "Fatima A."],
)  # fmt: skip
def test_a_name_where_a_role_belongs(small: Small, cell: str) -> None:
    small.write(intervjuer=[{**ROWS["intervjuer"][0], "Rolle(r)": cell}])
    (hit,) = persons.names_for_roles(gather(small.load()), "interviews")
    assert (hit.place.row, hit.place.column) == ("i1", "Rolle(r)")
    assert names(small, "interviews") == []


@pytest.mark.parametrize(
    "cell", ["leder", "Leder TTH", "Soneleder HBO", "NAV", "Mental Helse", "Kirkens Bymisjon", "SLT-koordinator", "kommunen", "",
             "Kommunedirektør; kommunalsjef", "sju ansatte og ledere", "ikke oppgitt", "Institusjonstjenesten (sendt til leder)",
             "Dag", "Rådmann"],
)  # fmt: skip
def test_a_role_is_no_name(small: Small, cell: str) -> None:
    small.write(intervjuer=[{**ROWS["intervjuer"][0], "Rolle(r)": cell}])
    assert list(persons.names_for_roles(gather(small.load()), "interviews")) == []


def test_the_given_names_are_a_list_of_names() -> None:
    known = given_names()
    assert 400 <= len(known) <= 800
    assert {"kari", "ola", "fatima", "mohammed"} <= known.keys()
    assert [name for name in ("per", "dag", "liv", "mai", "finn") if not known[name]] == []


def test_a_name_is_told_whole() -> None:
    text = "Kari Nordmann Vangen og Ola De Nordmann\nPsykisk helse, med Ida Ali Kari Lie"
    assert [name for _, name in person_names(text)] == ["Kari Nordmann Vangen", "Ola De Nordmann", "Ida Ali Kari Lie"]


# --- rows and cells


POINTS = [
    {"Id": "aar", "Utvalg": "u1", "Tekst": "Startår", "Slag": "år", "Personvern": "person"},
    {"Id": "ip", "Utvalg": "u1", "Tekst": "Plan", "Slag": "ja/nei", "Personvern": "helse"},
    {"Id": "enhet", "Utvalg": "u1", "Tekst": "Enhet", "Slag": "tekst", "Personvern": "ingen"},
]


def cases(*rows: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"Id": f"s{n}", "Utvalg": "u1", "aar": a, "ip": b, "enhet": c} for n, (a, b, c) in enumerate(rows, start=1)]


def unique(small: Small, *rows: tuple[str, str, str]) -> list[Hit]:
    small.write(kontrollpunkter=POINTS, saker=cases(*rows))
    return list(persons.unique_cases(gather(small.load()), "cases"))


def test_unique_rows_are_told_once_with_the_columns_that_make_them_so(small: Small) -> None:
    (hit,) = unique(small, ("2010", "Ja", "A"), ("2010", "Nei", "A"), ("2011", "Ja", "A"), ("2011", "Ja", "B"))
    assert hit.found == "u1: 2 av 4\u00a0rader er unike når aar og ip leses sammen"
    (hit,) = unique(small, ("2010", "Ja", "A"), ("2011", "Ja", "A"))
    assert hit.found == "u1: alle 2\u00a0rader er unike når aar leses alene"


def test_rows_that_share_their_values_are_silent(small: Small) -> None:
    assert unique(small, ("2010", "Ja", "A"), ("2010", "Ja", "B")) == []


def cells(small: Small, *rows: dict[str, str], **registers: list[dict[str, str]]) -> list[Hit]:
    filled = [{"Per dato": "2021", "Kilde": "plan", "Hva": "Brukere", "Enhet": "brukere", **row} for row in rows]
    small.write(tall=filled, **registers)
    return list(persons.small_cells(gather(small.load()), "quantities"))


WHOLE = {"Id": "alle", "Verdi": "30"}
PART = {"Id": "del", "Gruppe": "Unge", "Del av": "alle"}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("0", ""), ("1", "Brukere (Unge): 1"), ("4", "Brukere (Unge): 4"), ("5", ""), ("25", ""),
        ("26", "Brukere (Unge): 26 av 30, så resten er 4"), ("29", "Brukere (Unge): 29 av 30, så resten er 1"), ("30", ""),
    ],
)  # fmt: skip
def test_few_persons_in_a_cell_or_in_the_rest(small: Small, value: str, told: str) -> None:
    found = cells(small, WHOLE, {**PART, "Verdi": value})
    assert [told in hit.found for hit in found] == ([True] if told else [])


@pytest.mark.parametrize(
    "silent",
    [
        {"Enhet": "ansatte"}, {"Enhet": "årsverk"}, {"Enhet": "stillinger"}, {"Enhet": "boliger"}, {"Enhet": "intervjuer"},
        {"Enhet": "brukere per uke"}, {"Hva": "Brukerrepresentanter"}, {"Hva": "Ansatte som er med", "Enhet": "personer"},
        {"Grense": "ca."}, {"Verdi": "2–4"}, {"Verdi": ""}, {"Verdi": "to"}, {"Hva": "Brukere trukket ut i utvalget"},
        {"Gruppe": "", "Del av": ""},
    ],
)  # fmt: skip
def test_staff_rates_samples_and_rounded_numbers_are_silent(small: Small, silent: dict[str, str]) -> None:
    assert cells(small, WHOLE, {**PART, "Verdi": "3", **silent}) == []


def test_a_count_of_a_sample_is_no_small_cell(small: Small) -> None:
    """«1 av 15», drawn from 151: nobody knows who was drawn."""
    sample = {"Id": "u1", "Hva": "Saker", "Populasjon N": "151", "n": "15", "Trekkemåte": "tilfeldig"}
    assert cells(small, {"Id": "med", "Gruppe": "Med plan", "Verdi": "1", "Av": "u1"}, utvalg=[sample]) == []
    of_drawn = [
        {"Id": "sett", "Verdi": "15", "Av": "u1"},
        {"Id": "med", "Gruppe": "Plan", "Verdi": "1", "Del av": "sett"},
    ]
    assert cells(small, *of_drawn, utvalg=[sample]) == []


def test_rows_that_are_parts_of_each_other_end(small: Small) -> None:
    ring = [{"Id": "a", "Verdi": "2", "Del av": "b", "Gruppe": "A"}, {"Id": "b", "Verdi": "9", "Del av": "a"}]
    assert len(cells(small, *ring)) == 1


def test_told_once_for_a_table(small: Small) -> None:
    rows = [{"Id": f"r{n}", "Gruppe": f"G{n}", "Verdi": "2", "Tabell": "t"} for n in range(9)]
    (hit,) = cells(small, *rows, {"Id": "stor", "Gruppe": "X", "Verdi": "40", "Tabell": "t"})
    assert hit.found.startswith("Tabellen «t». Brukere (G0): 2; ")
    assert "og 4\u00a0celler til" in hit.found
    assert len(hit.touches) == 8


@pytest.mark.parametrize(
    ("value", "bound", "told"), [("", "", True), ("5", "under", True), ("2", "", False), ("3", "ca.", False)]
)
def test_a_cell_held_back_that_the_rest_gives_away(small: Small, value: str, bound: str, told: bool) -> None:
    """30 in all, 12 and 14 in two parts: the third is 4, whatever its cell says."""
    held = {
        "Id": "c",
        "Gruppe": "Sone sør",
        "Del av": "alle",
        "Verdi": value,
        "Grense": bound,
        "Mangler fordi": "Verdi: få",
    }
    parts = [{"Id": id, "Gruppe": id, "Del av": "alle", "Verdi": n} for id, n in (("a", "12"), ("b", "14"))]
    found = cells(small, {**WHOLE, "Delene utgjør hele": "Ja"}, *parts, held)
    assert any("er holdt tilbake" in hit.found for hit in found) is told


def test_two_cells_held_back_hide_each_other(small: Small) -> None:
    held = [{"Id": id, "Gruppe": id, "Del av": "alle", "Verdi": ""} for id in "cd"]
    part = {"Id": "a", "Gruppe": "a", "Del av": "alle", "Verdi": "22"}
    assert cells(small, {**WHOLE, "Delene utgjør hele": "Ja"}, part, *held) == []
    assert cells(small, WHOLE, {**part, "Verdi": "24"}, held[0]) == [], "nobody says that the parts are all"


USER = {**ROWS["intervjuer"][0], "Rolle(r)": "bruker", "Enhet": "Dagsenteret"}


def roles(small: Small, *rows: dict[str, str], fact: str = "Kommunen har en plan.") -> list[Hit]:
    small.write(intervjuer=list(rows), datagrunnlag=[{**ROWS["datagrunnlag"][0], "Setning": fact}])
    return list(persons.unique_roles(gather(small.load()), "interviews"))


def test_the_only_user_of_a_unit(small: Small) -> None:
    (hit,) = roles(small, USER)
    assert hit.found == "«bruker» er én person, og hører til «Dagsenteret»"
    (hit,) = roles(small, {**USER, "Enhet": ""}, fact="Brukeren fikk en diagnose i 2019.")
    assert hit.found.endswith("er kilde til helseopplysninger i d1")
    assert [place.row for place in hit.touches] == ["d1"]


@pytest.mark.parametrize(
    "silent",
    [
        {"Enhet": ""}, {"Enhet": "Liten kommune"}, {"Antall personer": "3"}, {"Antall personer": ""}, {"Antall personer": "ca. 1"},
        {"Gjengis som": "siteres ikke"}, {"Ikke gjennomført fordi": "syk"}, {"Rolle(r)": "leder"}, {"Rolle(r)": "brukerkonsulent"},
        {"Rolle(r)": "leder av brukerutvalget"}, {"Rolle(r)": "brukerorganisasjon for pårørende"},
    ],
)  # fmt: skip
def test_staff_groups_and_users_without_a_unit_are_silent(small: Small, silent: dict[str, str]) -> None:
    assert roles(small, {**USER, **silent}) == []


def test_six_users_of_one_unit_are_a_group(small: Small) -> None:
    assert roles(small, *({**USER, "Id": f"i{n}"} for n in range(1, 7))) == []


# --- health in words


def health(small: Small, sentence: str) -> list[Hit]:
    small.write({"p1": f"# Datagrunnlag\n\nTo linjer.\n{sentence}\n\n# Vurdering\n\nGodt.\n"})
    return list(persons.health_of_a_role(gather(small.load()), ""))


@pytest.mark.parametrize(
    ("sentence", "role"),
    [
        ("Kommunalsjefen har hatt permisjon på grunn av alvorlig sykdom.", "Kommunalsjefen"),
        ("SLT-koordinatoren var langtidssykmeldt i 2021.", "koordinatoren"),
        ("Enhetslederen opplyser at hun er utbrent.", "Enhetslederen"), ("Rådmannens sykefravær varte lenge.", "Rådmannen"),
        ("På grunn av sykdom har ruskonsulenten vært borte.", "ruskonsulenten"), ("Psykologen, som lider av angst, har sluttet.", "Psykologen"),
        ("Avdelingsleder sliter med rusproblemer.", "Avdelingsleder"), ("Rektor ble innlagt i mai.", "Rektor"),
        ("Lederen for psykisk helse og rus har i lengre tid vært sykmeldt.", "Lederen"), ("Leder TTH har kreft.", "Leder"),
        ("Leiaren har vore sjukmeld sidan hausten.", "Leiaren"), ("Det skyldes sykmelding hos fagansvarlig rus.", "fagansvarlig"),
        ("Soneleder HBO er under\nbehandling for depresjon.", "Soneleder"),
    ],
)  # fmt: skip
def test_the_health_of_the_one_who_holds_a_role(small: Small, sentence: str, role: str) -> None:
    (hit,) = health(small, sentence)
    assert hit.found == f"Setningen sier noe om helsen til «{role}», en rolle som én person har"
    assert (hit.place.register, hit.place.line) == ("text/p1.md", 4)


def test_the_message_does_not_repeat_the_illness(small: Small) -> None:
    (hit,) = health(small, "Kommuneoverlegen har hatt psykose.")
    assert "psykose" not in f"{hit.found} {hit.expected} {hit.do}"


@pytest.mark.parametrize(
    "sentence",
    [
        "Lederen forteller at flere ansatte er sykmeldt.", "Koordinatoren følger opp brukere som er sykmeldt.",
        "Når lederen er syk, tar en annen over.", "En leder kan bli sykmeldt.", "Lederen er ikke sykmeldt.", "Ledere er sykmeldt.",
        "Lederen har ansvar for tilbudet til personer med depresjon.", "Psykologen behandler angst og depresjon hos unge.",
        "Koordinator har kompetanse på psykiske lidelser.", "Virksomhetslederen sier at virksomheten har lavt sykefravær.",
        "Ruskonsulenten har oppfølging av pasienter under behandling for avhengighet.", "Kommunen har ingen leder som er sykmeldt.",
        "Koordinatoren har diagnoselister.", "Saksbehandleren har saken under behandling for nemnda.", "Lederen er ansvarlig for sykmeldte.",
        "NAV-lederen ønsker tettere dialog med fastlegene om sykmelding.", "Pasientens lege har kreft som felt.", "Legen stiller diagnosen.",
        "Lederen er opptatt av at brukerne ikke blir syke.", "Lederen har et team for psykiske lidelser.", "Tjenesten har høyt sykefravær.",
    ],
)  # fmt: skip
def test_the_illness_of_others_or_of_nobody(small: Small, sentence: str) -> None:
    assert health(small, sentence) == []


def test_health_in_a_statement(small: Small) -> None:
    small.write(datagrunnlag=[{**ROWS["datagrunnlag"][0], "Setning": "Planen er ny. Rådmannen er sykmeldt."}])
    (hit,) = persons.health_of_a_role(gather(small.load()), "evidence")
    assert (hit.place.row, hit.place.column) == ("d1", "Setning")


def few(small: Small, sentence: str, **registers: list[dict[str, str]]) -> list[str]:
    small.write({"p1": f"# Datagrunnlag\n\n{sentence}\n\n# Vurdering\n\nGodt.\n"}, **registers)
    return [hit.found for hit in persons.few_in_a_sentence(gather(small.load()), "")]


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("To av de 14 unge brukerne har schizofreni.", "To av de 14 unge brukerne"),
        ("Det er fire kvinner som har fått diagnosen epilepsi.", "fire kvinner"),
        ("Tre pasienter er under behandling for psykose.", "Tre pasienter"), ("I 2021 tok 2 ungdommer selvmord.", "2 ungdommer"),
        ("Én bruker har vært tvangsinnlagt.", "Én bruker"), ("Blant elevene er det fire barn med autisme.", "fire barn"),
        ("Av brukerne under 18 år har tre vært innlagt for psykose.", "Av brukerne under 18 år har tre vært"),
        ("Av pasientane i sone nord er to innlagde med psykose.", "Av pasientane i sone nord er to innlagd"),
    ],
)  # fmt: skip
def test_few_users_in_a_sentence_about_health(small: Small, sentence: str, told: str) -> None:
    assert few(small, sentence) == [f"«{told}» står sammen med en opplysning om helse"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Tre av ti brukere er fornøyde.", "Boligen har plass til fire brukere med psykiske lidelser.", "Fem pasienter har psykose.",
        "Kommunen har to team for barn med angst.", "Vi intervjuet tre brukere med rusproblemer.", "Barnet er 3 år og har autisme.",
        "I 2014 hadde 14 brukere psykose.", "Kommunen har tre tilbud til unge med depresjon.", "En bruker med psykose får hjelp.",
        "Brukere med psykiske lidelser venter i to uker.", "Det er tre ansatte for unge med spiseforstyrrelser.",
        "Av brukerne med depresjon har to tredeler fått hjelp.", "Det gis fire timer til personer med angst.",
        "I utvalget har to brukere psykose.",
    ],
)  # fmt: skip
def test_places_informants_samples_and_many_are_silent(small: Small, sentence: str) -> None:
    assert few(small, sentence) == []


def test_few_by_reference(small: Small) -> None:
    """The number stands in Tall; the sentence only names it."""
    count = {
        "Id": "innlagte",
        "Hva": "Brukere innlagt med psykose",
        "Enhet": "brukere",
        "Verdi": "3",
        "Per dato": "2021",
        "Kilde": "plan",
    }
    sample = {"Id": "u1", "Hva": "Saker", "Populasjon N": "151", "n": "15", "Trekkemåte": "tilfeldig"}
    said = "Det gjaldt {{innlagte}} i 2021."
    (found,) = few(small, said, tall=[count])
    assert found == "«Brukere innlagt med psykose: 3» står sammen med en opplysning om helse"
    assert few(small, said, tall=[{**count, "Verdi": "30"}]) == []
    assert few(small, said, tall=[{**count, "Av": "u1"}], utvalg=[sample]) == []


# --- values of cases


KINDS = [
    {"Id": id, "Utvalg": "u1", "Tekst": id, "Slag": kind, "Personvern": "person"}
    for id, kind in (("aar", "år"), ("antall", "tall"), ("ip", "ja/nei"), ("ord", "tekst"))
]


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("aar", "2014", ""), ("aar", "13.11.2014", "dato"), ("aar", "11.2014", "dato"), ("aar", "våren 2014", "dato"),
        ("aar", "2014-11-13", "dato"), ("aar", "ca. 11/2014", "dato"), ("aar", "2010–2012", "verdi"), ("aar", "ukjent", "verdi"),
        ("antall", "3", ""), ("antall", "2,5", ""), ("antall", "Ja", "verdi"), ("antall", "ca. 3", "verdi"), ("ip", "Ja", ""),
        ("ip", "Ikke dokumentert", ""), ("ip", "Delvis", "verdi"), ("ip", "ja", "verdi"), ("ord", "Vedtak om plan", ""),
        ("ord", "Vedtak 13.11.2014", "dato"), ("ord", "Vedtak i 2014", ""),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_or_a_date(small: Small, column: str, value: str, told: str) -> None:
    """Each is told by one check: what could make a case its person's, or what is no value of the point."""
    small.write(kontrollpunkter=KINDS, saker=[{"Id": "s1", "Utvalg": "u1", column: value}])
    evidence = gather(small.load())
    assert {"dato-i-saker", "kontrollpunkt-verdi"} <= small.load().schema.checks()
    dates = [hit.place.column for hit in persons.dates_of_cases(evidence, "cases")]
    values = [hit.place.column for hit in samples.outside_the_scale(evidence, "cases")]
    assert dates == ([column] if told == "dato" else [])
    assert values == ([column] if told == "verdi" else [])
    assert list(structure.wrong_types(evidence, "cases")) == []


# --- bad input


@pytest.mark.parametrize(
    "text",
    ["Kari Nordmann " * 70_000, "A" * 1_000_000, "Aa-" * 330_000, "A. " * 330_000, "010190 " * 140_000, "0" * 1_000_000,
     "mor " * 250_000, "a" * 1_000_000, "\u200f" * 1_000_000, "０" * 300_000, "Kari " * 200_000, f"{NUMBER} " * 80_000],
)  # fmt: skip
def test_a_megabyte_takes_its_time_but_once(small: Small, text: str) -> None:
    """Every pattern is linear: a paragraph of a million characters is read in seconds, and told once."""
    small.write(datagrunnlag=[{**ROWS["datagrunnlag"][0], "Setning": text}])
    evidence = gather(small.load())
    begun = time.monotonic()
    found = [*persons.names_of_persons(evidence, "evidence"), *persons.identity_numbers(evidence, "evidence")]
    assert time.monotonic() - begun < 10
    assert len(found) <= 1


@pytest.mark.parametrize(
    "text",
    ["lederen er " * 90_000, "leder " * 160_000, "en leder er syk " * 20_000, "lederen har alvorlig " * 45_000, "tre " * 250_000,
     "av brukere " * 90_000, "av 1 " * 200_000, "syk " * 250_000, "permisjon " * 100_000, "a" * 1_000_000, "under behandling for " * 45_000],
)  # fmt: skip
def test_a_megabyte_about_health_is_read_once(small: Small, text: str) -> None:
    small.write(datagrunnlag=[{**ROWS["datagrunnlag"][0], "Setning": f"{text} angst"}])
    evidence = gather(small.load())
    begun = time.monotonic()
    found = [*persons.health_of_a_role(evidence, "evidence"), *persons.few_in_a_sentence(evidence, "evidence")]
    assert time.monotonic() - begun < 20
    assert len({(hit.place, hit.found[:40]) for hit in found}) <= 2


def test_empty_registers_and_missing_columns_are_silent(small: Small) -> None:
    small.write(tall=[], intervjuer=[], saker=[], kontrollpunkter=[])
    evidence = gather(small.load())
    for check in (persons.small_cells, persons.unique_roles, persons.unique_cases, persons.names_for_roles):
        for register in ("quantities", "interviews", "cases"):
            assert [hit for hit in check(evidence, register) if "Brukere" in hit.found] == []
