"""The same work without our engine: what a careful user writes with papermill, nbconvert and the checks.

    python -m benchmarks.baselines loop|pool|floor ROOT OUT each|stacked

For each audit six chapters are executed to files and converted by nbconvert to HTML beside them; then the gate judges
it, GX imported once in a process, and its page is rendered. Nothing is kept from run to run. Judged is each audit by
itself as it is done, or (``stacked``) all that a process has in one validation, which costs little more than one audit.
Great Expectations is as it is, without what our own process for it spares it (`helpers.spared`).

- ``loop``: papermill with its stock engine, one chapter after the other in one process.
- ``pool``: the same in as many processes as there are processors, chapters and audits spread as they come.
- ``floor``: the same pool with ploomber-engine, which runs the cells in the process itself: warm, and without
  isolation, as little as executing a notebook can cost there.

They are spared what our run does beyond this: facts.csv, changes.json, the manifest, the atomic swap, the index with
the comparison, a cache that makes the next run cheap.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from helpers.audit import load_audit
from helpers.changes import compare
from helpers.checks import Evidence
from helpers.engine import CHAPTERS, blocks_of
from helpers.folder import audit_names
from helpers.gate import gather, judge
from helpers.items import items_of
from helpers.message import Message, deliverable
from helpers.page import Said, page_model, render
from helpers.publish import hashes, inputs_of, stamp
from helpers.snapshot import take_snapshot

SIDES = ("loop", "pool", "floor")

EACH, STACKED = "each", "stacked"
GATES = {EACH: "each audit by itself", STACKED: "all audits of a process stacked"}

Execute = Callable[[Path, Path, str, Path], Any]
"""Executes a notebook: source, target, name of the audit, working directory."""


def with_papermill(source: Path, target: Path, audit: str, root: Path) -> None:
    """A new kernel for the notebook, as papermill does it of itself."""
    import papermill

    papermill.execute_notebook(source, target, {"audit": audit}, progress_bar=False, cwd=root)


def with_ploomber(source: Path, target: Path, audit: str, root: Path) -> None:
    """The cells in this very process."""
    _ploomber()(source, target, parameters={"audit": audit}, progress_bar=False, cwd=str(root))


@cache
def _ploomber() -> Callable[..., Any]:
    """ploomber-engine's function, sure to tell nobody of its use.

    It brings ploomber-core, whose telemetry sends what functions are called to posthog and asks a registry for newer
    versions. Both are switched off; and where a version of it so much as loads them, it does not run here.

    Raises:
        RuntimeError: it loaded the telemetry.
    """
    before = set(sys.modules)
    function: Callable[..., Any] = import_module("ploomber_engine").execute_notebook
    loaded = {name for name in set(sys.modules) - before if name.split(".")[0] == "posthog" or "telemetry" in name}
    if loaded:
        raise RuntimeError(f"ploomber-engine loads {', '.join(sorted(loaded))}")
    return function


# ploomber_core.telemetry reads these: the first ends in check_telemetry_enabled, the second in check_version.
SILENT = {"PLOOMBER_STATS_ENABLED": "false", "PLOOMBER_VERSION_CHECK_DISABLED": "1"}


def notebook_of(out: Path, audit: str, chapter: str) -> Path:
    """Where an executed chapter goes; its HTML stands beside it."""
    return out / audit / f"{chapter}.ipynb"


def page_of(out: Path, audit: str) -> Path:
    """Where the page of an audit goes."""
    return out / audit / f"{audit}.html"


def do_chapter(execute: Execute, root: Path, out: Path, audit: str, chapter: str) -> None:
    """Execute one chapter to a file, and convert that."""
    target = notebook_of(out, audit, chapter)
    target.parent.mkdir(parents=True, exist_ok=True)
    execute(root / "workbooks" / f"{chapter}.ipynb", target, audit, root)
    html, _ = _exporter().from_filename(str(target))
    target.with_suffix(".html").write_text(html, encoding="utf-8")


@cache
def _exporter() -> Any:
    from nbconvert.exporters import HTMLExporter

    return HTMLExporter()


def do_audits(root: Path, out: Path, names: Sequence[str]) -> None:
    """Judge audits with their chapters' blocks, and render their pages: those our own run makes, byte for byte."""
    evidence = []
    for name in names:
        texts = [notebook_of(out, name, chapter).read_text(encoding="utf-8") for chapter in CHAPTERS]
        evidence.append(gather(load_audit(root, name), [block for text in texts for block in blocks_of(text)]))
    messages = judge(evidence)
    for one in evidence:
        page = _page(root, one, [message for message in messages if message.audit == one.audit.name])
        page_of(out, one.audit.name).write_text(page, encoding="utf-8")


def _page(root: Path, one: Evidence, messages: Sequence[Message]) -> str:
    audit, facts, blocks = one.audit, one.facts, one.blocks
    items = items_of(blocks, facts)
    now = take_snapshot(audit, facts, blocks, items)
    said = Said(now.content, compare(audit, audit.journal.last("internal"), now, messages))
    made_from = stamp(hashes(root, inputs_of(root, audit.name)))
    held = not deliverable(audit.params.phase, messages)
    model = page_model(audit, facts, blocks, items, messages, said, made_from, draft=held)
    return render("page", model, audit.params.language)


def in_a_loop(root: Path, out: Path, execute: Execute, gate: str) -> None:
    """One thing after the other, in this process."""
    names = audit_names(root)
    for audit in names:
        for chapter in CHAPTERS:
            do_chapter(execute, root, out, audit, chapter)
    for together in [names] if gate == STACKED else [[name] for name in names]:
        do_audits(root, out, together)


def in_a_pool(root: Path, out: Path, execute: Execute, gate: str, jobs: int) -> None:
    """In processes that live through the whole run; an audit is judged once its chapters are done, beside others'."""
    names = audit_names(root)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        running = {
            audit: [pool.submit(do_chapter, execute, root, out, audit, chapter) for chapter in CHAPTERS]
            for audit in names
        }
        judged = []
        shares = [names[start::jobs] for start in range(min(jobs, len(names)))]
        for together in shares if gate == STACKED else [[name] for name in names]:
            _wait([chapter for name in together for chapter in running[name]])
            judged.append(pool.submit(do_audits, root, out, together))
        _wait(judged)


def _wait(futures: Sequence[Future[None]]) -> None:
    """Wait for all; what one raised is raised here."""
    for future in futures:
        future.result()


def main() -> int:
    side, root, out, gate = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    if side == "loop":
        in_a_loop(root, out, with_papermill, gate)
    else:
        os.environ.update(SILENT)  # before any worker is there
        execute = with_ploomber if side == "floor" else with_papermill
        in_a_pool(root, out, execute, gate, os.cpu_count() or 1)
    return 0


if __name__ == "__main__":
    # By its own name: ploomber-engine's shell puts a module of its own where workers look for __main__.
    from benchmarks import baselines

    sys.exit(baselines.main())
