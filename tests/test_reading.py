"""Reading Norwegian prose: amounts, bounds, fractions, sentences, quantifiers, voice and obligation, nb and nn."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROWS, Small
from helpers.gate import gather
from helpers.message import Place
from helpers.numbers import Number
from helpers.params import Thresholds
from helpers.passages import Passage, read_sentences
from helpers.populations import counted, in_cases, in_surveys, informants, interviews_held
from helpers.quantifiers import holds, n_of_base
from helpers.reading import (
    LONGEST_SENTENCE,
    Amount,
    content,
    covers,
    fraction,
    modality,
    read_amounts,
    read_quantifiers,
    sentences,
    stem,
    voice,
)
from helpers.words import Words

UNITS = frozenset({stem("vedtak"), stem("kroner")})
MEGABYTE = 1_000_000
always_alike = settings(derandomize=True, database=None, deadline=None)
languages = st.sampled_from([Words("nb"), Words("nn")])


def short(amount: Amount) -> str:
    """An amount on one line: «about 94 prosent», «19 av 151», «30-37 prosent»."""
    number = amount.number
    value = f"{number.value}-{number.high}" if number.high is not None else str(number.value)
    kind = "" if number.kind in ("exact", "interval") else number.kind
    base = f"av {amount.base.value}" if amount.base else ""
    return " ".join(part for part in (kind, value, base, amount.unit) if part)


def read(text: str) -> list[str]:
    return [short(amount) for amount in read_amounts(text, UNITS)]


# --- amounts


@pytest.mark.parametrize(("text", "amounts"), [
    ("Det er 30 vedtak og 12,5 årsverk.", ["30", "12.5"]), ("Det er 1 096 saker.", ["1096"]), ("Det er 1\u00a0096.", ["1096"]),
    ("Ti brukere, null klager.", ["10", "0"]), ("tjueto ansatte", ["22"]), ("sju og syv", ["7", "7"]), ("femtiein brukarar", ["51"]),
    ("søttito og tredve og tyve", ["72", "30", "20"]), ("hundre og femti brukere", ["150"]), ("to tusen fem hundre kroner", ["2500"]),
    ("én million", ["1000000"]), ("to og en halv stilling", ["2.5"]), ("halvannet år", ["1.5"]), ("halvtanna år", ["1.5"]),
    ("1,5 millioner kroner", ["1.5"]), ("per tusen innbyggere", []), ("Prisen er 2000 kroner.", ["2000"]),
])  # fmt: skip
def test_amounts_are_read_in_digits_and_in_words(text: str, amounts: list[str]) -> None:
    assert read(text) == amounts


@pytest.mark.parametrize(("text", "amounts"), [
    ("En av informantene sa det.", []), ("Ei kvinne og ein mann.", []), ("Det er et tiltak.", []), ("Én av ni", ["1 av 9"]),
    ("ein av ni", ["1 av 9"]), ("éin av ni", ["1 av 9"]), ("et hundre", ["100"]),
])  # fmt: skip
def test_one_is_an_article_unless_it_is_one_of_n(text: str, amounts: list[str]) -> None:
    assert read(text) == amounts


@pytest.mark.parametrize(("text", "amounts"), [
    ("19 av 151", ["19 av 151"]), ("to av syv", ["2 av 7"]), ("åtte av dei ti", ["8 av 10"]), ("3 av i alt 10", ["3 av 10"]),
    ("8 av våre 15", ["8 av 15"]), ("19 (inkludert barn) av 151", ["19 av 151"]), ("ca. 8 av 15", ["about 8 av 15"]), ("8 vedtak av 15", ["8", "15"]),
])  # fmt: skip
def test_n_of_n_is_one_amount(text: str, amounts: list[str]) -> None:
    assert read(text) == amounts


@pytest.mark.parametrize(("text", "amounts"), [
    ("10–15 brukere", ["10-15"]), ("35-40 prosent", ["35-40 prosent"]), ("mellom 10 og 15", ["10-15"]), ("fra 10 til 15", ["10-15"]),
    ("frå ti til femten brukarar", ["10-15"]), ("mellom ti og femten", ["10-15"]), ("10 og 15 brukere", ["10", "15"]),
    ("fra 15 til 10", ["15", "10"]),
])  # fmt: skip
def test_an_interval_is_one_amount(text: str, amounts: list[str]) -> None:
    assert read(text) == amounts


@pytest.mark.parametrize(("text", "amounts"), [
    ("12,5 %", ["12.5 prosent"]), ("12,5%", ["12.5 prosent"]), ("fem prosent", ["5 prosent"]), ("12,5 pst.", ["12.5 prosent"]),
    ("2 prosentpoeng", ["2 prosentpoeng"]), ("to prosenteiningar", ["2 prosentpoeng"]), ("19 av 151 (12,6 %)", ["19 av 151", "12.6 prosent"]),
    ("prosenten er 10", ["10"]),
])  # fmt: skip
def test_percent_and_percentage_points_are_told_apart(text: str, amounts: list[str]) -> None:
    assert read(text) == amounts


@pytest.mark.parametrize(("text", "amounts"), [
    ("en tredel", ["30-37 prosent"]), ("ein tredjedel", ["30-37 prosent"]), ("to tredeler", ["63-70 prosent"]), ("to tredelar", ["63-70 prosent"]),
    ("en fjerdedel", ["22-28 prosent"]), ("ein kvart", ["22-28 prosent"]), ("halvparten", ["50 prosent"]),
    ("nesten halvparten", ["at most 50 prosent"]), ("om lag halvparten", ["about 50 prosent"]), ("over halvparten", ["50-100 prosent"]),
    ("under en tredel", ["0-37 prosent"]), ("mer enn to tredeler", ["63-100 prosent"]),
])  # fmt: skip
def test_a_fraction_in_words_is_a_band_of_per_cent(text: str, amounts: list[str]) -> None:
    assert read(text) == amounts


BOUNDS = {
    "about": ["ca.", "ca", "om lag", "omtrent", "rundt", "omkring", "kring", "anslagsvis"],
    "at most": ["i underkant av", "nærmere", "nesten", "knapt", "snaut", "opp mot", "inntil", "opptil", "høyst"],
    "less": ["under", "mindre enn", "færre enn"],
    "more": [
        "over",
        "i overkant av",
        "mer enn",
        "meir enn",
        "flere enn",
        "fleire enn",
        "drøyt",
        "drygt",
        "godt og vel",
    ],
    "at least": ["minst", "minimum"],
}


@pytest.mark.parametrize(("word", "kind"), [(word, kind) for kind, words in BOUNDS.items() for word in words])
@pytest.mark.parametrize("number", ["94", "1 200", "tjue", "12,5 %", "8 av 15"])
def test_a_bound_before_a_number_stays_with_it(word: str, kind: str, number: str) -> None:
    for said in (word, word.capitalize()):
        (amount,) = read_amounts(f"{said} {number}")
        assert (amount.number.kind, amount.written) == (kind, number)


@pytest.mark.parametrize("text", [
    "liste over 12 tiltak", "oversikt over 12 tiltak", "fordelt over 12 brukere", "tover 12",
])  # fmt: skip
def test_over_is_no_bound_where_it_means_about(text: str) -> None:
    assert read(text) == ["12"]


@pytest.mark.parametrize("text", [
    "I 2022 var det slik.", "perioden 2017–2019", "budsjettet for 2021-22", "per 31.12.2021", "13.11.2014", "1. juni 2018", "den 3. mars", "11. 2014",
    "hol § 3-1", "§§ 7-1, 7-2 og 7-3", "§§ 4 til 7", "sak 33/14", "nr. 4", "side 12", "Meld. St. 26", "P1 og K12", "tabell 3", "24/7", "12-trinn",
    "2. klasse", "1. halvår", "RSK 001", "i 2021 vedtak", "fra 2021 vedtak", "1. Kommunen har planen.", "12) Planen", "2.", "",
])  # fmt: skip
def test_years_dates_paragraphs_and_names_with_numbers_are_no_amounts(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(("text", "amounts"), [
    ("2021 vedtak", ["2021"]), ("2021 personer", []), ("Det var 2021 vedtak i 2020.", ["2021"]),
])  # fmt: skip
def test_four_digits_are_an_amount_only_before_a_unit(text: str, amounts: list[str]) -> None:
    assert read(text) == amounts


@pytest.mark.parametrize("text", [
    "١٢ brukere", "１２ brukere", "½ time", "1" * 40, "10 000 000 000 000 000", "12,1234567", "a12b", "²",
])  # fmt: skip
def test_what_is_no_number_of_ours_is_left_unread(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(("printed", "holds_for", "not_for"), [
    (Number(Decimal(94), "about"), ["93.5", "94", "94.5"], ["93.4", "94.6"]), (Number(Decimal(200), "about"), ["190", "210"], ["189", "211"]),
    (Number(Decimal(100), "at most"), ["90", "100"], ["89.9", "100.1"]), (Number(Decimal(100), "less"), ["90", "99.9"], ["89", "100"]),
    (Number(Decimal(100), "more"), ["100.1", "110"], ["100", "110.1"]), (Number(Decimal(100), "at least"), ["100", "500"], ["99.9"]),
    (Number(Decimal("12.5")), ["12.5", "12.50"], ["12.6"]), (Number(Decimal(35), "interval", Decimal(40)), ["35", "37", "40"], ["34.9", "40.1"]),
    (fraction(1, 3), ["30", "33.3", "37"], ["29", "38"]), (fraction(2, 3), ["63", "70"], ["62", "71"]),
])  # fmt: skip
def test_a_printed_number_covers_what_practice_lets_it(printed: Number, holds_for: list[str], not_for: list[str]) -> None:  # fmt: skip
    assert [value for value in holds_for if not covers(printed, Decimal(value))] == []
    assert [value for value in not_for if covers(printed, Decimal(value))] == []


# --- sentences, words, voice


@pytest.mark.parametrize(("text", "parts"), [
    ("Slik. Så.", ["Slik.", "Så."]), ("Er det slik? Ja! Nei.", ["Er det slik?", "Ja!", "Nei."]), ("Uten punktum", ["Uten punktum"]),
    ("Bl.a. NAV og f.eks. Helse. Ny.", ["Bl.a. NAV og f.eks. Helse.", "Ny."]), ("Den 3. mars kom den. Så.", ["Den 3. mars kom den.", "Så."]),
    ("Etter kap. 4 og nr. 5 i loven.", ["Etter kap. 4 og nr. 5 i loven."]),
    ("Planen gjelder til 2022. Så kom en ny.", ["Planen gjelder til 2022.", "Så kom en ny."]), ("", []), (" \n ", []),
])  # fmt: skip
def test_a_full_stop_after_an_abbreviation_or_ordinal_ends_no_sentence(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == parts


@pytest.mark.parametrize(("words", "one"), [
    (["bruker", "brukere", "Brukerne", "brukarane"], "bruk"), (["informant", "informantene", "informantar"], "informant"),
    (["sak", "saker", "sakene", "sakane"], "sak"), (["vedtak", "vedtaket", "vedtaka"], "vedtak"), (["år", "as"], None),
])  # fmt: skip
def test_forms_of_a_word_meet_in_their_stem(words: list[str], one: str | None) -> None:
    assert [stem(word) for word in words] == [one or word for word in words]


def test_content_is_the_words_that_carry_meaning() -> None:
    assert content("Kommunen har en plan for brukerne.") == content("planen, kommuner, bruker")
    assert content("Det er ikke slik at de har det.") <= {"slik"}
    assert content("") == content("1 2 3 …") == frozenset()


@pytest.mark.parametrize(("text", "key", "noun"), [
    ("alle informantene", "alle", "informanter"), ("samtlige saker", "alle", "saker"), ("kvar einaste sak", "alle", "saker"),
    ("alle de andre brukerne", "alle", "brukere"), ("ingen av sakene", "ingen", "saker"), ("ikkje nokon sak", "ingen", "saker"),
    ("begge to lederne", "begge", "ledere"), ("nesten alle saker", "nesten_alle", "saker"),
    ("de fleste av våre informanter", "de_fleste", "informanter"), ("dei fleste sakene", "de_fleste", "saker"),
    ("brorparten av sakene", "de_fleste", "saker"), ("over halvparten av sakene", "flertallet", "saker"),
    ("fleirtalet av sakene", "flertallet", "saker"), ("om lag halvparten av sakene", "om_lag_halvparten", "saker"),
    ("eit mindretal av sakene", "et_mindretall", "saker"), ("fleire saker", "flere", "saker"), ("nokre saker", "noen", "saker"),
    ("enkelte saker", "enkelte", "saker"), ("mange saker", "mange", "saker"), ("svært få saker", "få", "saker"),
])  # fmt: skip
def test_a_quantifier_is_read_with_the_noun_it_counts(text: str, key: str, noun: str) -> None:
    (found,) = read_quantifiers(f"Her er {text} omtalt.")
    assert (found.key, found.nouns[0]) == (key, stem(noun))


@pytest.mark.parametrize("text", ["alltid", "ingenting", "allerede", "fleksibel", "", "begges"])
def test_a_word_that_only_begins_like_a_quantifier_is_none(text: str) -> None:
    assert read_quantifiers(text) == []


@pytest.mark.parametrize(("sentence", "who"), [
    ("Alle har plan.", "own"), ("Revisjonen mener at alle har plan.", "own"), ("Vi ser at alle har plan.", "own"),
    ("Lederen sier at alle har plan.", "reported"), ("Leiaren fortel at alle har plan.", "reported"), ("Ifølge lederen har alle plan.", "reported"),
    ("Det opplyses at alle har plan.", "reported"), ("Etter lederens syn har alle plan.", "reported"), ("Loven sier at alle skal ha plan.", "quoted"),
    ("Jf. § 3-1 skal alle ha plan.", "quoted"), ("«Alle har plan», står det.", "quoted"), ("Alle informanter sier at de har plan.", "own"),
    ("De svarer at alle informanter har plan.", "reported"),
])  # fmt: skip
def test_who_speaks_where_the_quantifier_stands(sentence: str, who: str) -> None:
    assert voice(sentence, sentence.lower().index("alle")) == who


@pytest.mark.parametrize(("text", "word"), [
    ("Kommunen skal ha plan.", "skal"), ("Loven krever plan.", "skal"), ("Kommunen plikter å ha plan.", "skal"), ("Kommunen må ha plan.", "må"),
    ("Kommunen bør ha plan.", "bør"), ("Det anbefales en plan.", "bør"), ("Kommunen kan ha plan.", "kan"), ("Kommunen har plan.", "er"),
    ("Kommunen bør, og kan, men skal ikke.", "skal"), ("", "er"), ("skallet", "er"),
])  # fmt: skip
def test_the_strongest_modal_word_is_the_obligation(text: str, word: str) -> None:
    assert modality(text) == word


@pytest.mark.parametrize(("key", "true", "false"), [
    ("alle", [(3, 3)], [(2, 3), (0, 0)]), ("ingen", [(0, 4)], [(1, 4)]), ("begge", [(2, 2)], [(3, 3), (1, 2)]), ("nesten_alle", [(9, 10)], [(8, 10)]),
    ("de_fleste", [(7, 10), (2, 3)], [(6, 10)]), ("flertallet", [(6, 10)], [(5, 10)]), ("halvparten", [(5, 10)], [(6, 10)]),
    ("om_lag_halvparten", [(11, 21), (45, 100)], [(44, 100)]), ("et_mindretall", [(4, 10)], [(5, 10), (0, 10)]),
    ("flere", [(3, 10), (7, 10)], [(1, 10)]), ("noen", [(2, 10)], [(0, 10)]), ("enkelte", [(2, 10)], [(6, 10), (0, 10)]), ("mange", [(1, 10)], []),
])  # fmt: skip
def test_a_quantifier_holds_where_the_numbers_bear_it(key: str, true: list[tuple[int, int]], false: list[tuple[int, int]]) -> None:  # fmt: skip
    assert [pair for pair in true if not holds(key, *pair, Thresholds())] == []
    assert [pair for pair in false if holds(key, *pair, Thresholds())] == []


# --- what an audit counts, and the passages it is counted in


def test_informants_are_those_of_interviews_that_were_held(small: Small) -> None:
    first, second = ROWS["intervjuer"]
    lead = {**first, "Id": "i3", "Rolle(r)": "avdelingsleder"}
    rows = [
        first,
        second,
        lead,
        {**lead, "Id": "i4"},
        {**lead, "Id": "i5", "Form": "e-post"},
        {**lead, "Id": "i6", "Ikke gjennomført fordi": "Syk"},
    ]
    audit = small.write(intervjuer=rows).load()
    assert [row.id for row in interviews_held(audit)] == ["i1", "i2", "i3", "i4"]
    assert {stem("informantene"), stem("avdelingslederne"), stem("ledere")} <= informants(audit)
    assert stem("rådgiverne") not in informants(audit)


def test_an_audit_counts_its_units_cases_and_people(small: Small) -> None:
    assert in_surveys(small.write().load()) == in_cases(small.load()) == frozenset()
    sample = {
        "Id": "u1",
        "Hva": "Vedtaksbrev om bolig",
        "Populasjon N": "4",
        "Trekkemåte": "alle",
        "Trukket av": "revisor",
        "n": "4",
    }
    audit = small.write(utvalg=[sample]).load()
    assert in_cases(audit) == {stem("vedtaksbrevene"), stem("saker"), stem("mapper"), stem("sakene")}
    assert {stem("vedtak"), stem("informanter"), stem("brukere")} <= counted(audit)
    assert stem("faser") not in counted(audit)


def test_a_sentence_knows_its_line_its_facts_and_its_sources(small: Small) -> None:
    small.write(text={"summary": "Først dette.\nSå {{i-alt}} vedtak. [@plan] Til slutt {{del-a}} til. [@i1, @i2]\n"})
    (paragraph,) = [passage for passage in gather(small.load()).paragraphs if passage.source == "summary"]
    read = list(read_sentences(paragraph))
    assert [sentence.place.line for sentence in read] == [1, 2, 2]
    assert [[id for _, _, id in sentence.facts] for sentence in read] == [
        [],
        ["quantities.i-alt"],
        ["quantities.del-a"],
    ]
    assert [sentence.cited for sentence in read] == [(), ("plan",), ("i1", "i2")]
    start, end, _ = read[1].facts[0]
    assert read[1].text[start:end] == "30"
    assert read[1].referred(start, end) == ("quantities.i-alt",)
    assert read[1].referred(end, end + 5) == ()


def test_a_cell_is_one_place(small: Small) -> None:
    (cell,) = gather(small.write().load()).passages("evidence")
    assert cell.at(5) == cell.place == Place("Datagrunnlag", "d1", "Setning", 2, "D2")


# --- laws that hold for any text

PIECES = ["alle", "ingen", "to", "av", "hundre", "og", "en halv", "12", "1 096", ",5", "%", "–", "§ 3-1", "«", "»", "{{", "}}", "[@", "ca.", "om lag", "2021",
          "prosent", ".", "!", "\n", "\u200f", "\u202e", "١٢", "３", "e\u0301", "\u00a0", "lederen sier", "tredel", "tre"]  # fmt: skip
any_text = st.one_of(
    st.text(),
    st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
)


@always_alike
@given(any_text)
def test_readers_answer_any_text_with_spans_inside_it_that_do_not_overlap(text: str) -> None:
    for spans in (
        [(amount.start, amount.end) for amount in read_amounts(text, UNITS)],
        [(word.start, word.end) for word in read_quantifiers(text)], sentences(text),
    ):  # fmt: skip
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert voice(text) in ("own", "reported", "quoted")
    assert modality(text) in ("skal", "må", "bør", "kan", "er")
    assert all(content(text))
    assert [s.text for s in read_sentences(Passage(Place("Tall"), text))] == [text[a:b] for a, b in sentences(text)]


@always_alike
@given(
    languages,
    st.decimals(0, 10**9, places=2) | st.integers(0, 10**12).map(Decimal),
    st.sampled_from(["", " %", " prosentpoeng", " brukere"]),
)
def test_a_number_printed_by_the_workbook_is_read_back(words: Words, value: Decimal, after: str) -> None:
    (amount,) = read_amounts(f"Det er {words.decimal(value)}{after}.")
    assert (amount.number.value, amount.number.places) == (value, Number(value).places)


@pytest.mark.parametrize("words", [Words("nb"), Words("nn")], ids=["nb", "nn"])
def test_a_number_word_of_the_workbook_is_read_back(words: Words) -> None:
    for value in (0, *range(2, 13)):
        assert read(f"Det er {words.number_word(Decimal(value))} brukere.") == [str(value)]


@always_alike
@given(languages, st.integers(1, 500), st.integers(2, 500))
def test_n_of_n_of_the_workbook_is_read_back(words: Words, n: int, base: int) -> None:
    (amount,) = read_amounts(f"Det gjelder {n_of_base(n, base, words, Thresholds())} saker.")
    assert amount.base
    assert (amount.number.value, amount.base.value) == (n, base)


@pytest.mark.parametrize("piece", ["a", "1", "{{", "[@«", "\u202e١", "Alle har 30 vedtak. "])
def test_a_megabyte_gives_an_answer(piece: str) -> None:
    text = (piece * MEGABYTE)[:MEGABYTE]
    assert len(read_amounts(text)) == len(read_quantifiers(text)) == text.count("30 ")
    assert "".join(text[start:end].replace(" ", "") for start, end in sentences(text)) == text.replace(" ", "")
    assert max(end - start for start, end in sentences(text)) <= LONGEST_SENTENCE
    assert (voice(text), modality(text)) == ("own", "er")
