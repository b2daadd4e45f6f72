"""Do the age bands of services and groups cover everyone once?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from helpers.checks import Evidence, Hit, check
from helpers.passages import read_sentences
from helpers.register import Row
from helpers.schema import fold

Band = tuple[int, int]
OPEN = 200
NEAR = 45
SERVICES = ("tjeneste", "tilbud")
_BAND = re.compile(r"(?P<low>\d{1,3})(?:\s?(?P<plus>\+)|\s?[–-]\s?(?P<high>\d{1,3}))?")


def bands(text: str) -> list[Band]:
    """«16–25; 18+» as (16, 25) and (18, open); a single age is a band of one year."""
    found = []
    for match in _BAND.finditer(text):
        low, high = int(match["low"]), int(match["high"] or match["low"])
        if low <= high:
            found.append((low, OPEN if match["plus"] else high))
    return found


def gaps(found: Sequence[Band]) -> list[Band]:
    """The ages between the lowest and the highest that no band holds."""
    lacking, reached = [], None
    for low, high in sorted(found):
        if reached is not None and low > reached + 1:
            lacking.append((reached + 1, low - 1))
        reached = high if reached is None else max(reached, high)
    return lacking


def overlaps(found: Sequence[Band]) -> list[Band]:
    """The ages that two neighbouring bands both hold."""
    double, reached = [], None
    for low, high in sorted(found):
        if reached is not None and low <= reached:
            double.append((low, min(reached, high)))
        reached = high if reached is None else max(reached, high)
    return double


def _sets(evidence: Evidence, register: str) -> Iterator[tuple[str, list[tuple[Row, list[Band]]]]]:
    """What together is to cover everyone: all services, the bands of one service, the groups of a column of a table."""
    found: dict[tuple[str, ...], list[tuple[Row, list[Band]]]] = {}
    for row in evidence.audit.rows(register):
        if register == "arrangements":
            if row["age"] and row["type"] in SERVICES:
                found.setdefault(("tjenestene",), []).append((row, bands(row["age"])))
            if row["age"] and row["name"]:
                found.setdefault((_service(row["name"]),), []).append((row, bands(row["age"])))
        elif row["table"] and _GROUP.fullmatch(row["group"]) and _OF_AGE.search(_said(evidence, row)):
            what = fold(row["what"] or row["question"])
            key: tuple[str, ...] = (row["table"], what, fold(row["area"]), row["as_of"] or row["period"], row["unit"])
            found.setdefault(key, []).append((row, bands(row["group"])))
    for (name, *_), rows in found.items():
        if len(rows) > 1 or len(rows[0][1]) > 1:
            yield name, rows


_GROUP = re.compile(r"\d{1,3}(?:\s?\+|\s?[–-]\s?\d{1,3})?(?: år)?")
_OF_AGE = re.compile(r"\bår\b|\balder|\baldrar", re.IGNORECASE)


def _said(evidence: Evidence, row: Row) -> str:
    """The words that tell whether a group is of ages: its own, its measure's and its table's."""
    table = next((one.title for one in evidence.audit.params.tables if one.id == row["table"]), "")
    return f"{row['group']} {row['what']} {row['question']} {row['unit']} {table}"


def _service(name: str) -> str:
    """The service a row is of: «Team Ung: gruppe for de yngste» is of Team Ung."""
    return re.split(r"[:(,–]|\s-\s", name)[0].strip()


def _shown(bands: Sequence[Band]) -> str:
    return ", ".join(f"{low}" if low == high else f"{low}+" if high == OPEN else f"{low}–{high}" for low, high in bands)


@check("aldershull")
def holes(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Ages that no service or group holds, though older and younger ones are (class 30); told once for a set."""
    column = "age" if register == "arrangements" else "group"
    for name, rows in _sets(evidence, register):
        lacking = gaps([band for _, found in rows for band in found])
        if lacking:
            near = next(row for row, found in rows if any(low == lacking[0][1] + 1 for low, _ in found))
            yield Hit(
                near.place(column),
                f"Alderen {_shown(lacking)} år faller mellom gruppene i {name}",
                "Aldersgrupper som dekker alle",
                "Rett aldersgruppene, eller skriv i teksten at noen står uten tilbud.",
                tuple(row.place(column) for row, _ in rows if row is not near)[:6],
            )


