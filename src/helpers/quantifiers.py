"""Words for n of N: «begge», «de fleste», «åtte av ni», by the thresholds of the parameters (practice, section 6)."""

from __future__ import annotations

from decimal import Decimal

from helpers.params import Thresholds
from helpers.words import NBSP, Words


def quantifier(n: int, base: int, words: Words, limits: Thresholds) -> str:
    """The word for n of N; a pair of numbers where no word is exact enough.

    «mange», «få» and «brorparten» are never generated: they say nothing a reader can check.
    """
    share = Decimal(100 * n) / base if base else Decimal(0)
    rules = (
        ("begge", n == base == 2),
        ("alle", n == base and base >= 3),
        ("ingen", n == 0 and base >= 2),
        ("nesten_alle", base >= limits.almost_all_from and share >= limits.almost_all),
        ("de_fleste", base >= limits.most_from and 3 * n >= 2 * base),
        ("halvparten", 2 * n == base),
        ("om_lag_halvparten", base >= limits.half_from and abs(share - 50) <= limits.half_margin),
        ("flertallet", base >= limits.most_from and 2 * n > base),
        ("enkelte", n >= 2 and base >= limits.few_from and share <= limits.few_percent),
        ("et_mindretall", n >= 2 and base >= limits.most_from and 2 * n < base),
    )
    for name, holds in rules:
        if holds:
            return words(f"quantifiers.{name}")
    return n_of_base(n, base, words, limits)


def n_of_base(n: int, base: int, words: Words, limits: Thresholds) -> str:
    """«to av ni», «8 av 15»: words when both are at most twelve, else digits for both."""
    if n == 0:
        return f"{words('quantifiers.ingen')}{NBSP}{words('label.of')}{NBSP}{words.decimal(Decimal(base))}"
    pair = [words.number_word(Decimal(value)) if value <= limits.words_to else None for value in (n, base)]
    shown = pair if None not in pair else [words.decimal(Decimal(value)) for value in (n, base)]
    return f"{shown[0]}{NBSP}{words('label.of')}{NBSP}{shown[1]}"


def holds(key: str, n: int, base: int, limits: Thresholds) -> bool:
    """Whether a quantifier can be said of n of N.

    Said too weakly («flere» of 7 of 10) holds; what the numbers contradict does not. «nesten alle» and
    «de fleste» need no smallest N here, and «enkelte» may be up to half: the strict limits are for words the
    workbook chooses itself.
    """
    share = Decimal(100 * n) / base if base else Decimal(0)
    return {
        "begge": n == base == 2,
        "alle": n == base > 0,
        "ingen": n == 0,
        "nesten_alle": limits.almost_all <= share,
        "de_fleste": 3 * n >= 2 * base,
        "halvparten": 2 * n == base,
        "om_lag_halvparten": abs(share - 50) <= limits.half_margin,
        "flertallet": 2 * n > base,
        "flere": n >= 3,
        "noen": n >= 2,
        "et_mindretall": 0 < 2 * n < base,
        "enkelte": n > 0 and share <= 50,
        "få": n > 0 and share <= 50,
    }.get(key, True)
