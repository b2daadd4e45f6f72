"""What one more chapter costs: chapters alone, forked, and their bare cells in a process that is warm.

    python -m benchmarks.chapters forked ROOT        every chapter of every audit through the fork engine
    python -m benchmarks.chapters warm ROOT          the same cells one after the other here; prints CPU s a chapter

``forked`` does for each chapter what a run does for it and nothing else: the audit is loaded, its slice taken, hashed
and packed, the notebook executed in a process of its own, normalised, written to the cache and read for its blocks. Two
sizes of it differ by chapters only; imports and the start of the engine fall out. ``warm`` is what no engine can do
without: IPython running the cells, with the same parameters and handed the same slice; nothing is written or kept.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from helpers.audit import load_audit
from helpers.deferred import import_jsonschema
from helpers.engine import CHAPTERS, Task, blocks_of, execute, open_engine
from helpers.facts import facts_of
from helpers.folder import audit_names
from helpers.slices import HANDED, packed, slice_key, take_slice

PARAMETERS = "parameters"


def tasks_of(root: Path, names: Sequence[str] = ()) -> Iterator[Task]:
    """Every chapter of audits, of all in the folder unless named, as a run with an empty cache makes them."""
    for name in names or audit_names(root):
        audit = load_audit(root, name)
        facts = facts_of(audit)
        for chapter in CHAPTERS:
            slice = take_slice(audit, facts, chapter)
            task = Task.of(root, name, chapter, (("audit", name),), [slice_key(*slice)])
            yield replace(task, slice=packed(chapter, *slice))


def forked(root: Path) -> int:
    """Execute every chapter through the fork engine, nothing taken from the cache; returns how many blocks came."""
    with open_engine("fork") as engine:
        engine.warm()
        done = execute(engine, list(tasks_of(root)), True, lambda _: None)
    return sum(len(blocks_of(str(text))) for text in done.values())


def warm(root: Path) -> float:
    """CPU seconds a chapter of the bare cells; everything has run once before it is counted."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    import_jsonschema()
    os.chdir(root)
    shell = InteractiveShell.instance()
    tasks = list(tasks_of(root))
    used = 0.0
    with NamedTemporaryFile() as slice:
        os.environ[HANDED] = slice.name
        for _ in range(2):
            used = 0.0
            for task in tasks:
                Path(slice.name).write_bytes(task.slice)
                began = time.process_time()
                shell.reset(new_session=False)
                with capture_output():
                    for source in cells_of(root, task.chapter, task.audit):
                        shell.run_cell(source).raise_error()
                used += time.process_time() - began
    return used / len(tasks)


def cells_of(root: Path, chapter: str, audit: str) -> Iterator[str]:
    """The code of a chapter's cells; after the one with its parameters those papermill would put in."""
    for cell in _cells(root / "workbooks" / f"{chapter}.ipynb"):
        if cell["cell_type"] == "code":
            yield "".join(cell["source"])
            if PARAMETERS in cell["metadata"].get("tags", ()):
                yield f"audit = {audit!r}"


def _cells(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return cells


if __name__ == "__main__":
    what, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    print(forked(folder) if what == "forked" else warm(folder))
