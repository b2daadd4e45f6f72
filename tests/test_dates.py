"""Dates with the precision auditors give them."""

from datetime import date

import pytest

from helpers.dates import DateError, parse_date


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("13.11.2014", (2014, 11, 13), (2014, 11, 13)),
        ("11.2014", (2014, 11, 1), (2014, 11, 30)),
        ("2014", (2014, 1, 1), (2014, 12, 31)),
        ("2014-11-13", (2014, 11, 13), (2014, 11, 13)),
        ("1. juni 2018", (2018, 6, 1), (2018, 6, 1)),
        ("februar 2016", (2016, 2, 1), (2016, 2, 29)),
        ("våren 2022", (2022, 1, 1), (2022, 6, 30)),
        ("1. halvår 2021", (2021, 1, 1), (2021, 6, 30)),
        ("august–desember 2014", (2014, 8, 1), (2014, 12, 31)),
        ("2017–2019", (2017, 1, 1), (2019, 12, 31)),
        ("13.06.2022–07.07.2022", (2022, 6, 13), (2022, 7, 7)),
    ],
)
def test_a_date_is_the_first_and_last_day_it_can_mean(
    written: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    span = parse_date(written)
    assert (span.first, span.last) == (date(*first), date(*last))


@pytest.mark.parametrize("written", ["20022", "31.02.2020", "13.2020", "i fjor", "2019–2017", "32. mai 2020", "0420"])
def test_impossible_dates_are_refused(written: str) -> None:
    with pytest.raises(DateError):
        parse_date(written)
