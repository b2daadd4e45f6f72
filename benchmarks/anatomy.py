"""Where the time of a forked chapter goes.

Every chapter runs in a child of the fork engine's parent, and the child watches its own work with cProfile, one chapter
at a time. Times under a profiler are longer than without, the more the more small calls there are: shares are what to
read. By step: what papermill and our engine do around the cells, and each kind of cell. By package: own time of its
functions, those written in C under the package that calls them.
"""

from __future__ import annotations

import cProfile
import pstats
import re
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.chapters import tasks_of
from helpers.chapter import Chapter
from helpers.engine import ChapterError, ForkEngine, Work, _in_fork
from helpers.forks import QUIET

# A step is known by a function: the end of its file, its name. None is within another.
STEPS = {
    "read the notebook": ("nbformat/__init__.py", "reads"),
    "papermill takes it over": ("papermill/iorw.py", "load_notebook_node"),
    "put in the parameters": ("papermill/parameterize.py", "parameterize_notebook"),
    "start the shell": ("helpers/shell.py", "_start_kernel"),
    "cells": ("ipykernel/ipkernel.py", "execute_request"),
    "normalise": ("helpers/engine.py", "normalise"),
    "write as JSON": ("helpers/engine.py", "notebook_text"),
}
WHOLE = ("benchmarks/anatomy.py", "_done")
# What a cell calls: a verb of the chapter, or Python's import.
IN_CELLS = {name: name for name in (*vars(Chapter), "open_chapter") if not name.startswith("_")}
IN_CELLS["_find_and_load"] = "import"

Function = tuple[str, int, str]
Timing = tuple[int, int, float, float, dict[Function, tuple[int, int, float, float]]]
"""Calls, calls that are no recursion, own seconds, seconds together, and the same for each caller."""


# A name that is not there yet is at 0.
Seconds = defaultdict[str, float]


@dataclass
class Anatomy:
    """Seconds of many chapters together.

    Attributes:
        steps: of each step in STEPS, calls it makes included.
        cells: of each kind of cell, by the verb it calls; ``open_chapter`` is what reads the audit.
        packages: of each package, without what it calls elsewhere.
        whole: of all work in the child, under the profiler.
        before: of what is done first, elsewhere: audits loaded, chapters sliced, hashed and packed; not profiled.
    """

    chapters: int = 0
    whole: float = 0.0
    before: float = 0.0
    steps: Seconds = field(default_factory=partial(defaultdict, float))
    cells: Seconds = field(default_factory=partial(defaultdict, float))
    packages: Seconds = field(default_factory=partial(defaultdict, float))

    def add(self, other: Anatomy) -> None:
        self.chapters += other.chapters
        self.whole += other.whole
        for mine, theirs in ((self.steps, other.steps), (self.cells, other.cells), (self.packages, other.packages)):
            for name, spent in theirs.items():
                mine[name] += spent


def dissected(root: Path) -> Anatomy:
    """All chapters of all audits of a folder, one at a time, each in a child of the fork engine's parent."""
    sum_of_all = Anatomy()
    began = time.process_time()
    tasks = list(tasks_of(root))
    sum_of_all.before = time.process_time() - began
    with closing(ForkEngine(1)) as engine:
        engine.warm()
        time.sleep(2 * QUIET)  # the parent imports what drawing needs when nobody has asked for a while
        for task in tasks:
            sum_of_all.add(engine.do(profiled, task.work).result())
    return sum_of_all


def profiled(work: Work) -> Anatomy:
    """Do in this process, which is forked for it, what the fork engine has a child do; return where the time went.

    Raises:
        RuntimeError: the chapter stopped.
    """
    profiler = cProfile.Profile()
    result = profiler.runcall(_done, work)
    if not isinstance(result, str):
        raise RuntimeError(f"{work.name}: {result}")
    return _anatomy(pstats.Stats(profiler))


def _done(work: Work) -> str | ChapterError:
    return _in_fork(work)


def _anatomy(stats: pstats.Stats) -> Anatomy:
    found = Anatomy(chapters=1)
    table: dict[Function, Timing] = stats.stats  # type: ignore[attr-defined]
    for (path, _, name), (_, _, own, together, callers) in table.items():
        if _is(WHOLE, path, name):
            found.whole += together
        for step, place in STEPS.items():
            if _is(place, path, name):
                found.steps[step] += together
        if kind := IN_CELLS.get(name):
            found.cells[kind] += sum(timing[3] for caller, timing in callers.items() if _is_cell(caller[0]))
        if path == "~":  # written in C: its own time belongs to who calls it
            for caller, timing in callers.items():
                found.packages[_package(caller[0])] += timing[2]
        else:
            found.packages[_package(path)] += own
    return found


def _is(place: tuple[str, str], path: str, name: str) -> bool:
    return path.endswith(place[0]) and name == place[1]


def _is_cell(path: str) -> bool:
    """Whether code was compiled from a cell: ipykernel gives it a file name of its own making."""
    return "ipykernel_" in path or "<ipython-input" in path


def _package(path: str) -> str:
    """The package a file belongs to; Python's own modules are one."""
    found = re.search(r"(?:site-packages|src)/(\w+)", path)
    return "cells" if _is_cell(path) else found[1] if found else "python"
