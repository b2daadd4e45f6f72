"""Is a correction made everywhere, with its reason, and what was true at the time left to stand?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from decimal import Decimal

from helpers.audit import Audit, register_of
from helpers.cells import FEWEST, NOT_CORRECTED, Change, changes_since
from helpers.checks import Evidence, Hit, check
from helpers.corrections import MISTAKE, by_change, cells_named, is_reasoned, reason_of
from helpers.facts import show_value
from helpers.journal import KeptFact, Snapshot
from helpers.message import Place
from helpers.numbers import NumberError, parse_number
from helpers.passages import read_sentences
from helpers.reading import content, read_amounts, sentences
from helpers.register import Row

SHARED = 2
VERBATIM = (("sources", "title"),)
"""Columns that give what others wrote: a document is called what it is called."""


@check("rettelse-halvveis")
def half_done(evidence: Evidence, register: str) -> Iterator[Hit]:
    """What a correction of an error replaced still stands somewhere (class 21); told once, at the first place.

    Wording is looked for word by word; a number only beside the measure it was corrected for, and so the old
    value of every fact that was worked out from it. *Ny opplysning* leaves the old to stand, and so do comments,
    the list of corrections and verbatim quotations.
    """
    changed = _changed_by(evidence)
    for row in evidence.audit.rows(register):
        if reason_of(evidence.audit, row)["kind"] != MISTAKE:
            continue
        changes = changed.get(row.id, ())
        places: list[Place] = []
        if row["old"] and not _wanted(row["old"]).search(row["new"]):
            if _is_number(row["old"]):
                places += _number_places(evidence, row, changes)
            elif _is_wording(evidence, row):
                places += _word_places(evidence, row)
        if places := list(dict.fromkeys(places)):
            do = f"Rett alle stedene. Var «{row['old']}» riktig da dataene ble samlet inn, velg Slag = Ny opplysning."
            said = f"byttet «{row['old']}» med «{row['new']}», men «{row['old']}»"
            yield _told(row, places, said, f"«{row['new']}»", do)
        for old, new in _facts_that_moved(evidence, changes):
            beside = _beside(evidence, Decimal(old.number), old.label, unit=old.unit)
            if found := [place for place in beside if place not in places]:
                places += found
                do = "Rett alle stedene. Var tallet riktig da dataene ble samlet inn, velg Slag = Ny opplysning."
                said = f"endret «{old.label}» fra {old.value} til {new}, men {old.value}"
                yield _told(row, found, said, new, do)


def _told(row: Row, places: Sequence[Place], said: str, expected: str, do: str) -> Hit:
    """A message at the first place that names the others."""
    others = len(places) - 1
    more = f" og {others} {'annet sted' if others == 1 else 'andre steder'}" if others else ""
    return Hit(places[0], f"Rettelse {row.id} {said} står her{more}", expected, do, (*places[1:], row.place("old")))


@check("endring-uten-grunn")
def changed_without_reason(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Cells changed after the first hand-over that nobody has given kind, why and who for (class 21); told once.

    Those since the last hand-over, and those the log holds from before it.
    """
    audit = evidence.audit
    explained = evidence.once(_explained)
    if not explained:
        return
    found = explained[-1]
    places = [change.place for change, row in found.items() if row is None or not is_reasoned(audit, row)]
    told = {row.id for row in found.values() if row}
    for row in audit.rows(register):
        if cells_named(row) and row.id not in told and not is_reasoned(audit, row):
            places.append(row.place("why"))
    if places:
        count = "Én celle er endret" if len(places) == 1 else f"{len(places)} celler er endret"
        yield Hit(
            places[0],
            f"{count} siden en overlevering uten at det står hvorfor",
            "Slag, Hvorfor og Hvem i Rettelser",
            f"Kjør revisjonsbok changes {audit.name}: da føres endringene i Rettelser, og du skriver grunnen én gang.",
            tuple(places[1:]),
        )


def _changed_by(evidence: Evidence) -> dict[str, tuple[Change, ...]]:
    """For each correction what it changed since a hand-over: a half-done one stays so after the next hand-over."""
    found: dict[str, tuple[Change, ...]] = {}
    for explained in evidence.once(_explained):
        for change, row in explained.items():
            if row and change not in found.get(row.id, ()):
                found[row.id] = (*found.get(row.id, ()), change)
    return found


def _explained(evidence: Evidence) -> Iterator[Mapping[Change, Row | None]]:
    """For each hand-over to the assurer what changed since, with the correction that covers it."""
    for kept in _handed_over(evidence.audit):
        yield by_change(evidence.audit, changes_since(kept.cells, evidence.audit))


def _handed_over(audit: Audit) -> Iterator[Snapshot]:
    """What was handed over to the assurer, each time."""
    return (audit.journal.snapshot(one) for one in audit.journal.handovers if one.edition == "internal")


