"""Was anything damaged on the way in: signs that cannot be read, notes glued to words, numbers run together?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from helpers.checks import Evidence, Hit, check
from helpers.dates import MONTH_AS_NUMBER
from helpers.register import Row
from helpers.schema import fold

_SIGNS = "\ufffd\u0000-\u0008\u000b\u000c\u000e-\u001f\u200e\u200f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff"
_UNREADABLE = re.compile(f"[{_SIGNS}]|[ÃÂ][\u0080-\u00bf]|â€[™œ\u009d“”¢]")
_SUSPECT = re.compile(f"[{_SIGNS}ÃÂâ]")
_NAMES = {"\ufffd": "erstatningstegn", "\u200e": "skjult retningstegn", "\u200f": "skjult retningstegn"}
_NO_NOTE = re.compile(r"(?:uke|kap|office|covid|windows|trinn|klasse|sak|tabell|figur|side)\d+", re.IGNORECASE)
_GLUED = re.compile(
    r"(?<![\w./@-])(?P<word>[a-zæøåA-ZÆØÅ]{4,}|[a-zæøå]{3})(?P<note>\d{2,3})(?![\w%@.])"
    r"|\b(?:i|og|fra|per|til|frå|siden|sidan|innen|etter|før) (?P<year>(?:19|20)\d\d)(?P<after>\d{1,2})(?![\d,\w]|\.\d)"
)
OUTLIER, FAR_OUT = 10, 30
FEWEST = 3


@check("uleselig-tegn")
def unreadable(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Signs of a wrong character set, control characters and hidden marks of direction (class 29)."""
    passages = evidence.passages(register)
    suspect = _SUSPECT.search("\n".join(passage.text for passage in passages))
    for passage in passages if suspect else ():
        match = _UNREADABLE.search(passage.text)
        if match:
            name = _NAMES.get(match[0], f"tegnet U+{ord(match[0][0]):04X}")
            around = passage.text[max(0, match.start() - 15) : match.end() + 15]
            clean = _UNREADABLE.sub("▯", around).replace("\n", " ")
            yield Hit(
                passage.at(match.start()),
                f"«{clean}» har et {name} som ikke kan leses" if "tegn" not in name[:5] else f"«{clean}» har {name}",
                "Tekst uten ødelagte eller skjulte tegn",
                "Skriv ordet på nytt.",
            )


@check("limt-fotnote")
def glued(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A footnote mark glued to a word or a year: «rus64», «201445» (class 29)."""
    for passage in evidence.passages(register):
        for match in _GLUED.finditer(passage.text):
            if _NO_NOTE.match(match[0]):
                continue
            what = match["word"] or match["year"]
            whole = f"{what}{match['note'] or match['after']}"
            yield Hit(
                passage.at(match.start()),
                f"«{whole}» ser ut som «{what}» med et fotnotetall limt på",
                f"«{what}»",
                "Ta ut tallet, og vis til kilden med [@kilde-id].",
            )


_TWICE = re.compile(r"%\s*(?:prosent|%)|\bprosent\s*(?:prosent\b|%)|\bkr\.?\s*[\d ]+\s*kroner\b", re.IGNORECASE)


@check("enhet-to-ganger")
def unit_twice(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«25 % prosent»: a unit typed after a reference that brings its own (class 29)."""
    for passage in evidence.passages(register):
        for match in _TWICE.finditer(passage.text):
            yield Hit(
                passage.at(match.start()), f"Enheten står to ganger: «{match[0]}»", "Enheten én gang", "Ta ut ordet."
            )


@check("maned-som-tall")
def month_as_number(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A month and a year read as a decimal: 11.2004 as 11,2004 (class 29)."""
    table = evidence.audit.registers[register]
    numbers = [column.key for column in table.schema.columns if column.type == "number" or column.is_date]
    for row in table.rows:
        for column in (*numbers, *table.wide):
            if "," in row[column] and MONTH_AS_NUMBER.fullmatch(row[column]):
                yield Hit(
                    row.place(column),
                    f"«{row[column]}» ser ut som måned og år, ikke et tall",
                    "Et tall, eller årstallet i en kolonne for år",
                    "Rett cellen.",
                )


@check("avvikende-tall")
def outliers(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A value far above all the others of its column: two numbers run together, or a lost decimal sign (class 29)."""
    columns: dict[tuple[str, ...], list[Row]] = {}
    for row in evidence.audit.rows(register):
        if row["table"] and row.number("value") and row["whole"] != "Ja":
            columns.setdefault((row["table"], fold(row["what"] or row["survey"]), fold(row["unit"])), []).append(row)
    for rows in columns.values():
        values = sorted(
            ((number.value, row) for row in rows if (number := row.number("value"))), key=lambda one: one[0]
        )
        if len(values) < FEWEST:
            continue
        (second, _), (most, row) = values[-2], values[-1]
        times = OUTLIER if len(values) > FEWEST else FAR_OUT
        if second > 0 and most >= times * second and most >= Decimal(100):
            yield Hit(
                row.place("value"),
                f"{row['value']} er minst {times} ganger så mye som de andre i kolonnen (høyst {second})",
                "Et tall av samme størrelse",
                "Se etter to tall som er løpt sammen, eller et desimaltegn som er borte.",
            )
