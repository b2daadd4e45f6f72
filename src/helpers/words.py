"""The words and number forms an auditor reads, in bokmål (nb), nynorsk (nn) and English (en).

All wording is data in ``reference/words.toml``; formats come from CLDR by way of Babel.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files

LANGUAGES = ("nb", "nn", "en")
KEPT = 20_000
NBSP = "\u00a0"


@cache
def _data() -> dict[str, dict[str, list[object]]]:
    text = files("helpers").joinpath("reference/words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True)
class Words:
    """Wording of one language; ``words("heading.summary")`` gives the term."""

    language: str = "nb"

    def __call__(self, key: str, **values: object) -> str:
        """The term behind ``section.key``, with ``{name}`` fields filled in.

        Raises:
            KeyError: when ``reference/words.toml`` has no such key.
        """
        section, _, name = key.partition(".")
        text = str(_data()[section][name][LANGUAGES.index(self.language)])
        return text.format(**values) if values else text

    def terms(self, section: str) -> dict[str, str]:
        """All terms of a section, key to wording."""
        return {key: self(f"{section}.{key}") for key in _data()[section]}

    @property
    def locale(self) -> str:
        return self("format.locale")

    def decimal(self, value: Decimal) -> str:
        """``1 096`` and ``12,5``: the precision of the value is kept (``12,0`` stays)."""
        return _decimal(str(value), self.locale)

    def number_word(self, value: Decimal) -> str | None:
        """``åtte`` for 8; None above twelve and for fractions."""
        table = _data()["numbers"]["words"][LANGUAGES.index(self.language)]
        if isinstance(table, list) and value == value.to_integral_value() and 0 <= value < len(table):
            return str(table[int(value)])
        return None


@lru_cache(maxsize=KEPT)
def _decimal(written: str, locale: str) -> str:
    """Asked for by how the value is written, because 12 and 12.0 are equal and shown apart."""
    from babel.numbers import format_decimal

    value = Decimal(written)
    places = max(0, -int(value.as_tuple().exponent))
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return str(format_decimal(value, format=pattern, locale=locale)).replace("\u202f", NBSP).replace("-", "\u2212")


def plural(count: int, one: str, many: str) -> str:
    """``1 stopp`` / ``2 varsler``."""
    return f"{count}{NBSP}{one if count == 1 else many}"
