"""Editions: what the verification, the hearing and the public read, decided here as data, whatever it is printed on.

No edition that leaves the house holds rows about persons, messages of the gate, internal blocks or what the
workbook knows behind a number: a number is text there, a citation a mark that stands in the list of sources. Hashes
of content stay in the house too: one over few possible values tells the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.audit import Audit
from helpers.blocks import ROLES
from helpers.cells import WHOLE_ROW, Piece, word_pieces
from helpers.changes import Changes, ItemChange
from helpers.checks.comments import QUESTION
from helpers.corrections import news_on, reason_of
from helpers.facts import Facts
from helpers.gate import covers
from helpers.items import Item, items_of, marked
from helpers.journal import Edition
from helpers.message import PHASES, UNWRITTEN, InputError, Message
from helpers.page import chapters_model, numbered
from helpers.runs import named_runs
from helpers.sign import accepted

PERSONS = 28
"""The class of defect about persons: what may stand in a draft in the house is a stop in what goes out."""
EVIDENCE = ("question", "text", "exhibit", "statements", "figures")
CONCLUDES = "conclusion"
LISTS = ("sources", "not_received")
OPENING = ("summary", "background")
TOLD = "fortalt"
NO_LINK = ("f", "c")
IN_HOUSE = ("facts", "x", "k", "direction", "place")
"""Keys of a block that are for those who keep the workbook: ids of facts, hashes of content, errors in a text."""
IN_HOUSE_COLUMNS = (
    "used", "used_why", "valid_to", "applies_when", "requires", "privacy", "place", "contradicted_by",
)  # fmt: skip
"""Columns by which the auditor works: what a source is used for, how each case is checked, where a thing was read."""
WITH_COLUMNS = ("tabell", "figur")
"""Kinds of items that hold whole rows, and so such columns."""
ID = "id"
JUDGED: Mapping[str, Any] = {"contradicted": (), "clarification": ""}
"""What the auditor holds of a statement; the verification edition is without it."""
NEARBY = 6
"""Words shown on each side of what changed."""


@dataclass(frozen=True)
class Contents:
    """What an edition holds.

    Attributes:
        roles: the blocks of its chapters.
        parts: what stands outside the chapters.
        concludes: whether the chapter of conclusions is in it.
        preliminary: whether it is marked as such, with the ground for deferred access.
        answered: whether it asks for comments.
    """

    roles: tuple[str, ...]
    parts: tuple[str, ...]
    concludes: bool
    preliminary: bool
    answered: bool


CONTENTS: Mapping[str, Contents] = {
    "verification": Contents(EVIDENCE, ("background", *LISTS), False, True, True),
    "hearing": Contents(ROLES, ("summary", "background", *LISTS), True, True, True),
    "public": Contents(ROLES, ("summary", "background", *LISTS), True, False, False),
}
"""Verification: evidence only, no assessment, verdict or recommendation (practice, section 2)."""


def held_back(audit: Audit, edition: Edition, messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages that hold an edition back: stops, and in what goes out all that may point to a person.

    What points to a person goes out only when the assurer has accepted that it does, as with a stop.

    Raises:
        InputError: a marking without legal ground; a public edition of a report that is not final or not written.
    """
    where = f"params/{audit.name}.yaml"
    ground = "hjemmel_internt" if edition == "internal" else "hjemmel_foreløpig"
    grounds = {"hjemmel_internt": audit.params.legal_ground, "hjemmel_foreløpig": audit.params.preliminary_ground}
    if not grounds[ground].strip() and (edition == "internal" or CONTENTS[edition].preliminary):
        raise InputError(
            f"{where}, {ground}", "Hjemmelen mangler", "Skriv den: en merking uten hjemmel er ikke gyldig."
        )
    if edition == "internal":
        return ()
    if audit.params.phase == PHASES[0]:
        raise InputError(
            f"{where}, fase", f"Fasen er {PHASES[0]}", f"Sett fase: {PHASES[1]}, så kontrolleres det som skal ut."
        )
    if edition == "public" and audit.params.phase != "endelig":
        raise InputError(
            f"{where}, fase", f"Fasen er {audit.params.phase}", "En offentlig utgave krever fase: endelig."
        )
    left = sorted(message.place.row for message in messages if message.check == UNWRITTEN and not message.waived)
    if edition == "hearing" and left:
        raise InputError(audit.name, f"Rapporten er ikke ferdig: {', '.join(left)} mangler", "Skriv delene først.")
    return tuple(
        message
        for message in messages
        if message.stops or (message.defect == PERSONS and message.severity == "varsel" and not _let_go(audit, message))
    )


def _let_go(audit: Audit, message: Message) -> bool:
    return any(covers(row, message) and accepted(audit, row) for row in audit.rows("waivers"))


@dataclass(frozen=True)
class Asked:
    """A question to the municipality: what the auditor could not settle."""

    number: int
    about: str
    text: str


