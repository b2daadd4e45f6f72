"""How fast a country's municipalities are worked through, and against what.

    python -m benchmarks.speed [--floor PYTHON] [--times 2] [--gate each|stacked] [--quick] [--only sides,...] [--write]

Whole processes, by turns, within one run, since machines differ and vary: what counts is the ratio of medians. On every
side the project's own chapters over synthetic municipalities, the gate and the HTML included. Parts:

- ``sides``: our run from cold, and the three of ``benchmarks.baselines``, for the same audits. All have to come to the
  same pages, byte for byte.
- ``scaling``: our run from cold for ever more municipalities, with memory; then one corrected cell among the most.
- ``chapter``: what one more chapter costs over its bare cells, and where its time goes.
- ``dask``: our run on a cluster of two workers on this machine, against our run without.
- ``rerun``: one audit again after a small correction, and ``watch``.

``--write`` puts the tables into docs/performance.md. Linux only.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import anatomy, synthetic
from benchmarks.baselines import EACH, GATES, SIDES, page_of
from benchmarks.chapters import tasks_of
from benchmarks.local_cluster import available, cluster
from benchmarks.processes import Cost, measure
from benchmarks.report import Table, machine, write
from benchmarks.rerun import correct, rerun
from helpers.engine import CHAPTERS, COMPARISON, cache_of

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "performance.md"
PARTS = ("sides", "scaling", "chapter", "dask", "rerun")
OURS = "ours"
PUBLISHED_OR_HELD = (0, 1)
WORKERS = 2
# Chapters alone are run for so many audits and for twice as many: a multiple of the originals, so that both are alike.
MARGIN = 4
MANY = 10  # lines of a profile


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        sizes: municipalities of the scaling, ascending.
        audits: of the sides and of Dask; where it is among the sizes, the scaling is held against it.
        times: how often what takes seconds or minutes is measured.
        small: how often a small correction of one audit is.
        floor: the Python that has ploomber-engine; None leaves the floor out.
        gate: whether the others judge each audit by itself, or all stacked.
        folder: where synthetic audits are laid out.
    """

    sizes: tuple[int, ...]
    audits: int
    times: int
    small: int
    floor: Path | None
    gate: str
    folder: Path


def ours(root: Path, *more: str, sampled: bool = False) -> Cost:
    """Our run over all audits of a folder, with what its cache holds."""
    command = [sys.executable, "-m", "helpers", "run", "--root", str(root), *more]
    return measure(command, sampled=sampled, allowed=PUBLISHED_OR_HELD)


def from_cold(root: Path, *more: str, sampled: bool = False) -> Cost:
    """Our run with neither cache nor outputs."""
    for name in (".cache", "outputs"):
        shutil.rmtree(root / name, ignore_errors=True)
    return ours(root, *more, sampled=sampled)


def baseline(plan: Plan, root: Path, out: Path, side: str) -> Cost:
    """One of the sides we are held against; it writes to a folder of its own, and the floor has a Python of its own."""
    shutil.rmtree(out, ignore_errors=True)
    python = plan.floor if plan.floor and side == "floor" else sys.executable
    return measure([str(python), "-m", "benchmarks.baselines", side, str(root), str(out), plan.gate])


def measured_sides(plan: Plan) -> tuple[Table, str]:
    """Ours between the others; and the sentence that sums up."""
    root = plan.folder / "sides"
    names = synthetic.make(root, plan.audits)
    outs = {side: plan.folder / f"out-{side}" for side in SIDES if side != "floor" or plan.floor}
    others = {side: partial(baseline, plan, root, out, side) for side, out in outs.items()}
    costs = between(OURS, partial(from_cold, root), others, plan.times)
    for out in outs.values():
        same_pages(root, out, names)
        shutil.rmtree(out)
    walls = {side: median(cost.wall for cost in found) for side, found in costs.items()}
    what = {
        OURS: "revisjonsbok run", "loop": "papermill and nbconvert in a loop",
        "pool": f"the same in a pool of {os.cpu_count()}", "floor": f"ploomber-engine in a pool of {os.cpu_count()}",
    }  # fmt: skip
    table = Table(
        f"{plan.audits} audits, {plan.audits * len(CHAPTERS)} chapters, from cold",
        ("side", "wall s, median", "each", "CPU s, median", "wall s an audit", "against ours"),
        tuple(
            (what[side], f"{walls[side]:.1f}", ", ".join(f"{cost.wall:.1f}" for cost in found),
             f"{median(cost.cpu for cost in found):.1f}", f"{walls[side] / plan.audits:.2f}",
             f"{walls[side] / walls[OURS]:.2f}")
            for side, found in costs.items()
        ),
        ("Gate, HTML and page are in every side, and all pages came out the same, byte for byte. "
         f"The others judge {GATES[plan.gate]}; ours stacks them.", disturbance(*costs.values())),
    )  # fmt: skip
    return table, summed_up(walls)


