"""Has every table rows, a source and a mention, and leads every mention to a table that is there?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpers.checks import Evidence, Hit, check
from helpers.message import Place
from helpers.params import TableSpec
from helpers.passages import read_sentences
from helpers.schema import fold

_NUMBERED = re.compile(
    r"\b(?P<kind>tabell|figur|diagram)\s+(?P<number>\d{1,3})(?:\.(?P<part>\d{1,2}))?\b", re.IGNORECASE
)


def _numbers(evidence: Evidence) -> set[tuple[str, str]]:
    """The numbered tables and figures the audit has: («tabell», «3»), from ids and titles."""
    found = set()
    for table in evidence.audit.params.tables:
        for text in (table.id.replace("-", " "), table.title):
            found |= {(match["kind"].lower(), match["number"]) for match in _NUMBERED.finditer(text)}
    return found


_ELSEWHERE = re.compile(r"\s+(?:i|fra|frå|hos)\s+(?!teksten|denne|kapittel)", re.IGNORECASE)


@check("feil-tabellnummer")
def wrong_numbers(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A reference to a table or figure the report does not have, or to another than its numbers stand in (19).

    A paragraph that names one table and gives only numbers of other numbered tables names the wrong one.
    """
    known = _numbers(evidence)
    for passage in evidence.passages(register):
        named = list(_NUMBERED.finditer(passage.text))
        given = {table for run in passage.runs if "f" in run for table in _tables_of(evidence, run["f"])}
        for match in named:
            if _ELSEWHERE.match(passage.text, match.end()):
                continue
            one = (match["kind"].lower(), match["number"])
            if one not in known:
                there = ", ".join(sorted({number for kind, number in known if kind == one[0]}, key=int))
                yield Hit(
                    passage.at(match.start()),
                    f"«{match[0]}» finnes ikke blant tabellene og figurene",
                    f"{one[0]} {there}" if there else "En tabell fra parametrene",
                    "Rett nummeret, eller legg tabellen til i parametrene.",
                )
            elif given and len(named) == 1 and one not in given:
                right = " eller ".join(f"{kind} {number}" for kind, number in sorted(given))
                yield Hit(
                    passage.at(match.start()),
                    f"Avsnittet viser til {match[0].lower()}, men tallene i det står i {right}",
                    right.capitalize(),
                    "Rett nummeret, eller tallene.",
                    mild=True,
                )


def _tables_of(evidence: Evidence, fact: str) -> set[tuple[str, str]]:
    """The numbered table a fact's row stands in."""
    register, _, rest = fact.partition(".")
    row = evidence.audit.row(register, rest.partition(".")[0])
    return {
        (m["kind"].lower(), m["number"]) for m in _NUMBERED.finditer((row["table"] if row else "").replace("-", " "))
    }


_PART = re.compile(r"\b(?P<kind>vedlegg|kapittel|kap\.)\s+(?P<name>[A-ZÆØÅ]\b|\d{1,2}(?:\.\d{1,2})*)", re.IGNORECASE)
_OF_ANOTHER = re.compile(r"§|lov|forskrift|rapport|plan|veileder|rundskriv|avtale", re.IGNORECASE)
MOST_CHAPTERS = 7