@check("aldersoverlapp")
def doubles(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Ages that two services or groups hold (class 30): often wanted among services, wrong among groups that add up."""
    column = "age" if register == "arrangements" else "group"
    for name, rows in _sets(evidence, register):
        double = overlaps([band for _, found in rows for band in found])
        if double:
            yield Hit(
                rows[0][0].place(column),
                f"Alderen {_shown(sorted(set(double))[:4])} år står i flere av gruppene i {name}",
                "",
                "Er overlappet ønsket, la det stå.",
                tuple(row.place(column) for row, _ in rows[1:7]),
            )


@check("to-aldersgrupper")
def two_bands(evidence: Evidence, register: str) -> Iterator[Hit]:
    """One service with two different age bands in two rows (class 30)."""
    seen: dict[str, Row] = {}
    for row in evidence.audit.rows(register):
        if not row["age"] or not row["name"]:
            continue
        first = seen.setdefault(fold(row["name"]), row)
        if bands(first["age"]) != bands(row["age"]):
            yield Hit(
                row.place("age"),
                f"{row['name']} er for {row['age']} her og {first['age']} i rad {first.line}",
                "Én aldersgruppe for hver tjeneste",
                "Rett den ene, eller gi radene hvert sitt navn.",
                (first.place("age"),),
            )


_AGE = re.compile(r"(?P<low>\d{1,3})\s?(?:[–-]|til)\s?(?P<high>\d{1,3}) år\b")
_UP_TO = re.compile(r"\b(?:til og med|til|opp til|under)\s(?P<age>\d{1,3}) år\b", re.IGNORECASE)
_FROM = re.compile(r"\b(?:fra|frå|over)\s(?:og med\s)?(?P<age>\d{1,3}) år\b", re.IGNORECASE)


@check("alder-i-tekst")
def ages_told(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A band in a sentence that is not the service's, or two bounds that leave a gap (class 30)."""
    services = [row for row in evidence.audit.rows("arrangements") if row["age"] and row["name"]]
    for passage in evidence.paragraphs:
        for sentence in read_sentences(passage):
            row = max(
                (row for row in services if row["name"].lower() in sentence.text.lower()),
                key=lambda row: len(row["name"]),
                default=None,
            )
            after = sentence.text[sentence.text.lower().index(row["name"].lower()) + len(row["name"]) :] if row else ""
            told = [
                (int(match["low"]), int(match["high"]))
                for match in _AGE.finditer(after)
                if match.start() <= NEAR and "," not in after[: match.start()]
            ]
            lower = _FROM.search(after) if row and not told else None
            if (
                row
                and lower
                and lower.start() <= NEAR
                and all(int(lower["age"]) != low for low, _ in bands(row["age"]))
            ):
                told = [(int(lower["age"]), OPEN)]
            if row and told and not set(told) & set(bands(row["age"])):
                yield Hit(
                    sentence.place,
                    f"Det står {_shown(told)} år, men {row['name']} er for {row['age']}",
                    row["age"],
                    "Rett alderen i teksten eller i Ordninger.",
                    (row.place("age"),),
                )
            last, first = _UP_TO.search(sentence.text), _FROM.search(sentence.text)
            if last and first and last.start() < first.start() and int(first["age"]) > int(last["age"]) + 1:
                yield Hit(
                    sentence.place,
                    f"Alderen {_shown([(int(last['age']) + 1, int(first['age']) - 1)])} år faller mellom gruppene",
                    "Grenser som møtes",
                    "Rett en av grensene, eller skriv at noen står uten tilbud.",
                )