def summed_up(walls: Mapping[str, float]) -> str:
    """The last line: how many times as long the others took; a dash for one that was not measured."""
    ratio = {side: f"{walls[side] / walls[OURS]:.2f}x" if side in walls else "-" for side in SIDES}
    return f"faster than loop {ratio['loop']}, than pool {ratio['pool']}, of floor {ratio['floor']}"


def by_turns(by_side: Mapping[str, Callable[[], Cost]], times: int) -> dict[str, list[Cost]]:
    """Measure each side once a round; who goes first changes from round to round."""
    found: dict[str, list[Cost]] = {side: [] for side in by_side}
    sides = list(by_side)
    for number in range(times):
        place = number % len(sides)
        for side in (*sides[place:], *sides[:place]):
            found[side].append(told(f"{side}, round {number + 1}", by_side[side]()))
    return found


def between(
    name: str, short: Callable[[], Cost], others: Mapping[str, Callable[[], Cost]], times: int
) -> dict[str, list[Cost]]:  # fmt: skip
    """Measure what is short before each of the others, and once after them; a first time uncounted.

    A machine's speed changes within minutes: what takes seconds must not stand for the one moment it was measured in.
    The uncounted time reads all files into the system's cache, for the others too.
    """
    short()
    found: dict[str, list[Cost]] = {name: []}

    def again() -> None:
        found[name].append(told(f"{name}, {len(found[name]) + 1}", short()))

    for _ in range(times):
        for side, other in others.items():
            again()
            found.setdefault(side, []).append(told(side, other()))
    again()
    return found


def same_pages(root: Path, out: Path, names: Sequence[str]) -> None:
    """Hold the pages of a side against ours.

    Raises:
        AssertionError: one differs, or is missing: the sides did not do the same work.
    """
    for name in names:
        mine = root / "outputs" / "_draft" / name / f"{name}.html"
        if mine.read_bytes() != page_of(out, name).read_bytes():
            raise AssertionError(f"{out.name}: the page of {name} is not ours")


def measured_scaling(plan: Plan) -> tuple[Table, Table]:
    """Our run for ever more municipalities; the smaller ones again after the largest. Then a correction among those."""
    costs: dict[int, list[Cost]] = {size: [] for size in plan.sizes}
    roots = {size: plan.folder / f"scale-{size}" for size in plan.sizes}
    pages: dict[int, tuple[int, int]] = {}
    for number in range(plan.times):
        for size in plan.sizes if number == 0 else [size for size in plan.sizes if size <= plan.audits]:
            if not roots[size].exists():
                synthetic.make(roots[size], size)
            costs[size].append(told(f"{size} municipalities", from_cold(roots[size], sampled=True)))
            if (executed := len(chapters_kept(roots[size]))) != size * len(CHAPTERS):
                raise AssertionError(f"{size} municipalities: only {executed} chapters were executed")
            pages[size] = page_sizes(roots[size])
    walls = {size: median(cost.wall for cost in found) for size, found in costs.items()}
    largest = plan.sizes[-1]
    base = plan.audits if plan.audits in plan.sizes[:-1] else plan.sizes[0]
    growth = walls[largest] / largest / (walls[base] / base)
    table = Table(
        "From cold, ever more municipalities",
        ("municipalities", "wall s", "CPU s", "wall s each", "CPU s each", "memory MB", "pages MB", "largest page MB"),
        tuple(
            (str(size), f"{walls[size]:.1f}", f"{(cpu := median(cost.cpu for cost in found)):.1f}",
             f"{walls[size] / size:.2f}", f"{cpu / size:.2f}", f"{max(cost.peak for cost in found) / 1e6:.0f}",
             f"{pages[size][0] / 1e6:.1f}", f"{pages[size][1] / 1e6:.2f}")
            for size, found in costs.items()
        ),
        (f"Wall time each at {largest} is {growth:.2f} x that at {base}.",
         "Memory: the highest sum of PSS of all processes alive at one moment, sampled up to five times a second, "
         "at most a twentieth of one processor's time. Wall and CPU: medians, where a size was run more than once.",
         disturbance(*costs.values())),
    )  # fmt: skip
    return table, measured_correction(roots[largest], largest)


def page_sizes(root: Path) -> tuple[int, int]:
    """Bytes of all audits' pages, and of the largest."""
    sizes = [path.stat().st_size for path in (root / "outputs" / "_draft").glob("*/*.html")]
    return sum(sizes), max(sizes)