@check("feil-kapittelnummer")
def wrong_parts(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A reference to an appendix or chapter that the report does not have (class 19).

    Silent where it is a chapter of a law or of another document, or a source is called by it.
    """
    called = " ".join(f"{row['title']} {row['note']}" for row in evidence.audit.rows("sources")).lower()
    for passage in evidence.passages(register):
        for sentence in read_sentences(passage):
            for match in _PART.finditer(sentence.text):
                chapter = match["kind"].lower() != "vedlegg"
                there = chapter and match["name"].isdigit() and int(match["name"]) <= MOST_CHAPTERS
                if there or _OF_ANOTHER.search(sentence.text) or match[0].lower() in called:
                    continue
                yield Hit(
                    sentence.place,
                    f"«{match[0]}» finnes ikke i denne rapporten",
                    "Et kapittel eller en kilde som finnes",
                    "Rett henvisningen, eller vis til kilden med [@kilde-id].",
                )


@check("tabell-uten-rader")
def empty_tables(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A table of the parameters that no row belongs to, or a figure without one value (class 19)."""
    audit = evidence.audit
    sheet = audit.schema[register].sheet.lower()
    for table in audit.params.tables:
        if table.register != sheet:
            continue
        rows = [row for row in audit.rows(register) if row["table"] == table.id]
        if not rows:
            yield Hit(
                _place(table),
                f"Tabellen «{table.title}» har ingen rader",
                "Rader med Tabell = id-en",
                "Fyll ut Tabell, eller ta tabellen ut.",
            )
        elif table.figure != "ingen" and not any(row.number("value") for row in rows):
            yield Hit(
                rows[0].place("value"),
                f"Figuren «{table.title}» har ingen verdier",
                "Tallene bak figuren",
                "Før inn verdiene, eller sett figur til ingen.",
                tuple(row.place("value") for row in rows[1:]),
            )


@check("tabell-ikke-omtalt")
def unmentioned(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Numbered tables and figures the text never refers to (class 19); told once.

    Referred to is named by number, or one of its numbers is in the text.
    """
    audit = evidence.audit
    if not evidence.paragraphs:
        return
    named = {
        (match["kind"].lower(), match["number"])
        for passage in evidence.paragraphs
        for match in _NUMBERED.finditer(passage.text)
    }
    used = {run["f"] for passage in evidence.paragraphs for run in passage.runs if "f" in run}
    shown = {(row := audit.row(id.partition(".")[0], id.split(".")[1])) and row["table"] for id in used}
    if named:
        shown = set()  # who names tables names them all; who never does, shows them by their numbers
    loose = [
        table
        for table in audit.params.tables
        if not {(m["kind"].lower(), m["number"]) for m in _NUMBERED.finditer(table.id.replace("-", " "))} & named
        and table.id not in shown
        and _NUMBERED.search(table.id.replace("-", " "))
    ]
    if loose:
        yield Hit(
            _place(loose[0]),
            f"{len(loose)} nummererte tabeller og figurer er ikke omtalt i teksten: "
            + ", ".join(table.id for table in loose[:6])
            + (" …" if len(loose) > 6 else ""),
            "",
            "Vis til dem der de hører hjemme, eller ta ut nummeret.",
            tuple(_place(table) for table in loose[1:]),
        )


def _place(table: TableSpec) -> Place:
    return Place("Prosjekt", table.id, "Tabeller")


@check("tabell-uten-kilde")
def tables_without_source(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A table of the parameters of which no row names a source (class 19); told once, at its first row."""
    audit = evidence.audit
    for table in audit.params.tables:
        rows = [row for row in audit.rows(register) if row["table"] == table.id]
        if rows and not any(row["source"] for row in rows):
            yield Hit(
                rows[0].place("source"),
                f"Tabellen «{table.title}» har ingen kilde",
                "En kilde på minst én av radene",
                "Fyll ut Kilde på radene.",
                tuple(row.place("source") for row in rows[1:]),
            )


@check("ukjent-tabell")
def unknown_table(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A row that wants to stand in a table the parameters do not name, or in one of another sheet."""
    audit = evidence.audit
    sheet = fold(audit.schema[register].sheet)
    known = {table.id for table in audit.params.tables if fold(table.register) == sheet}
    for row in audit.rows(register):
        if row["table"] and row["table"] not in known:
            yield Hit(
                row.place("table"),
                f"Tabellen «{row['table']}» finnes ikke for {audit.schema[register].sheet}",
                "En id fra tabeller i parametrene",
                "Rett id-en, eller legg tabellen til i parametrene.",
            )
