"""Numbers, bounds and quantifiers as Norwegian reports write them."""

from decimal import Decimal

import pytest

from helpers.numbers import NumberError, parse_number, show_number, show_with_unit
from helpers.params import Thresholds
from helpers.quantifiers import n_of_base, quantifier
from helpers.words import LANGUAGES, NBSP, Words, _data

NB, NN, EN = (Words(language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("written", "value"),
    [("12,5", "12.5"), ("1 096", "1096"), ("1\u00a0096", "1096"), ("12,50", "12.50"), ("-3", "-3"), ("\u22123", "-3")],
)
def test_a_number_is_read_with_the_precision_it_was_written_with(written: str, value: str) -> None:
    assert parse_number(written).value == Decimal(value)
    assert str(parse_number(written).value) == value


def test_an_interval_keeps_both_ends() -> None:
    number = parse_number("35–40")
    assert (number.kind, number.value, number.high) == ("interval", 35, 40)
    assert show_number(number, NB) == "35–40"
    assert show_number(number.with_bound("ca."), NB) == f"ca.{NBSP}35–40"


@pytest.mark.parametrize("written", ["6.250", "12.5", "ca. 94", "åtte", "12,", ",5", "1 09", "1,2,3", "40–35", "½", ""])
def test_what_is_no_number_is_refused_with_what_to_write_instead(written: str) -> None:
    with pytest.raises(NumberError) as refused:
        parse_number(written)
    assert "12,5" in str(refused.value) or "Intervallet" in str(refused.value)


@pytest.mark.parametrize(("bound", "shown"), [("", "94"), ("ca.", "ca.\u00a094"), ("inntil", "inntil\u00a094")])
def test_the_bound_is_shown_with_the_number(bound: str, shown: str) -> None:
    assert show_number(parse_number("94").with_bound(bound), NB) == shown


def test_formats_follow_the_language() -> None:
    number = parse_number("1 096,50")
    assert show_number(number, NB) == show_number(number, NN) == f"1{NBSP}096,50"
    assert show_number(number, EN) == "1,096.50"


def test_percent_and_percentage_points_are_not_the_same() -> None:
    two = parse_number("2")
    assert show_with_unit(two, "prosent", NB) == f"2{NBSP}%"
    assert show_with_unit(two, "prosentpoeng", NB) == f"2{NBSP}prosentpoeng"
    assert show_with_unit(two, "prosentpoeng", EN) == f"2{NBSP}percentage points"
    assert show_with_unit(two, "vedtak", NB) == "2"


@pytest.mark.parametrize(
    ("n", "base", "word"),
    [
        (2, 2, "begge"), (3, 3, "alle"), (0, 4, "ingen"), (9, 10, "nesten alle"), (8, 9, "de fleste"), (5, 10, "halvparten"),
        (11, 21, "om lag halvparten"), (6, 10, "flertallet"), (2, 10, "enkelte"), (4, 10, "et mindretall"),
        (1, 9, "én av ni"), (1, 3, "én av tre"), (1, 15, "1 av 15"),
    ],
)  # fmt: skip
def test_quantifiers_say_what_n_of_n_says(n: int, base: int, word: str) -> None:
    assert quantifier(n, base, NB, Thresholds()).replace(NBSP, " ") == word


def test_words_to_twelve_and_digits_when_one_of_a_pair_is_larger() -> None:
    assert n_of_base(2, 9, NB, Thresholds()) == f"to{NBSP}av{NBSP}ni"
    assert n_of_base(0, 15, NB, Thresholds()) == f"ingen{NBSP}av{NBSP}15"
    assert n_of_base(8, 15, NB, Thresholds()) == f"8{NBSP}av{NBSP}15"
    assert n_of_base(1, 12, NN, Thresholds()) == f"éin{NBSP}av{NBSP}tolv"
    assert n_of_base(1, 12, EN, Thresholds()) == f"one{NBSP}of{NBSP}twelve"


def test_every_word_stands_in_three_languages() -> None:
    for section, terms in _data().items():
        for key, languages in terms.items():
            assert len(languages) == len(LANGUAGES), f"{section}.{key}"
