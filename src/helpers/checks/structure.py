"""Is every cell of the right type, does every reference lead somewhere, has every gap a reason?"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from helpers.audit import Audit
from helpers.checks import Evidence, Hit, check
from helpers.message import Place
from helpers.numbers import NumberError, parse_number
from helpers.register import Row
from helpers.schema import Column, fold
from helpers.sign import accepted
from helpers.words import NBSP

FEW = 3
NUMBERS = ("number", "figure", "ordinal")
AGE = re.compile(r"\d{1,3}(?:\+|\s?[–-]\s?\d{1,3})?(?:\s?[;,]\s?\d{1,3}(?:\+|\s?[–-]\s?\d{1,3})?)*")


@check("ukjent-kolonne")
def unknown_columns(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A heading the sheet does not have, or a matrix column that is no id."""
    table = evidence.audit.registers[register]
    known = ", ".join(column.label() for column in table.schema.columns)
    for heading, cell in table.unknown:
        yield Hit(
            Place(table.schema.sheet, "", heading, 1, cell),
            f"Kolonnen «{heading}» er ukjent",
            f"Arket har kolonnene {known}",
            "Rett overskriften, eller ta ut kolonnen.",
        )
    if table.schema.wide:
        ids = evidence.audit.registers[table.schema.wide.register].by_id
        sheet = evidence.audit.schema[table.schema.wide.register].sheet
        letters = table.rows[0].letters if table.rows else {}
        for column in table.wide:
            if column not in ids:
                yield Hit(
                    Place(table.schema.sheet, "", column, 1, f"{letters.get(column, '')}1"),
                    f"Kolonnen «{column}» er verken en fast kolonne eller en id i {sheet}",
                    "",
                    f"Rett overskriften, eller før {column} inn i {sheet}.",
                )


@check("ugyldig-verdi")
def wrong_types(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A number or age that is none; a date that is none is told with the other impossible dates."""
    schema = evidence.audit.schema[register]
    typed = [column for column in schema.columns if column.type in (*NUMBERS, "age")]
    for row in evidence.audit.rows(register):
        for column in typed:
            if row[column.key] and (why := _wrong(column, row[column.key])):
                yield Hit(row.place(column.key), f"«{row[column.key]}» kan ikke leses", why, "Rett cellen.")
        if schema.wide and schema.wide.register != "control_points":
            yield from _matrix(evidence.audit, row)


def _wrong(column: Column, text: str) -> str:
    try:
        if column.type in NUMBERS:
            parse_number(text)
        elif column.type == "age" and not AGE.fullmatch(text.replace(NBSP, " ").replace(" år", "").strip()):
            return "Skriv alderen som 18+, 16–25 eller 0–18; flere skilles med semikolon."
    except NumberError as error:
        return str(error)
    return ""


def _matrix(audit: Audit, row: Row) -> Iterator[Hit]:
    """A cell of a matrix outside its words; values of control points are told by the checks of cases."""
    wide = row.schema.wide
    assert wide is not None
    for column in audit.registers[row.register].wide:
        if row[column] and row[column] not in wide.allowed:
            yield Hit(
                row.place(column),
                f"«{row[column]}» er ikke en lovlig verdi",
                f"En av {', '.join(wide.allowed)}",
                "Rett cellen.",
            )


@check("henvisning")
def dangling(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A reference to a row that is not there; told once for a sheet that has no rows at all."""
    audit = evidence.audit
    known: dict[str, Container[str]] = {key: table.by_id for key, table in audit.registers.items()}
    known["questions"] = {question.id for question in audit.params.questions}
    names = {key: audit.schema[key].sheet if key in audit.registers else "Problemstillinger" for key in known}
    for column in audit.schema[register].pointers:
        lost = [
            (row, id)
            for row in audit.rows(register)
            for id in row.refs(column.key)
            if not any(id in known[target] for target in column.refers_to)
        ]
        empty = [names[target] for target in column.refers_to if not known[target]]
        if len(lost) > FEW and empty:
            found = f"{len(lost)} henvisninger fører ingen steder, og {' og '.join(empty)} har ingen rader"
            yield Hit(lost[0][0].place(column.key), found, "", "Mangler et ark, legg det tilbake.")
            continue
        for row, id in lost:
            expected = f"En id fra {' eller '.join(names[target] for target in column.refers_to)}"
            do = "Rett id-en, eller før inn raden den viser til."
            yield Hit(row.place(column.key), f"«{id}» finnes ikke", expected, do)


@check("overskrift-mangler")
def missing_headings(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A sheet with rows that lacks a heading it must have: told once, not for every row."""
    table = evidence.audit.registers[register]
    if not table.rows:
        return
    for column in table.schema.columns:
        if column.required and column.key not in table.rows[0].letters:
            found = f"Kolonnen {column.label()} mangler i arket"
            place = Place(table.schema.sheet, "", column.label(), 1, "")
            yield Hit(place, found, "", "Legg til overskriften, eller rett stavemåten.")


@check("tom-uten-grunn")
def empty_without_reason(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A cell that should hold a value, empty, with no reason beside it (class 5)."""
    asked = [column for column in evidence.audit.schema[register].columns if column.needed and not column.asked_by]
    for row in evidence.audit.rows(register):
        for column in asked:
            if column.key in row.letters and not row[column.key] and not row.explained(column.key):
                yield Hit(
                    row.place(column.key),
                    f"{column.label()} er tom uten grunn",
                    "En verdi, eller grunnen i Mangler fordi",
                    "Fyll ut cellen, eller skriv hvorfor den er tom.",
                )


@check("vurderingsord")
def verdict_words(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A verdict that is no word of the firm's scale."""
    audit = evidence.audit
    words = ", ".join(audit.verdicts)
    for row in audit.rows(register):
        if row["verdict"] and not audit.verdict(row):
            yield Hit(
                row.place("verdict"),
                f"«{row['verdict']}» er ikke et ord på skalaen",
                f"Ett av: {words}",
                "Bruk et ord fra vurderingsord i parametrene.",
            )


@check("unntak-samme-person")
def waived_by_oneself(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A waiver accepted by the one who asked for it, or did the work: an approval by oneself documents nothing."""
    for row in evidence.audit.rows(register):
        if fold(row["assurer"]) and not accepted(evidence.audit, row):
            oneself = fold(row["assurer"]) == fold(row["who"])
            yield Hit(
                row.place("assurer"),
                f"«{row['assurer']}» har {'godtatt sitt eget unntak' if oneself else 'selv utført revisjonen'}",
                "En annen enn den som ber om det, og enn den som har utført revisjonen",
                "La kvalitetssikrer ta stilling.",
            )


@check("unntak-uten-treff")
def loose_waivers(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A waiver of a check that does not exist; the gate itself tells of those that no longer fit."""
    names = evidence.audit.schema.checks()
    for row in evidence.audit.rows(register):
        if row["check"] not in names:
            yield Hit(
                row.place("check"), f"Kontrollen «{row['check']}» finnes ikke", "", "Se navnet i kontrollmeldingen."
            )
