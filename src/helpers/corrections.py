"""Corrections (*Rettelser*): which row gives the reason for which change, and what each kind means.

*Feilretting*: it was wrong, and is replaced everywhere. *Ny opplysning*: it was right when it was collected and
has changed since; what was true stays, and the new is told with its date (practice, section 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from helpers.audit import Audit
from helpers.cells import SEPARATOR, Change, even
from helpers.register import Row

MISTAKE, NEWS = "Feilretting", "Ny opplysning"


def reason_of(audit: Audit, row: Row) -> Row:
    """The row that gives kind, why and who: the row itself, or the one it names in *Samme som*."""
    seen = {row.id}
    while (named := audit.row("corrections", row["same_as"])) and named.id not in seen:
        seen.add(named.id)
        row = named
    return row


def is_reasoned(audit: Audit, row: Row) -> bool:
    """Whether kind, why and who stand there, in the row or the one it names."""
    reason = reason_of(audit, row)
    return all(reason[column] for column in ("kind", "why", "who"))


def cells_named(row: Row) -> frozenset[str]:
    """The cells a correction names, as `Change.name` writes them."""
    return frozenset(part.strip() for part in row["cell"].split(SEPARATOR) if part.strip())


def covers(row: Row, change: Change) -> bool:
    """Whether a correction is of this change: the same words replaced by the same, in a cell it names if any.

    Of a register about persons the words are hidden, so a correction written before does not count there.
    """
    wrote = _even(row["old"]), _even(row["new"])
    if cells := cells_named(row):
        earlier = change.personal and row.id in change.settled
        return change.name in cells and not earlier and wrote == tuple(_even(words) for words in change.differs)
    old, new = _even(change.old), _even(change.new)
    gone, come = (_times(words, old) - _times(words, new) for words in wrote)
    return gone > 0 and (come < 0 or not wrote[1])


def _times(words: str, text: str) -> int:
    """How often some words stand in a text, as whole words."""
    return len(re.findall(rf"(?<!\w){re.escape(words)}(?!\w)", text)) if words else 0


def _even(text: str) -> str:
    return even(text).casefold()


def by_change(audit: Audit, changes: Iterable[Change]) -> Mapping[Change, Row | None]:
    """For each change the correction that covers it; None where nobody has said why."""
    rows = audit.rows("corrections")
    return {change: next((row for row in rows if covers(row, change)), None) for change in changes}


def news_on(audit: Audit) -> Mapping[str, tuple[Row, ...]]:
    """*Ny opplysning* by the row it is about, ``register.id``: shown beside what was true at the time."""
    found: dict[str, tuple[Row, ...]] = {}
    for row in audit.rows("corrections"):
        if reason_of(audit, row)["kind"] != NEWS:
            continue
        for cell in cells_named(row):
            sheet, _, rest = cell.partition(",")
            register = audit.schema.by_name.get(sheet.strip().lower())
            if register:
                key = f"{register}.{rest.partition(',')[0].strip()}"
                found[key] = (*found.get(key, ()), row)
    return found
