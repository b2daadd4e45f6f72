"""How good the gate is: defects planted one at a time in corrected audits, judged in stacked validations.

    python -m benchmarks.gate_bench [--only 1,12] [--per-class 40] [--seed 1] [--misses] [--review N] [--jobs 2]

Prints, for each class, how many defects were planted, how many the gate told, in how many of those the right cell was
named, and how many a plain suite of null, set and range checks finds; then the false alarms on the corrected audits as
they are, and on the same audits half-finished.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.editing import correct, rename
from benchmarks.measure import Result, by_audit, half_finished, measured
from benchmarks.planting import Spot
from benchmarks.plants import CLASSES, NAMES, Plant, plants
from helpers.audit import Audit, load_audit
from helpers.gate import gather, judge
from helpers.message import InputError, Message
from helpers.page import quality_model

ROOT = Path(__file__).resolve().parents[1]
AUDITS = ("eidskog-2015", "nes-2018", "hamar-2022", "eigersund-2022")
HALF = "--halv"
CORRECTIONS = ROOT / "benchmarks" / "corrections"


def percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def report(results: Sequence[Result], classes: Sequence[int], per_class: int) -> None:
    """A line for each class."""
    print(f"{'class':<24}{'planted':>8}{'caught':>8}{'%':>6}{'right cell':>12}{'typed only':>12}{'plain suite':>13}")
    for defect in classes:
        mine = [result for result in results if result.plant.defect == defect]
        caught = [result for result in mine if result.caught]
        plain, right, typed = sum(r.plain for r in mine), sum(r.right for r in caught), sum(r.typed for r in caught)
        note = f"  (only {len(mine)} places in the data)" if len(mine) < per_class else ""
        name = f"{defect:>2} {NAMES[defect]}"
        share = percent(len(caught), len(mine))
        print(f"{name:<24}{len(mine):>8}{len(caught):>8}{share:>6}{right:>12}{typed:>12}{plain:>13}{note}")
    print("typed only: caught only by what any number typed by hand earns, right or wrong")
    print("class 26: the colour on the page is a test of the page; planted are the verdict's word and the roll-up")


def report_misses(results: Sequence[Result]) -> None:
    """What was planted where and not told, or told elsewhere; and how each kind fared."""
    kinds: dict[tuple[int, str], list[Result]] = {}
    for result in results:
        kinds.setdefault((result.plant.defect, result.plant.kind), []).append(result)
    print("\nkind: planted, caught, right cell")
    for (defect, kind), mine in kinds.items():
        print(f"{defect:>4} {kind}: {len(mine)}, {sum(r.caught for r in mine)}, {sum(r.right for r in mine)}")
    for result in results:
        if result.right:
            continue
        what = "elsewhere" if result.caught else "missed"
        plant = result.plant
        print(f"\n{what} {plant.defect} {plant.kind} | {plant.name}\n    {plant.what.note}")
        print(f"    at {'; '.join(_shown(spot) for spot in plant.what.spots[:4])}")
        for message in result.told[:3]:
            print(f"    told: class {message.defect} {message.check} · {message.place}. {message.found[:110]}")


def _shown(spot: Spot) -> str:
    parts = (spot.register, spot.row, ", ".join(sorted(spot.columns)), f"line {spot.line}" if spot.line else "")
    return " ".join(part for part in parts if part and part != "*")


def alarms(audits: Sequence[Audit]) -> dict[str, list[Message]]:
    """What the gate says of the corrected audits, and of the same half-finished."""
    early = [rename(half_finished(audit), f"{audit.name}{HALF}") for audit in audits]
    return by_audit(judge([gather(audit) for audit in (*audits, *early)]))


def report_alarms(audits: Sequence[Audit], told: Mapping[str, list[Message]], *, texts: bool) -> tuple[int, int]:
    """False alarms on the corrected audits, and on the same half-finished; critical and warning of the first."""
    critical = warning = 0
    print(
        f"\n{'false alarms':<24}{'critical':>9}{'warning':>9}   half-finished: critical, groups on the page, messages"
    )
    for audit in audits:
        mine, halves = told.get(audit.name, []), told.get(f"{audit.name}{HALF}", [])
        levels = Counter(message.severity for message in mine)
        critical, warning = critical + levels["stopp"], warning + levels["varsel"]
        stops = sum(message.stops for message in halves)
        groups = quality_model("arbeid", halves)["groups"]
        print(
            f"{audit.name:<24}{levels['stopp']:>9}{levels['varsel']:>9}   {stops:>23}{len(groups):>21}{len(halves):>10}"
        )
    for name in told if texts else ():
        _alarms(name, told[name])
    return critical, warning


def _alarms(name: str, messages: Sequence[Message]) -> None:
    for message in messages:
        if message.stops or (message.severity == "varsel" and not name.endswith(HALF)):
            print(f"    {name} class {message.defect} {message.check}: {message.text}")


def review(planted: Sequence[Plant], number: int) -> None:
    """Some plants of each kind, to be read by eye, and how many places each kind has."""
    kinds: dict[tuple[int, str], list[Plant]] = {}
    for plant in planted:
        kinds.setdefault((plant.defect, plant.kind), []).append(plant)
    for (defect, kind), mine in kinds.items():
        print(f"\n{defect} {kind} ({len(mine)})")
        for plant in mine[:number]:
            print(f"    {plant.audit}: {plant.what.note}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="How good the gate is: planted defects told, and false alarms.")
    parser.add_argument("--only", default="", help="classes, with commas")
    parser.add_argument("--per-class", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--misses", action="store_true", help="what was planted where and not told")
    parser.add_argument("--review", type=int, default=0, metavar="N", help="only show N plants of each kind")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    only = [int(part) if part.isdecimal() else 0 for part in options.only.split(",") if part]
    if unknown := set(only) - set(CLASSES):
        parser.error(f"there is no class {sorted(unknown)[0]}")
    try:
        audits = [correct(load_audit(ROOT, name), CORRECTIONS) for name in AUDITS]
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if options.review:
        review(plants(audits, per_class=sys.maxsize, seed=options.seed, only=only), options.review)
        return 0
    planted = plants(audits, per_class=options.per_class, seed=options.seed, only=only)
    told = alarms(audits)
    results = list(measured(planted, {audit.name: audit for audit in audits}, options.jobs))
    report(results, only or list(CLASSES), options.per_class)
    if options.misses:
        report_misses(results)
    critical, warning = report_alarms(audits, told, texts=options.misses)
    caught = [result for result in results if result.caught]
    right = percent(sum(result.right for result in caught), len(caught))
    share = percent(len(caught), len(planted))
    print(f"\ntook {time.perf_counter() - started:.0f} s")
    print(
        f"planted {len(planted)} caught {len(caught)} ({share} %) right cell {right} % "
        f"false critical {critical} false warning {warning}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
