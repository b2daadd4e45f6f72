"""Names as lists to look up in: municipalities and given names, from ``reference/*.txt``; and text made comparable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ALSO_A_WORD = "*"
LONGEST_NAME = 3
"""Words in the longest name of a municipality: «Evje og Hornnes»."""
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_BEYOND_PRINT = re.compile("[^\x00-\u00ac\u00ae-\u02ff\u2010-\u2027\u202f]")
"""Beyond Latin letters and the dashes and quotation marks of print, which are read as they stand."""
_TOKEN = re.compile(r"[^\W\d_]\.|[^\W\d_]+(?:[-'’][^\W\d_]+)*+|[,;]")
_BETWEEN = (" ", "\u00a0", "\n")


@dataclass(frozen=True)
class Token:
    """A word, an initial with its stop, or a comma; ``joined`` when only a space parts it from the token before."""

    text: str
    start: int
    end: int
    joined: bool

    @property
    def capitalised(self) -> bool:
        """«Kari», «Al-Zahra», «A.»; not «NAV»."""
        return self.text[0].isupper() and (self.initial or not self.text.isupper())

    @property
    def initial(self) -> bool:
        return self.text.endswith(".")


@cache
def municipalities() -> Mapping[str, str]:
    """Every municipality, present and former: its name in lower case to its name."""
    return {name.casefold(): name for name in _lines("municipalities.txt")}


@cache
def given_names() -> Mapping[str, bool]:
    """Common given names in lower case, to whether the name is also an ordinary word («Per», «Dag»)."""
    return {name.removesuffix(ALSO_A_WORD).casefold(): name.endswith(ALSO_A_WORD) for name in _lines("given_names.txt")}


def _lines(file: str) -> list[str]:
    text = files("helpers").joinpath(f"reference/{file}").read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def readable(text: str) -> str:
    """The text as it is read: no invisible marks, letters composed, digits of other scripts as 0 to 9.

    Line breaks are kept, so a line counted in the result is the line in the text.
    """
    if text.isascii() or not _BEYOND_PRINT.search(text):
        return text
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return _OTHER_DIGIT.sub(lambda match: str(unicodedata.digit(match[0])), text)


def tokens(text: str) -> Iterator[Token]:
    """The words, initials and commas of a text, in order."""
    end = 0
    initial = False
    for match in _TOKEN.finditer(text):
        gap = text[end : match.start()] if match.start() - end < 2 else "  "
        yield Token(match[0], match.start(), match.end(), gap in _BETWEEN or (initial and not gap) or match[0] in ",;")
        end, initial = match.end(), match[0].endswith(".")


def municipalities_in(text: str) -> set[str]:
    """The municipalities a text mentions, whether or not it calls them so."""
    found = set()
    run = list(tokens(text))
    for index in range(len(run)):
        name, _ = municipality_at(run, index)
        if name:
            found.add(name)
    return found


def municipality_at(run: list[Token], index: int) -> tuple[str, int]:
    """The municipality whose name begins at a token, and the number of its tokens; ``("", 0)`` for none.

    The longest name counts: «Evje og Hornnes» before «Evje».
    """
    if not run[index].text[0].isupper():
        return "", 0
    known = municipalities()
    most = 1
    while most < LONGEST_NAME and index + most < len(run) and run[index + most].joined:
        most += 1
    for count in range(most, 0, -1):
        name = " ".join(token.text for token in run[index : index + count]).casefold()
        if name in known:
            return known[name], count
    return "", 0