def questions_to_municipality(audit: Audit) -> tuple[Asked, ...]:
    """The auditor's own questions that wait for an answer, then what contradicts each other and is not settled.

    Two informants may disagree: that is data. What is asked is where something documented or verified is against it.
    """
    found = [
        (row["about"], row["text"])
        for row in audit.rows("comments")
        if row["round"] == QUESTION and row["text"] and not row["our_answer"] and not row["outcome"]
    ]
    seen: set[frozenset[str]] = set()
    for row in audit.rows("evidence"):
        for id in row.refs("contradicted_by"):
            pair = frozenset((row.id, id))
            other = audit.row("evidence", id)
            settled = row["clarification"] or (other and other["clarification"])
            only_told = other is not None and {row["known"], other["known"]} == {TOLD}
            if other and not settled and not only_told and pair not in seen:
                seen.add(pair)
                sides = [f"{_who(audit, one.refs('source'))}: «{one['text']}»" for one in (row, other)]
                found.append((row["theme"], audit.words("edition.which", one=sides[0], other=sides[1])))
    return tuple(Asked(number, about, text) for number, (about, text) in enumerate(found, start=1))


def _who(audit: Audit, ids: Sequence[str]) -> str:
    return "; ".join(run["t"] for run in named_runs(audit, ids)) or audit.words("label.not_given")


