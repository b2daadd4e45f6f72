"""How good the gate is: defects planted one at a time in corrected audits, judged in one stacked validation.

    python -m benchmarks.gate_bench [--only 1,12] [--per-class 40] [--seed 1] [--misses] [--review N]

Prints, for each class, how many defects were planted, how many the gate told, in how many of those the right cell was
named, and how many a plain suite of null, set and range checks finds; then the false alarms on the corrected audits as
they are, and on the same audits half-finished.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

if __package__ in (None, ""):  # python benchmarks/gate_bench.py
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.editing import correct, edit, rename
from benchmarks.editing import Parameters as Parameters
from benchmarks.plain_suite import plain_messages
from benchmarks.plants import CLASSES, NAMES, Plant, plants
from helpers.audit import Audit, load_audit
from helpers.gate import gather, judge
from helpers.message import InputError, Message
from helpers.page import quality_model
from helpers.params import audit_names
from helpers.schema import Schema

ROOT = Path(__file__).resolve().parents[1]
BATCH = 400  # audits in one stacked validation: more at once needs more memory than a laptop has to spare
_NUMBERS = re.compile(r"\b(linje|rad|rader) \d+(?:–\d+)?(?:, \d+(?:–\d+)?)*")

Key = tuple[str, str, str, str, str]


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


@dataclass(frozen=True)
class Result:
    """What became of one plant."""

    plant: Plant
    caught: bool
    right: bool
    plain: bool
    told: tuple[Message, ...]


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


def by_audit(messages: Sequence[Message]) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = {}
    for message in messages:
        found.setdefault(message.audit, []).append(message)
    return found


def measured(planted: Sequence[Plant], clean: Mapping[str, Audit]) -> Iterator[Result]:
    """Judge every plant, a batch at a time, beside the clean audits."""
    for start in range(0, len(planted), BATCH):
        batch = planted[start : start + BATCH]
        grown = {plant.name: plant.grown(clean[plant.audit]) for plant in batch}
        evidence = [gather(audit) for audit in (*clean.values(), *grown.values())]
        told, plainly = by_audit(judge(evidence)), by_audit(plain_messages(evidence))
        base = {name: Counter(key_of(m) for m in told.get(name, ())) for name in clean}
        plain_base = {name: Counter(key_of(m) for m in plainly.get(name, ())) for name in clean}
        for plant in batch:
            fresh = new(told.get(plant.name, ()), base[plant.audit])
            right_class = [m for m in fresh if m.defect in (plant.defect, *plant.what.also)]
            right_cell = any(
                spot.holds(place) for m in right_class for place in (m.place, *m.touches) for spot in plant.what.spots
            )
            sheets = _sheets(plant, clean[plant.audit].schema)
            plain = any(m.place.register in sheets for m in new(plainly.get(plant.name, ()), plain_base[plant.audit]))
            yield Result(plant, bool(right_class), right_cell, plain, tuple(fresh))


def _sheets(plant: Plant, schema: Schema) -> set[str]:
    """The sheets a plant was planted in."""
    keys = {getattr(change, "register", "") for change in plant.what.changes}
    return {schema[key].sheet for key in keys if key}


def percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def report(results: Sequence[Result], classes: Sequence[int], per_class: int) -> None:
    """A line for each class."""
    print(f"{'class':<24}{'planted':>8}{'caught':>8}{'%':>6}{'right cell':>12}{'plain suite':>13}")
    for defect in classes:
        mine = [result for result in results if result.plant.defect == defect]
        caught = [result for result in mine if result.caught]
        plain, right = sum(r.plain for r in mine), sum(r.right for r in caught)
        note = f"  (only {len(mine)} places in the data)" if len(mine) < per_class else ""
        name = f"{defect:>2} {NAMES[defect]}"
        share = percent(len(caught), len(mine))
        print(f"{name:<24}{len(mine):>8}{len(caught):>8}{share:>6}{right:>12}{plain:>13}{note}")
    print("  class 26: the colour on the page is a test of the page; planted is the verdict's word and the roll-up")


def report_misses(results: Sequence[Result]) -> None:
    """What was planted where and not told, or told elsewhere."""
    for result in results:
        if result.right:
            continue
        what = "missed" if not result.caught else "elsewhere"
        plant = result.plant
        print(f"\n{what} {plant.defect} {plant.kind} | {plant.name}\n    {plant.what.note}")
        print(f"    at {'; '.join(_shown(spot) for spot in plant.what.spots[:4])}")
        for message in result.told[:3]:
            print(f"    told: class {message.defect} {message.check} · {message.place}. {message.found[:110]}")


def _shown(spot: object) -> str:
    parts = (getattr(spot, "register", ""), getattr(spot, "row", ""), ",".join(sorted(getattr(spot, "columns", ()))))
    line = getattr(spot, "line", None)
    return " ".join(part for part in (*parts, f"line {line}" if line else "") if part and part != "*")


def report_alarms(audits: Sequence[Audit]) -> tuple[int, int]:
    """False alarms on the corrected audits, and on the same half-finished; critical and warning of the first."""
    early = [rename(half_finished(audit), f"{audit.name}--halv") for audit in audits]
    told = by_audit(judge([gather(audit) for audit in (*audits, *early)]))
    critical = warning = 0
    print(
        f"\n{'false alarms':<24}{'critical':>9}{'warning':>9}   half-finished: critical, groups on the page, messages"
    )
    for audit, half in zip(audits, early, strict=True):
        mine, halves = told.get(audit.name, []), told.get(half.name, [])
        levels = Counter(message.severity for message in mine if not message.waived)
        critical, warning = critical + levels["stopp"], warning + levels["varsel"]
        stops = sum(message.stops for message in halves)
        groups = quality_model("arbeid", halves)["groups"]
        print(f"{audit.name:<24}{levels['stopp']:>9}{levels['varsel']:>9}   {stops:>8}{len(groups):>8}{len(halves):>8}")
    return critical, warning


def report_alarm_texts(audits: Sequence[Audit]) -> None:
    for audit in audits:
        for message in judge([gather(audit)]):
            if message.severity != "orientering":
                print(f"    {audit.name} class {message.defect} {message.check}: {message.text}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--only", default="", help="classes, with commas")
    parser.add_argument("--per-class", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--misses", action="store_true", help="what was planted where and not told")
    parser.add_argument("--review", type=int, default=0, metavar="N", help="only show N plants of each kind")
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    only = [int(part) for part in options.only.split(",") if part]
    if unknown := set(only) - set(CLASSES):
        parser.error(f"unknown class {sorted(unknown)[0]}")
    try:
        audits = [correct(load_audit(ROOT, name), ROOT / "benchmarks" / "corrections") for name in audit_names(ROOT)]
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if options.review:
        review(plants(audits, per_class=10**6, seed=options.seed, only=only), options.review)
        return 0
    planted = plants(audits, per_class=options.per_class, seed=options.seed, only=only)
    clean = {audit.name: audit for audit in audits}
    results = list(measured(planted, clean))
    report(results, only or list(CLASSES), options.per_class)
    if options.misses:
        report_misses(results)
    critical, warning = report_alarms(audits)
    if options.misses:
        report_alarm_texts(audits)
    caught = [result for result in results if result.caught]
    right = percent(sum(result.right for result in caught), len(caught))
    print(f"\ntook {time.perf_counter() - started:.0f} s")
    share = percent(len(caught), len(planted))
    print(
        f"planted {len(planted)} caught {len(caught)} ({share} %) right cell {right} % "
        f"false critical {critical} false warning {warning}"
    )
    return 0


def review(planted: Sequence[Plant], number: int) -> None:
    """Some plants of each kind, to be read by eye."""
    shown: Counter[tuple[int, str]] = Counter()
    total: Counter[tuple[int, str]] = Counter((plant.defect, plant.kind) for plant in planted)
    for plant in planted:
        kind = (plant.defect, plant.kind)
        if not shown[kind]:
            print(f"\n{plant.defect} {plant.kind} ({total[kind]})")
        shown[kind] += 1
        if shown[kind] <= number:
            print(f"    {plant.audit}: {plant.what.note}")


if __name__ == "__main__":
    sys.exit(main())
