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
        if row["kind"] != MISTAKE or not row["old"] or _wanted(row["old"]).search(row["new"]):
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


def _wanted(old: str) -> re.Pattern[str]:
    """The old wording as whole words, over line breaks too."""
    words = r"\s+".join(re.escape(word) for word in old.strip(" .").split())
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _word_places(evidence: Evidence, row: Row) -> Iterator[Place]:
    wanted = _wanted(row["old"])
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
    ids = set(re.split(r"[\s,;:]+", row["about"]))
    named_rows = [one for key in ("quantities", "surveys") for one in evidence.audit.rows(key) if one.id in ids]
    about = content(
        " ".join([row["about"], *(f"{one['what']} {one['question']} {one['group']}" for one in named_rows)])
    )
    if len(about) < SHARED and not named_rows:
        return
    for register in ("quantities", "surveys"):
        for one in evidence.audit.rows(register):
            number = one.number("value")
            named = one.id in ids or len(about & content(f"{one['what']} {one['question']} {one['group']}")) >= SHARED
            if number and number.value == old and named:
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