def chapters_kept(root: Path) -> set[str]:
    """The executed chapters in the cache, by file; the comparison is no chapter of an audit."""
    files = {path.name for path in cache_of(root).glob("*.ipynb")}
    return {file for file in files if not file.startswith(f"{COMPARISON}-")}


def measured_correction(root: Path, size: int) -> Table:
    """One cell corrected in one of many audits that are done, and a run in which nothing has changed.

    Raises:
        AssertionError: other chapters ran than those the correction reaches.
    """
    name = synthetic.names(1)[0]
    before, address = chapters_kept(root), {task.chapter: task.cached.name for task in tasks_of(root, [name])}
    correct(root, 512, name)
    reached = {task.cached.name for task in tasks_of(root, [name])} - set(address.values())
    cost = told(f"one cell among {size}", ours(root))
    ran = chapters_kept(root) - before
    if ran != reached:
        raise AssertionError(f"ran {sorted(ran)}, the correction reaches {sorted(reached)}")
    still = told(f"nothing among {size}", ours(root))
    if chapters_kept(root) - before != ran:
        raise AssertionError("chapters ran though nothing had changed")
    correct(root, 513, name)
    decided = deciding(root)
    chapters = Counter(file.rpartition("-")[0] for file in ran)
    return Table(
        f"One corrected cell among {size} municipalities",
        ("what", "wall s", "CPU s", "chapters run"),
        (
            ("run after one corrected cell", f"{cost.wall:.2f}", f"{cost.cpu:.2f}", str(len(ran))),
            ("from start until it is decided what runs", f"{decided:.2f}", "", ""),
            ("run with nothing changed", f"{still.wall:.2f}", f"{still.cpu:.2f}", "0"),
        ),
        (f"Just those ran that the cell reaches: {', '.join(sorted(chapters))} of {name}.",),
    )