def edition_model(
    audit: Audit, edition: Edition, facts: Facts, blocks: Sequence[Mapping[str, Any]], changes: Changes, nr: int
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the template of an edition that goes out shows, and the content of its numbered items in order.

    Args:
        changes: since the last hearing; listed in a hearing edition that follows one, and in the public one.
    """
    holds = CONTENTS[edition]
    kept = sorted(
        (block for block in numbered(audit, blocks) if _is_in(holds, block)),
        key=lambda block: _place(holds, block["role"]),
    )
    # Known by what they say in every edition and in the journal: there no table has its number in its title yet.
    unnumbered = {block["id"]: block for block in blocks}
    items = items_of([unnumbered[block["id"]] for block in kept], facts)
    numbers = {x: number for number, x in enumerate(dict.fromkeys(item.x for item in items), start=1)}
    news = news_on(audit)

    def about(item: Item) -> dict[str, Any]:
        told = {row.id: {"date": row["date"], "new": row["new"]} for id in item.of for row in news.get(id, ())}
        judged = JUDGED if edition == "verification" and item.kind == "utsagn" else {}
        return {"nr": numbers[item.x] if holds.answered else "", "news": list(told.values()), **judged}

    there = frozenset(_cited(kept))
    shown = [_sent(block, there) for block in marked(kept, items, about)]
    sent = numbers if holds.answered else {}
    words = audit.words
    model = {
        "audit": audit.name, "title": audit.params.title, "municipality": audit.params.municipality.name,
        "case": audit.params.case, "firm": audit.params.firm, "language": audit.params.language, "nr": nr,
        "edition": edition, "name": words(f"edition.{edition}"),
        "marking": words("edition.preliminary", ground=audit.params.preliminary_ground) if holds.preliminary else "",
        "deadline": {"verification": audit.params.verification_deadline, "hearing": audit.params.hearing_deadline}.get(
            edition, ""
        ),
        "parts": {name: [block for block in shown if block["role"] == name] for name in holds.parts},
        "chapters": list(chapters_model(audit, shown)),
        "questions": [vars(one) for one in questions_to_municipality(audit)] if edition == "verification" else [],
        "heard": changes.since.date if changes.since and edition != "verification" else "",
        "changed": []
        if edition == "verification"
        else list(_listed(audit, changes, kept, sent, words=edition == "hearing")),
        "comments": holds.answered, "table": f"kommentarer-{audit.name}-nr{nr}.csv",
    }  # fmt: skip
    return model, tuple(sent)


def _is_in(holds: Contents, block: Mapping[str, Any]) -> bool:
    if block["audience"] != "all" or (block["chapter"] == CONCLUDES and not holds.concludes):
        return False
    if not holds.concludes and "scale" in block["data"]:
        return False
    return block["role"] in holds.roles or block["role"] in holds.parts


def _place(holds: Contents, role: str) -> int:
    """Where a block stands in an edition: the opening parts, the chapters, the lists at the end."""
    parts = [*(name for name in holds.parts if name in OPENING), "", *LISTS]
    return parts.index(role if role in parts else "")


def _listed(
    audit: Audit, changes: Changes, kept: Sequence[Mapping[str, Any]], numbers: Mapping[str, int], *, words: bool
) -> Iterator[dict[str, Any]]:
    """Each correction since the hearing that shows in the edition, with what it changed; then what has no reason.

    A change is told by the words a reader saw and sees, never by the cells behind them; one in cells that stay in the
    house is not told.

    Args:
        words: whether the reader saw the words that were replaced. The public did not: what was taken out, perhaps
            for somebody's sake, must not come back as a change; it is told where and why, where there is a reason.
    """
    titles = {block["id"]: block["title"] for block in kept}
    listed: dict[str, list[dict[str, Any]]] = {}
    for one in changes.items:
        if one.item.block in titles and not one.moved and not _stays(one):
            rows = changes.corrections(one.causes)
            nr = numbers.get(one.new.x) if one.new else None
            where = audit.words("edition.paragraph", nr=nr) if nr else titles[one.item.block]
            listed.setdefault(rows[0].id if rows else "", []).append(
                {"where": where, "pieces": _nearby(_words(audit, one))}
            )
    for id in sorted(listed, key=lambda id: (not id, id)):
        row = audit.row("corrections", id)
        given = reason_of(audit, row) if row else None
        told = {key: given[key] if given else "" for key in ("kind", "why", "date")}
        if words:
            yield told | {"changes": listed[id]}
        elif row:
            yield told | {"changes": [{"where": one["where"], "pieces": []} for one in listed[id]]}


def _stays(one: ItemChange) -> bool:
    """Whether all that changed are cells a reader never sees."""
    return bool(one.causes) and all(cause.column in (*IN_HOUSE, *IN_HOUSE_COLUMNS) for cause in one.causes)


def _words(audit: Audit, one: ItemChange) -> list[Piece]:
    """The words that differ: of a row of a table the cells that are shown, of anything else its text."""
    if one.item.kind in WITH_COLUMNS:
        shown = (cause for cause in one.causes if cause.column not in (WHOLE_ROW, *IN_HOUSE_COLUMNS))
        return [piece for cause in shown for piece in zip("-+", cause.differs, strict=True) if piece[1]]
    directions = audit.schema["evidence"].by_key["direction"].allowed
    was, now = (
        " · ".join(part for part in (kept.text if kept else "").split(" · ") if part not in directions)
        for kept in (one.old, one.new)
    )
    return word_pieces(was, now)


def _nearby(pieces: Sequence[Piece]) -> list[Piece]:
    """The words that differ, with some words on each side: a long paragraph is not told whole."""
    shown: list[Piece] = []
    for at, (kind, text) in enumerate(pieces):
        words = text.split()
        before, after = (NEARBY if at else 0), (NEARBY if at < len(pieces) - 1 else 0)
        if kind == "=" and len(words) > before + after:
            words = [*words[:before], "…", *words[len(words) - after :]]
        shown.append((kind, " ".join(words)))
    return shown


def _cited(kept: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What can be looked up in an edition by its mark: the statements it shows, and the rows of its lists."""
    for block in kept:
        for group in block["data"].get("groups", ()):
            yield from (one["id"] for one in group["items"])
        keys = [column.get("key", "") for column in block["data"].get("columns", ())]
        if ID in keys:
            yield from (run["c"] for row in block["data"]["rows"] for run in row["cells"][keys.index(ID)] if "c" in run)


def _sent(block: Mapping[str, Any], there: frozenset[str]) -> dict[str, Any]:
    """A block as it goes out: without links, working notes, and columns and lines that lead into the registers.

    Args:
        there: what a citation can lead to; a mark nobody can look up is left out.
    """
    block = _without_links(block, there)
    data = block["data"]
    for table in (data, data.get("table", {})):
        if "rows" in table:
            _as_sent(table, lists=block["role"] in LISTS)
    return dict(block)


def _as_sent(table: dict[str, Any], *, lists: bool) -> None:
    """Take out of a table what is for those who keep the registers; a list stands by the marks it is cited by."""
    keys = [column.get("key", "") for column in table["columns"]]
    shown = [at for at, key in enumerate(keys) if key not in IN_HOUSE_COLUMNS]
    if lists:
        shown.sort(key=lambda at: keys[at] != ID)
    table["columns"] = [table["columns"][at] for at in shown]
    for row in table["rows"]:
        row["cells"] = [row["cells"][at] for at in shown]
        row["note"] = ""
    if lists:
        table["rows"].sort(key=lambda row: [int(number) for number in re.findall(r"\d+", row["cells"][0][0]["t"])])
    table["footer"] = [part for part in table["footer"] if part["label"] and not part.get("lines")]


def _without_links(node: Any, there: frozenset[str]) -> Any:
    """A block without what stands behind its numbers: facts become text, citations plain marks."""
    if isinstance(node, Mapping):
        plain = {key: _without_links(value, there) for key, value in node.items() if key not in IN_HOUSE}
        if "t" in plain:
            plain.update({key: "" for key in NO_LINK if key in plain})
        for other in plain.get("contradicted", ()):
            other.pop("id")
        return plain
    if isinstance(node, list):
        return [_without_links(one, there) for one in node if not _leads_nowhere(one, there)]
    return node


def _leads_nowhere(node: Any, there: frozenset[str]) -> bool:
    return isinstance(node, Mapping) and node.get("s") == "cite" and node.get("c") not in there
