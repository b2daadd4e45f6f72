"""Whether the gate tells of a plant, and where: plants judged in stacked validations beside the clean audits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

from benchmarks.editing import Parameters, Rewrite, edit, rename
from benchmarks.plain_suite import plain_messages
from benchmarks.plants import Plant
from helpers.audit import Audit
from helpers.gate import gather, judge
from helpers.message import Message
from helpers.schema import Schema

# Audits in one stacked validation: 400 take 1.1 GB, and two processes work at once.
BATCH = 200
_NUMBERS = re.compile(r"\b(linje|rad|rader) \d+(?:–\d+)?(?:, \d+(?:–\d+)?)*")

Key = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Result:
    """What became of one plant.

    Attributes:
        typed: caught only by a message that any number typed by hand would earn, right or wrong.
        told: what the gate says of it and not of the clean audit.
    """

    plant: Plant
    caught: bool
    typed: bool
    right: bool
    plain: bool
    told: tuple[Message, ...]


def key_of(message: Message) -> Key:
    """What makes two messages the same: check, place without line, found; line numbers in words do not count."""
    place = message.place
    row = "" if place.register.startswith("text/") else place.row
    return message.check, place.register, row, place.column, _NUMBERS.sub(r"\1", message.found)


def new(messages: Sequence[Message], before: Counter[Key]) -> list[Message]:
    """The messages the clean audit does not have; of the same message, only those beyond its number there."""
    left = Counter(before)
    found = []
    for message in messages:
        key = key_of(message)
        if left[key] > 0:
            left[key] -= 1
        else:
            found.append(message)
    return found


def by_audit(messages: Sequence[Message]) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = {}
    for message in messages:
        found.setdefault(message.audit, []).append(message)
    return found


def half_finished(audit: Audit) -> Audit:
    """The audit in phase *arbeid*, before assessments, recommendations, response and summary are written."""
    gone = ("assessments", "recommendations")
    registers = {
        key: replace(register, rows=() if key in gone else register.rows) for key, register in audit.registers.items()
    }
    comments = registers["comments"]
    registers["comments"] = replace(comments, rows=tuple(row for row in comments.rows if row["round"] != "uttalelse"))
    texts = {name: text for name, text in audit.texts.items() if name != "summary"}
    early = edit(audit, [Parameters((("phase", "arbeid"),))])
    return Audit(early.params, audit.schema, registers, texts)


def measured(planted: Sequence[Plant], clean: Mapping[str, Audit], jobs: int) -> Iterator[Result]:
    """Judge every plant, a batch at a time; the order of the results is that of the plants."""
    batches = [planted[start : start + BATCH] for start in range(0, len(planted), BATCH)]
    if len(batches) < 2 or jobs < 2:
        for batch in batches:
            yield from judged(batch, clean)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for results in pool.map(judged, batches, [clean] * len(batches)):
            yield from results


def judged(batch: Sequence[Plant], clean: Mapping[str, Audit]) -> list[Result]:
    """One stacked validation of a batch and the clean audits, by the gate and by the plain suite."""
    evidence = [gather(audit) for audit in clean.values()]
    evidence += [gather(plant.grown(clean[plant.audit])) for plant in batch]
    evidence += [gather(_harmless(audit)) for audit in clean.values()]
    told, plainly = by_audit(judge(evidence)), by_audit(plain_messages(evidence))
    base = {name: Counter(key_of(m) for m in told.get(name, ())) for name in clean}
    plain_base = {name: Counter(key_of(m) for m in plainly.get(name, ())) for name in clean}
    any_number = {m.check for name in clean for m in new(told.get(f"{name}{HARMLESS}", ()), base[name])}
    found = []
    for plant in batch:
        fresh = new(told.get(plant.name, ()), base[plant.audit])
        of_class = [
            m for m in fresh
            if m.defect == plant.defect or (m.defect in plant.what.also and m.check not in any_number)
        ]  # fmt: skip
        right = any(spot.holds(place) for m in of_class for place in (m.place, *m.touches) for spot in plant.what.spots)
        sheets = _sheets(plant, clean[plant.audit].schema)
        plain = any(m.place.register in sheets for m in new(plainly.get(plant.name, ()), plain_base[plant.audit]))
        typed = bool(of_class) and all(m.check in any_number for m in of_class)
        found.append(Result(plant, bool(of_class), typed, right, plain, tuple(fresh)))
    return found


HARMLESS = "--tall"


def _harmless(audit: Audit) -> Audit:
    """The audit with a number in its method text that contradicts nothing."""
    content = audit.texts["method"].content.rstrip("\n")
    return rename(
        edit(audit, [Rewrite("method", f"{content} Oppstartsmøtet varte i 47 minutter.\n")]), f"{audit.name}{HARMLESS}"
    )


def _sheets(plant: Plant, schema: Schema) -> set[str]:
    """The sheets a plant was planted in."""
    keys = {getattr(change, "register", "") for change in plant.what.changes}
    return {schema[key].sheet for key in keys if key}
