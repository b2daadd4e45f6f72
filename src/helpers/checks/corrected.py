"""Is a correction made everywhere, with its reason, and what was true at the time left to stand?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from decimal import Decimal

from helpers.cells import NOT_CORRECTED, changes_since
from helpers.checks import Evidence, Hit, check
from helpers.corrections import MISTAKE, by_change, cells_named, is_reasoned, reason_of
from helpers.message import Place
from helpers.numbers import NumberError, parse_number
from helpers.passages import read_sentences
from helpers.reading import content, read_amounts
from helpers.register import Row

SHARED = 2


@check("rettelse-halvveis")
def half_done(evidence: Evidence, register: str) -> Iterator[Hit]:
    """What a correction of an error replaced still stands somewhere (class 21); told once, at the first place.

    Wording is looked for word by word; a number only beside the measure it was corrected for, and so the old
    value of every fact that was worked out from it. *Ny opplysning* leaves the old to stand, and so do comments,
    the list of corrections and verbatim quotations.
    """
    worked_out = _facts_that_moved(evidence)
    for row in evidence.audit.rows(register):
        if reason_of(evidence.audit, row)["kind"] != MISTAKE:
            continue
        places = [place for old, label in worked_out.get(row.id, ()) for place in _beside(evidence, old, label)]
        if row["old"] and not _wanted(row["old"]).search(row["new"]):
            places += _number_places(evidence, row) if _is_number(row["old"]) else _word_places(evidence, row)
        places = list(dict.fromkeys(places))
        if places:
            others = len(places) - 1
            more = f" og {others} {'annet sted' if others == 1 else 'andre steder'}" if others else ""
            yield Hit(
                places[0],
                f"Rettelse {row.id} byttet «{row['old']}» med «{row['new']}», men «{row['old']}» står her{more}",
                f"«{row['new']}»",
                f"Rett alle stedene. Var «{row['old']}» riktig da dataene ble samlet inn, velg Slag = Ny opplysning.",
                (*places[1:], row.place("old")),
            )


@check("endring-uten-grunn")
def changed_without_reason(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Cells changed since the last hand-over that nobody has given kind, why and who for (class 21); told once."""
    audit = evidence.audit
    base = audit.journal.last("internal")
    if base is None:
        return
    found = by_change(audit, changes_since(audit.journal.snapshot(base).cells, audit))
    open_ = [change for change, row in found.items() if row is None or not is_reasoned(audit, row)]
    if open_:
        count = "Én celle er endret" if len(open_) == 1 else f"{len(open_)} celler er endret"
        yield Hit(
            open_[0].place,
            f"{count} siden overlevering {base.nr} uten at det står hvorfor",
            "Slag, Hvorfor og Hvem i Rettelser",
            f"Kjør revisjonsbok changes {audit.name}: da føres endringene i Rettelser, og du skriver grunnen én gang.",
            tuple(change.place for change in open_[1:]),
        )


def _facts_that_moved(evidence: Evidence) -> dict[str, list[tuple[Decimal, str]]]:
    """For each correction the old value and label of the facts worked out from the cells it changed."""
    audit = evidence.audit
    base = audit.journal.last("internal")
    if base is None:
        return {}
    before = audit.journal.snapshot(base)
    found: dict[str, list[tuple[Decimal, str]]] = {}
    for change, row in by_change(audit, changes_since(before.cells, audit)).items():
        for id, old in before.facts.items():
            now = evidence.facts.by_id.get(id)
            stood = old.number and now and now.number and now.number.value != Decimal(old.number)
            if row and stood and len(old.cells) > 1 and change.key in old.cells:
                found.setdefault(row.id, []).append((Decimal(old.number), old.label))
    return found


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
            quoted = register == "evidence" and _quoted(evidence, passage.place.row)
            if not quoted and (match := wanted.search(passage.text)):
                yield passage.at(match.start())


def _quoted(evidence: Evidence, id: str) -> bool:
    row = evidence.audit.row("evidence", id)
    return row is not None and row["quote"] == "Ja"


def _number_places(evidence: Evidence, row: Row) -> Iterator[Place]:
    """The old number beside the measure the correction names, by its id or by its words."""
    named = " ".join((row["about"], *cells_named(row)))
    yield from _beside(evidence, parse_number(row["old"]).value, row["about"], set(re.split(r"[\s,;:]+", named)))


def _beside(evidence: Evidence, old: Decimal, words: str, ids: Set[str] = frozenset()) -> Iterator[Place]:
    """An old number beside a measure: in a register's row of it, or in a sentence that shares SHARED of its words."""
    named_rows = [one for key in ("quantities", "surveys") for one in evidence.audit.rows(key) if one.id in ids]
    about = content(" ".join([words, *(_measured(one) for one in named_rows)]))
    if len(about) < SHARED and not named_rows:
        return
    for register in ("quantities", "surveys"):
        for one in evidence.audit.rows(register):
            number = one.number("value")
            if number and number.value == old and (one.id in ids or len(about & content(_measured(one))) >= SHARED):
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
