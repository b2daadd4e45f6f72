"""Is a correction made everywhere, and what was true at the time left to stand?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpers.checks import Evidence, Hit, check
from helpers.message import Place
from helpers.numbers import NumberError, parse_number
from helpers.passages import read_sentences
from helpers.reading import content, read_amounts
from helpers.register import Row
from helpers.schema import fold

MISTAKE = "Feilretting"
LEFT_ALONE = ("corrections", "comments", "waivers", "printed")
SHARED = 2


@check("rettelse-halvveis")
def half_done(evidence: Evidence, register: str) -> Iterator[Hit]:
    """What a correction of an error replaced still stands somewhere (class 21); told once, at the first place.

    Wording is looked for word by word; a number only beside the measure it was corrected for. *Ny
    opplysning* leaves the old to stand, and so do comments, the list of corrections and verbatim quotations.
    """
    for row in evidence.audit.rows(register):
        if row["kind"] != MISTAKE or not row["old"] or fold(row["old"]) in fold(row["new"]):
            continue
        places = list(_number_places(evidence, row) if _is_number(row["old"]) else _word_places(evidence, row))
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


def _is_number(text: str) -> bool:
    try:
        parse_number(text)
    except NumberError:
        return False
    return True


def _word_places(evidence: Evidence, row: Row) -> Iterator[Place]:
    wanted = re.compile(rf"(?<!\w){re.escape(row['old'].strip(' .'))}(?!\w)", re.IGNORECASE)
    for register in ("", *evidence.audit.registers):
        if register in LEFT_ALONE:
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
    old = parse_number(row["old"]).value
    about = content(row["about"])
    for register in ("quantities", "surveys"):
        for one in evidence.audit.rows(register):
            number = one.number("value")
            named = (
                one.id in row["about"]
                or len(about & content(f"{one['what']} {one['question']} {one['group']}")) >= SHARED
            )
            if number and number.value == old and named:
                yield one.place("value")
    for passage in evidence.paragraphs:
        for sentence in read_sentences(passage):
            said = {amount.number.value for amount in read_amounts(sentence.text, evidence.counted)}
            if old in said and len(about & content(sentence.text)) >= min(SHARED, len(about)):
                yield sentence.place
