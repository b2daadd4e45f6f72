"""Execute chapters with papermill, and make executed notebooks comparable."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from importlib.metadata import requires, version
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from helpers.blocks import MIME
from helpers.message import InputError

CHAPTERS = ("method", "governance", "collaboration", "user_involvement", "service_delivery", "conclusion")
COMPARISON = "comparison"
LONGEST_CELL = 600  # seconds; a cell that hangs is a chapter that stopped


class ChapterError(Exception):
    """A notebook raised; carries the chapter and the last line of what it said."""


@dataclass(frozen=True)
class Task:
    """One notebook to execute: ``parameters`` go to its ``parameters`` cell."""

    root: Path
    audit: str
    chapter: str
    parameters: tuple[tuple[str, str], ...]
    key: str

    @property
    def cached(self) -> Path:
        return self.root / ".cache" / "chapters" / f"{self.chapter}-{self.key}.ipynb"


def execute(
    tasks: Sequence[Task], jobs: int, force: bool, done: Callable[[Task], None]
) -> dict[Task, str | ChapterError]:
    """Execute notebooks, each in a stock Jupyter kernel; what is in the cache is taken from there.

    Args:
        done: called after each task, for the progress display.

    Returns:
        For each task the executed, normalised notebook as text, or the error it ended with.
    """
    found: dict[Task, str | ChapterError] = {}
    waiting = []
    for task in tasks:
        kept = None if force else kept_notebook(task)
        if kept is not None:
            found[task] = kept
            done(task)
        else:
            waiting.append(task)
    if not waiting:
        return found
    # A fresh process each: papermill and its kernels keep state that must not leak from one audit to the next.
    with ProcessPoolExecutor(min(jobs, len(waiting)), mp_context=get_context("spawn")) as pool:
        running = {pool.submit(_execute, task): task for task in waiting}
        for future in as_completed(running):
            task = running[future]
            try:
                found[task] = future.result()
                task.cached.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(task.cached, str(found[task]))
            except ChapterError as error:
                found[task] = error
            except BrokenProcessPool:
                found[task] = ChapterError(f"{task.chapter}: prosessen som kjørte kapittelet, døde")
            done(task)
    return found


def kept_notebook(task: Task) -> str | None:
    """The executed notebook the cache holds, if it is whole."""
    try:
        text = task.cached.read_text(encoding="utf-8")
        blocks_of(text)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return text


def _execute(task: Task) -> str:
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    source = task.root / "workbooks" / f"{task.chapter}.ipynb"
    target = task.root / ".cache" / "running" / f"{os.getpid()}-{task.chapter}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryDirectory(prefix="rb-") as sockets:
            notebook = papermill.execute_notebook(
                source,
                target,
                dict(task.parameters),
                progress_bar=False,
                execution_timeout=LONGEST_CELL,
                log_output=False,
                cwd=task.root,
                extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
                config=_transport(sockets),
            )
    except PapermillExecutionError as error:
        place = f"workbooks/{source.name}, celle {error.cell_index + 1}"
        found = f"Cellen stoppet ({error.ename}: {error.evalue})"
        raise ChapterError(str(InputError(place, found, "Åpne kapittelet i JupyterLab, og kjør cellen."))) from None
    except Exception as error:  # a kernel that does not start, a notebook that is no notebook
        found = f"Kapittelet kan ikke kjøres ({type(error).__name__})"
        raise ChapterError(
            str(InputError(f"workbooks/{source.name}", found, "Hent filen tilbake fra arbeidsboken."))
        ) from None
    finally:
        target.unlink(missing_ok=True)
    return str(nbformat.writes(normalise(notebook)))


def _transport(folder: str) -> Any:
    """Kernels speak over sockets only this user can open, where the system has such: registers are sensitive."""
    from traitlets.config import Config

    if os.name != "posix":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(Path(folder) / "kernel")}})


def normalise(notebook: Any) -> Any:
    """Take out of an executed notebook what differs from run to run: times, paths, process and cell ids; and what an
    editor keeps for itself.

    Two executions are the same exactly when this function gives the same notebook for both.
    """
    import nbformat

    clean = nbformat.from_dict(json.loads(nbformat.writes(notebook)))
    kernel = clean.metadata.get("kernelspec", {}).get("name", "python3")
    clean.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": kernel},
            "language_info": {"name": "python"},
        }
    )
    clean.nbformat_minor = 5
    for index, cell in enumerate(clean.cells):
        cell["id"] = f"cell-{index:02d}"
        cell["metadata"] = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        if cell.cell_type == "code":
            cell["execution_count"] = None
            shown = (
                cell.outputs if "".join(cell.source).strip() else ()
            )  # an empty cell is not executed: old output stays in it
            cell["outputs"] = [_output(output) for output in shown if output.get("name") != "stderr"]
    return clean


def _output(output: Any) -> Any:
    output.pop("execution_count", None)
    if output.output_type == "execute_result":
        output["execution_count"] = None
    output["metadata"] = {} if "metadata" in output else output.get("metadata")
    return output


def blocks_of(notebook: str) -> list[dict[str, Any]]:
    """The blocks an executed notebook displayed, in order."""
    cells = json.loads(notebook)["cells"]
    return [
        output["data"][MIME] for cell in cells for output in cell.get("outputs", ()) if MIME in output.get("data", {})
    ]


INTERFACE = ("jupyterlab", "rich", "typer")  # what a person sees while working, and no output holds
BENEATH = ("ipython", "numpy")  # not asked for by name, but they display and draw


@cache
def versions() -> dict[str, str]:
    """What shapes output: Python to its minor version, the platform, and the packages this one requires."""
    python = ".".join(platform.python_version_tuple()[:2])
    wanted = [line for line in requires("revisjonsbok") or () if "extra ==" not in line]
    names = {re.split(r"[^\w.-]", line, maxsplit=1)[0].lower() for line in wanted}
    packages = {name: version(name) for name in sorted({*names, *BENEATH} - {*INTERFACE})}
    return {"python": python, "platform": f"{platform.system()} {platform.machine()}", **packages}


@cache
def package_hash() -> str:
    """Hash of the package: its code, words, templates and reference data."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def code_hash() -> str:
    """Hash of the package and of the versions that shape its output."""
    return hashlib.sha256(json.dumps([package_hash(), versions()]).encode()).hexdigest()


def notebook_cells(path: Path) -> list[str]:
    """What decides how a notebook runs and looks: a hash of its kernel, then one for each cell.

    A cell is its kind, source, tags and attachments: outputs that were stored, counters, ids and what an editor
    keeps for itself are no part of it. So opening a notebook and saving it changes nothing; ``normalise`` takes
    the same things out of what was executed.
    """
    content = path.read_bytes()
    try:
        notebook = json.loads(content)
        kept: list[object] = [notebook["metadata"]["kernelspec"]["name"]]
        for cell in notebook["cells"]:
            tags, attached = cell["metadata"].get("tags"), cell.get("attachments")
            kept.append((cell["cell_type"], "".join(cell["source"]), tags or [], attached or {}))
    except (ValueError, KeyError, TypeError, AttributeError):
        return [hashlib.sha256(content).hexdigest()]  # no notebook: the engine says so
    return [hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest() for part in kept]


def task_key(root: Path, chapter: str, content: Iterable[str]) -> str:
    """Content address of an executed chapter: its slice, its notebook's cells, the package and the versions."""
    cells = notebook_cells(root / "workbooks" / f"{chapter}.ipynb")
    parts = [list(content), cells, package_hash(), versions()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)