def deciding(root: Path) -> float:
    """Seconds from the start of the command until it says which chapters run; the rest of the run is waited for."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "helpers", "run", "--explain", "--root", str(root)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    decided = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        for line in process.stdout:
            if "kjøres på nytt" in line:
                decided = time.perf_counter() - began
    if not decided or process.returncode not in (0, 1):
        raise AssertionError(f"no chapter was said to run, or the run ended with {process.returncode}")
    return decided


def measured_chapter(plan: Plan) -> tuple[Table, Table]:
    """What one more chapter costs, and where its time goes."""
    roots = [plan.folder / f"margin-{count}" for count in (MARGIN, 2 * MARGIN)]
    for number, root in enumerate(roots, 1):
        synthetic.make(root, number * MARGIN)
    more = MARGIN * len(CHAPTERS)
    costs, bare = [], []
    for number in range(plan.times):
        fewer, twice = (
            told(f"chapters of {root.name}, round {number + 1}", measure(_chapters("forked", root))) for root in roots
        )
        costs.append((twice.cpu - fewer.cpu) / more)
        bare.append(float(measure(_chapters("warm", roots[0])).said))
    over = median(costs) - median(bare)
    table = Table(
        "One more chapter",
        ("what", "CPU s a chapter", "each"),
        (
            (
                "forked: audit loaded; sliced, hashed, packed; executed, normalised, kept",
                f"{median(costs):.3f}",
                _each(costs),
            ),
            ("its bare cells in a warm process, handed the same slice", f"{median(bare):.3f}", _each(bare)),
            ("over its own cells", f"{over:.3f}", ""),
        ),
        (f"{2 * more} chapters against {more}, {len(CHAPTERS)} of each of {2 * MARGIN} and {MARGIN} audits.",),
    )
    return table, where_it_goes(anatomy.dissected(roots[0]))


def _chapters(what: str, root: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.chapters", what, str(root)]


def _each(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.3f}" for value in values)


def where_it_goes(found: anatomy.Anatomy) -> Table:
    """The steps of a chapter, the kinds of cells among them, and the packages."""

    def line(name: str, spent: float) -> tuple[str, str, str]:
        return name, f"{spent / found.chapters * 1000:.1f}", f"{spent / found.whole:.1%}"

    def lines(what: str, seconds: Mapping[str, float]) -> list[tuple[str, str, str]]:
        return [line(f"{what}{name}", seconds[name]) for name in sorted(seconds, key=seconds.__getitem__, reverse=True)]

    steps, cells, packages = lines("", found.steps), lines("cells: ", found.cells), lines("package ", found.packages)
    rest = line("what is between the steps", found.whole - sum(found.steps.values()))
    return Table(
        "Where the time of a forked chapter goes",
        ("what", "ms", "of the whole"),
        (*steps, rest, line("the whole", found.whole), *cells[:MANY], *packages[:MANY]),
        (
            f"Mean of {found.chapters} chapters, one at a time, under cProfile, which slows all: read the shares.",
            "Cells are part of the step that runs them; packages are own time, a second cut through the same whole.",
            f"Before that, without it: {found.before / found.chapters * 1000:.1f} CPU ms a chapter for its audit "
            "loaded, its slice taken, hashed and packed.",
        ),
    )


def measured_dask(plan: Plan) -> Table:
    """A cluster of two workers on this machine against the local engine; the workers are up before the run starts."""
    if not available():
        return Table("Dask against local: not measured, since distributed is not installed here", (), ())
    root = plan.folder / "dask"
    synthetic.make(root, plan.audits)
    with cluster(WORKERS, plan.folder / "cluster") as address:
        remote = partial(from_cold, root, "--engine", "dask", "--scheduler", address)
        costs = by_turns({"local": partial(from_cold, root), "dask": remote}, plan.times)
    walls = {side: median(cost.wall for cost in found) for side, found in costs.items()}
    rows = tuple(
        (side, f"{walls[side]:.1f}", ", ".join(f"{cost.wall:.1f}" for cost in found)) for side, found in costs.items()
    )
    return Table(
        f"Dask: {WORKERS} workers on this machine against the local engine, {plan.audits} audits from cold",
        ("engine", "wall s, median", "each"),
        rows,
        (f"Dask takes {walls['dask'] / walls['local']:.2f} x as long.",),
    )


def disturbance(*found: Sequence[Cost]) -> str:
    """How much else was going on: the most that other processes had of the processors while one command ran."""
    share = max(cost.others / cost.wall / (os.cpu_count() or 1) for costs in found for cost in costs)
    return f"All else on the machine took at most {share:.0%} of the processors while one of these ran."


def told(what: str, cost: Cost) -> Cost:
    """Say on the terminal how far it has come."""
    memory = f", {cost.peak / 1e6:.0f} MB" if cost.peak else ""
    print(f"  {what}: {cost.wall:.1f} s, {cost.cpu:.1f} CPU s{memory}", file=sys.stderr, flush=True)
    return cost


def warmed_up(plan: Plan) -> None:
    """Once through each side with one audit, not counted: nobody is the first to read the packages from the disk."""
    root, out = plan.folder / "warm", plan.folder / "out-warm"
    synthetic.make(root, 1)
    from_cold(root)
    for side in ("loop", "floor") if plan.floor else ("loop",):
        baseline(plan, root, out, side)


def measured(plan: Plan, parts: Sequence[str]) -> Iterator[Table | str]:
    """The tables of the parts, each as it is done; a bare string is the sentence that sums up, and comes last."""
    last = ""
    if "sides" in parts:
        warmed_up(plan)
        table, last = measured_sides(plan)
        yield table
    if "scaling" in parts:
        yield from measured_scaling(plan)
    if "chapter" in parts:
        yield from measured_chapter(plan)
    if "dask" in parts:
        yield measured_dask(plan)
    if "rerun" in parts:
        yield rerun(plan.small, 2 * plan.small)
    if last:
        yield last


def planned(options: argparse.Namespace, folder: Path) -> Plan:
    floor = options.floor.absolute() if options.floor else None
    if options.quick:
        return Plan((1, 4), 4, 1, 1, floor, options.gate, folder)
    return Plan((1, 4, 16, 100, 357), 16, options.times, 5, floor, options.gate, folder)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="How fast a country's municipalities are worked through.")
    parser.add_argument("--times", type=int, default=2, help="rounds of what takes seconds or minutes")
    parser.add_argument("--quick", action="store_true", help="four audits, one round")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas")
    parser.add_argument("--floor", type=Path, help="the Python that has ploomber-engine")
    parser.add_argument("--gate", choices=GATES, default=EACH, help="how the other sides judge")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    options = parser.parse_args(arguments)
    parts = options.only.split(",")
    if sys.platform != "linux":
        parser.error("what a tree of processes costs is read from /proc: Linux only")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"there is no part {sorted(unknown)[0]}")
    os.environ["PYTHONPATH"] = str(ROOT)  # children of the engine's parent look for this package, too
    began = time.perf_counter()
    told_of = machine(options.floor)
    print(told_of)
    found = []
    with tempfile.TemporaryDirectory(prefix="rb-speed-") as folder:
        for one in measured(planned(options, Path(folder)), parts):
            found.append(one)
            if isinstance(one, Table):
                print(f"\n{one.plain()}", flush=True)
    if options.write:
        write(DOCUMENT, [told_of, *(one.markdown() if isinstance(one, Table) else f"**{one}**" for one in found)])
    print(f"\ntook {(time.perf_counter() - began) / 60:.0f} minutes")
    if isinstance(found[-1], str):
        print(found[-1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
