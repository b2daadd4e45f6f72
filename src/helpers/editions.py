"""Editions: what the verification, the hearing and the public read, decided here as data, whatever it is printed on.

No edition that leaves the house holds rows about persons, messages of the gate, internal blocks or what the
workbook knows behind a number: a number is text there, a citation a mark that leads to the list of sources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.audit import Audit
from helpers.blocks import ROLES
from helpers.changes import Changes
from helpers.checks.comments import QUESTION
from helpers.corrections import reason_of
from helpers.facts import Facts
from helpers.items import Item, items_of, marked
from helpers.journal import Edition
from helpers.message import InputError, Message, unfinished
from helpers.page import chapters_model, numbered
from helpers.runs import named_runs

PERSONS = 28
"""The class of defect about persons: what may stand in a draft in the house is a stop in what goes out."""
EVIDENCE = ("question", "text", "exhibit", "statements", "figures")
CONCLUDES = "conclusion"
LISTS = ("sources", "not_received")
"""Parts whose notes are the auditor's own working notes."""
TOLD = "fortalt"


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

    Raises:
        InputError: a marking without legal ground; a public edition of a report that is not final or not written.
    """
    where = f"params/{audit.name}.yaml"
    ground = "hjemmel_internt" if edition == "internal" else "hjemmel_foreløpig"
    grounds = {"hjemmel_internt": audit.params.legal_ground, "hjemmel_foreløpig": audit.params.preliminary_ground}
    if not grounds[ground] and (edition == "internal" or CONTENTS[edition].preliminary):
        raise InputError(
            f"{where}, {ground}", "Hjemmelen mangler", "Skriv den: en merking uten hjemmel er ikke gyldig."
        )
    if edition == "internal":
        return ()
    if edition == "public" and audit.params.phase != "endelig":
        raise InputError(
            f"{where}, fase", f"Fasen er {audit.params.phase}", "En offentlig utgave krever fase: endelig."
        )
    if edition != "verification" and (left := unfinished(audit.params.phase, messages)):
        raise InputError(audit.name, f"Rapporten er ikke ferdig: {', '.join(left)} gjenstår", "Skriv delene først.")
    return tuple(
        message
        for message in messages
        if message.stops or (not message.waived and message.defect == PERSONS and message.severity == "varsel")
    )


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
    kept = [block for block in blocks if _is_in(holds, block)]
    order = [item.x for block in numbered(audit, kept) for item in items_of([block], facts)]
    numbers = {x: number for number, x in enumerate(dict.fromkeys(order), start=1)}

    def about(item: Item) -> dict[str, Any]:
        told: dict[str, Any] = {"nr": numbers[item.x]} if holds.answered else {}
        return told | {"direction": ""} if edition == "verification" and item.kind == "utsagn" else told

    shown = [_without_links(marked(block, facts, about)) for block in numbered(audit, kept)]
    for row in (row for block in shown if block["role"] in LISTS for row in block["data"]["rows"]):
        row["note"] = ""
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
        "changed": list(_listed(audit, changes)) if edition != "verification" else [],
        "comments": holds.answered,
    }  # fmt: skip
    return model, tuple(numbers) if holds.answered else ()


def _is_in(holds: Contents, block: Mapping[str, Any]) -> bool:
    if block["audience"] != "all" or (block["chapter"] == CONCLUDES and not holds.concludes):
        return False
    return block["role"] in holds.roles or block["role"] in holds.parts


def _listed(audit: Audit, changes: Changes) -> Iterator[dict[str, Any]]:
    """Each correction since the hearing once, with its kind, reason and what it replaced."""
    for row in changes.corrections(changes.cells):
        given = reason_of(audit, row)
        yield {"about": row["about"], "old": row["old"], "new": row["new"], "kind": given["kind"],
               "why": given["why"], "date": given["date"]}  # fmt: skip


def _without_links(node: Any) -> Any:
    """A block without what stands behind its numbers: facts become text, citations plain marks."""
    if isinstance(node, Mapping):
        if "t" in node and ("f" in node or "c" in node):
            return {key: "" if key in ("f", "c") else value for key, value in node.items()}
        plain = {key: _without_links(value) for key, value in node.items() if key != "facts"}
        for other in plain.get("contradicted", ()):
            other.pop("id")
        return plain
    if isinstance(node, list):
        return [_without_links(one) for one in node]
    return node