def _facts_that_moved(evidence: Evidence, changes: Sequence[Change]) -> Iterator[tuple[KeptFact, str]]:
    """The facts worked out from several cells whose number moved with some changes; each with what it is now."""
    keys = {change.key for change in changes}
    told: set[tuple[str, str]] = set()
    for kept in _handed_over(evidence.audit) if keys else ():
        for id, old in kept.facts.items():
            now = evidence.facts.by_id.get(id)
            stood = old.number and now and now.number and now.number.value != Decimal(old.number)
            if now and stood and len(old.cells) > 1 and keys & set(old.cells) and (id, old.number) not in told:
                told.add((id, old.number))
                yield old, show_value(evidence.audit, now)


def _is_number(text: str) -> bool:
    try:
        parse_number(text)
    except NumberError:
        return False
    return True


def _wanted(old: str) -> re.Pattern[str]:
    """The old wording as whole words, over line breaks too."""
    words = r"\s+".join(re.escape(word) for word in old.strip(" .").split())
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _word_places(evidence: Evidence, row: Row) -> Iterator[Place]:
    wanted = _wanted(row["old"])
    for register in ("", *evidence.audit.registers):
        if register in NOT_CORRECTED:
            continue
        for passage in evidence.passages(register):
            titled = (register, passage.source) in VERBATIM
            quoted = register == "evidence" and _quoted(evidence, passage.place.row)
            if not titled and not quoted and (match := wanted.search(_ADDRESS.sub(_blank, passage.text))):
                yield passage.at(match.start())


_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+")


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _quoted(evidence: Evidence, id: str) -> bool:
    row = evidence.audit.row("evidence", id)
    return row is not None and row["quote"] == "Ja"


def _is_wording(evidence: Evidence, row: Row) -> bool:
    """Whether old words mean the same wherever they stand: three or more, or with a digit, a name or an abbreviation.

    A value that was chosen from a list, a date or a reference does not.
    """
    telling = (
        len(row["old"].split()) >= FEWEST and len(content(row["old"])) >= SHARED
    )  # «er ikke oppgitt» tells nothing
    if not telling and not any(char.isdigit() or char.isupper() for char in row["old"]):
        return False
    free = [_is_free(evidence.audit, cell) for cell in cells_named(row)]
    return not free or any(free)


def _is_free(audit: Audit, cell: str) -> bool:
    """Whether a cell, as the change log names it, holds free words; a row that came or went does by its text."""
    sheet, _, rest = cell.partition(",")
    register = register_of(audit.schema, sheet)
    if register is None:
        return sheet.startswith("text/")
    column = register.by_key.get(register.heading(rest.partition(",")[2].strip()) or "text")
    return column is not None and column.free_text and column.key != "verdict"


def _number_places(evidence: Evidence, row: Row, changes: Sequence[Change]) -> Iterator[Place]:
    """The old number beside the measure the correction names, by its id, its words, or the sentence it stood in."""
    ids = set(re.split(r"[\s,;:]+", " ".join((row["about"], *cells_named(row)))))
    old = parse_number(row["old"]).value
    yield from _beside(evidence, old, row["about"], ids)
    for change in changes:
        if not change.row:
            for start, end in sentences(change.new):
                if row["new"] in change.new[start:end]:
                    yield from _beside(evidence, old, change.new[start:end].replace(row["new"], " "))


def _beside(
    evidence: Evidence, old: Decimal, words: str, ids: Set[str] = frozenset(), unit: str = ""
) -> Iterator[Place]:
    """An old number beside a measure: in a register's row of it, or in a sentence that shares SHARED of its words.

    A row that counts in another unit is about something else.
    """
    named_rows = [one for key in ("quantities", "surveys") for one in evidence.audit.rows(key) if one.id in ids]
    about = content(" ".join([words, *(_measured(one) for one in named_rows)]))
    if len(about) < SHARED and not named_rows:
        return
    for register in ("quantities", "surveys"):
        for one in evidence.audit.rows(register):
            number = one.number("value")
            alike = len(about & content(_measured(one))) >= SHARED and (not unit or one["unit"] in ("", unit))
            if number and number.value == old and (one.id in ids or alike):
                yield one.place("value")
    for passage in evidence.paragraphs:
        for sentence in read_sentences(passage):
            said = {amount.number.value for amount in read_amounts(sentence.text, evidence.counted)}
            enough = 1 if named_rows and not sentence.facts else SHARED
            if old in said and len(about & content(sentence.text)) >= enough:
                yield sentence.place
    for row_told in evidence.audit.rows("evidence"):
        said = {amount.number.value for amount in read_amounts(row_told["text"], evidence.counted)}
        if old in said and row_told["quote"] != "Ja" and len(about & content(row_told["text"])) >= SHARED:
            yield row_told.place("text")


def _measured(row: Row) -> str:
    return f"{row['what']} {row['question']} {row['group']}"
