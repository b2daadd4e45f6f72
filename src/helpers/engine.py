"""Execute chapters with papermill, and make executed notebooks comparable."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.metadata import requires, version
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from helpers.blocks import MIME
from helpers.deferred import defer_iri_grammar
from helpers.forks import Died, Forks, serve
from helpers.message import InputError

CHAPTERS = ("method", "governance", "collaboration", "user_involvement", "service_delivery", "conclusion")
COMPARISON = "comparison"
LONGEST_CELL = 600  # seconds; a cell that hangs is a chapter that stopped
ENVIRONMENT = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # of every cell; without it the debugger warns in each kernel


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
    def source(self) -> Path:
        return self.root / "workbooks" / f"{self.chapter}.ipynb"

    @property
    def cached(self) -> Path:
        return cache_of(self.root) / f"{self.chapter}-{self.key}.ipynb"


def cache_of(root: Path) -> Path:
    """Where executed chapters are kept; it may be missing."""
    return root / ".cache" / "chapters"


class Engine(Protocol):
    """Runs notebooks. It may be kept open over many runs."""

    def warm(self) -> None:
        """Get ready beside other work, when it is known that notebooks will run."""

    def run(self, tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, str | ChapterError]]:
        """Execute notebooks, at most ``jobs`` at a time; each as it is done, as text or the error it ended with."""

    def close(self) -> None:
        """End the processes it has."""


def open_engine(name: str = "") -> closing[Engine]:
    """An engine, to be closed after use: ``with open_engine() as engine: execute(engine, ...)``.

    Args:
        name: one of ENGINES; empty for ``fork`` where that is safe, else ``kernel``.

    Raises:
        InputError: when there is no such engine here.
    """
    name = name or ("fork" if FORK_IS_SAFE else "kernel")
    if name not in ENGINES:
        raise InputError("--engine", f"Ukjent motor «{name}»", f"Bruk {' eller '.join(ENGINES)}.")
    if name == "fork" and not FORK_IS_SAFE:
        raise InputError("--engine", "Motoren «fork» virker bare på Linux", "Bruk kernel, eller la valget stå tomt.")
    return closing(_ForkEngine() if name == "fork" else _KernelEngine())


def execute(
    engine: Engine, tasks: Sequence[Task], jobs: int, force: bool, done: Callable[[Task], None]
) -> dict[Task, str | ChapterError]:
    """Execute notebooks; what is in the cache is taken from there.

    Args:
        jobs: how many at a time.
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
    for task, result in engine.run(waiting, jobs):
        found[task] = result
        if isinstance(result, str):
            task.cached.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(task.cached, result)
        done(task)
    return found


class _KernelEngine:
    """Each notebook in a stock Jupyter kernel, driven by papermill in processes that are new for each run."""

    def warm(self) -> None:
        """There is nothing to get ready."""

    def run(self, tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, str | ChapterError]]:
        if not tasks:
            return
        with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=get_context("spawn")) as pool:
            running = {pool.submit(_in_kernel, task): task for task in tasks}
            for future in as_completed(running):
                try:
                    yield running[future], future.result()
                except BrokenProcessPool:
                    yield running[future], _died(running[future])

    def close(self) -> None:
        """There is nothing left after a run."""


class _ForkEngine:
    """Each notebook in a process forked from one parent that has the imports done; the parent starts when needed."""

    def __init__(self) -> None:
        self._forks: Forks | None = None

    def warm(self) -> None:
        self._forks = self._forks or Forks("helpers.engine:serve_chapters")

    def run(self, tasks: Sequence[Task], jobs: int) -> Iterator[tuple[Task, str | ChapterError]]:
        running: dict[int, Task] = {}
        waiting = list(enumerate(tasks))[::-1]
        while waiting or running:
            self.warm()
            assert self._forks
            try:
                while waiting and len(running) < jobs:
                    ticket, running[ticket] = waiting.pop()
                    self._forks.submit(ticket, running[ticket])
                ticket, result = self._forks.receive()
            except EOFError:  # the parent died, and its children with it; those left get a new one
                self.close()
                yield from ((task, _died(task)) for task in running.values())
                running.clear()
            else:
                task = running.pop(ticket)
                yield task, _fate(task, result) if isinstance(result, Died) else result

    def close(self) -> None:
        if self._forks:
            self._forks.close()
        self._forks = None


ENGINES = ("fork", "kernel")
# A fork takes over no thread, and on macOS system libraries do not survive one; elsewhere there is none.
FORK_IS_SAFE = sys.platform == "linux"


# What a chapter and its shell import as they go.
LATE = ("helpers.chapter", "markdown_it", "ipykernel.debugger", "IPython.core.oinspect", "IPython.core.completerlib")


def serve_chapters(requests: int, replies: int) -> None:
    """The parent of forked chapters: import and prepare what every chapter needs, then fork one for each task."""
    os.environ.update(ENVIRONMENT)
    defer_iri_grammar()
    import nbformat
    from papermill.engines import papermill_engines

    from helpers.render import environment
    from helpers.shell import NAME, ShellEngine
    from helpers.words import Words

    papermill_engines.register(NAME, ShellEngine)  # also where the package is not installed, but on the path
    for late in LATE:
        import_module(late)
    nbformat.validate(nbformat.v4.new_notebook())  # compiles the schema
    environment().get_template("blocks.html.j2")
    Words().decimal(Decimal(1))
    serve(requests, replies, _in_fork, _import_charts)


def _import_charts() -> None:
    """What drawing needs: half a second, once, where each chapter that draws would pay it."""
    # numpy's threads would start with it, and a process that forks has none; chapters multiply no matrices.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import matplotlib.backends.backend_svg
    import matplotlib.figure  # noqa: F401

    del os.environ["OPENBLAS_NUM_THREADS"]


def kept_notebook(task: Task) -> str | None:
    """The executed notebook the cache holds, if it is whole."""
    try:
        text = task.cached.read_text(encoding="utf-8")
        blocks_of(text)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return text


def _in_kernel(task: Task) -> str | ChapterError:
    """Execute a notebook in a stock kernel."""
    os.environ.update(ENVIRONMENT)
    defer_iri_grammar()
    with TemporaryDirectory(prefix="rb-") as sockets:
        quiet = ["--IPKernelApp.log_level=CRITICAL"]
        return _execute(task, extra_arguments=quiet, config=_transport(sockets))


def _in_fork(task: Task) -> str | ChapterError:
    """Execute a notebook in this process, which ends after it."""
    if "numpy.random" in sys.modules:  # Python's own generator starts afresh in a fork, numpy's does not
        sys.modules["numpy.random"].seed()
    return _execute(task, engine_name="revisjonsbok")


def _execute(task: Task, **engine: Any) -> str | ChapterError:
    """Have papermill execute a notebook; the executed, normalised notebook, or the error it ended with."""
    import nbformat
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    try:
        notebook = papermill.execute_notebook(
            task.source,
            None,
            dict(task.parameters),
            progress_bar=False,
            execution_timeout=LONGEST_CELL,
            log_output=False,
            cwd=task.root,
            **engine,
        )
        return str(nbformat.writes(normalise(notebook)))
    except PapermillExecutionError as error:
        place = f"workbooks/{task.source.name}, celle {error.cell_index + 1}"
        found = f"Cellen stoppet ({error.ename}: {error.evalue})"
        return ChapterError(str(InputError(place, found, "Åpne kapittelet i JupyterLab, og kjør cellen.")))
    except DeadKernelError:
        return _died(task)
    except Exception as error:  # a kernel that does not start, a notebook that is no notebook
        return _unfit(task, type(error).__name__)


def _unfit(task: Task, why: str) -> ChapterError:
    found = f"Kapittelet kan ikke kjøres ({why})"
    return ChapterError(str(InputError(f"workbooks/{task.source.name}", found, "Hent filen tilbake fra arbeidsboken.")))


def _died(task: Task) -> ChapterError:
    found = "Prosessen som kjørte kapittelet, døde"
    do = "Åpne kapittelet i JupyterLab, og kjør cellene."
    return ChapterError(str(InputError(f"workbooks/{task.source.name}", found, do)))


def _fate(task: Task, died: Died) -> ChapterError:
    """What a forked chapter ended with that gave no result."""
    return _unfit(task, "CellTimeoutError") if died.signal == signal.SIGALRM else _died(task)


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
    from nbformat import NotebookNode

    kernel = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    spec = {"display_name": "Python 3", "language": "python", "name": kernel}
    clean = NotebookNode(notebook)
    clean["nbformat_minor"] = 5
    clean["metadata"] = NotebookNode(kernelspec=spec, language_info={"name": "python"})
    clean["cells"] = [_cell(NotebookNode(cell), f"cell-{index:02d}") for index, cell in enumerate(notebook.cells)]
    return clean


def _cell(cell: Any, id: str) -> Any:
    cell["id"] = id
    cell["metadata"] = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
    if cell.cell_type == "code":
        cell["execution_count"] = None
        # An empty cell is not executed: old output stays in it.
        shown = cell.outputs if "".join(cell.source).strip() else ()
        cell["outputs"] = _outputs([type(cell)(output) for output in shown if output.get("name") != "stderr"])
    return cell


def _outputs(outputs: Sequence[Any]) -> list[Any]:
    """Without counts and metadata; what was printed is one piece, though a kernel sends it several times a second."""
    joined: list[Any] = []
    for output in outputs:
        if joined and output.output_type == joined[-1].output_type == "stream":
            joined[-1]["text"] += output.text
            continue
        if "metadata" in output:
            output["metadata"] = {}
        if "execution_count" in output:
            output["execution_count"] = None
        joined.append(output)
    return joined


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
    """Write a text file so that a reader sees the old one or the new one, never half."""
    write_bytes_atomically(path, text.encode())


def write_bytes_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def kept_text(folder: Path, name: str, key: str, make: Callable[[], str], *, force: bool = False) -> str:
    """A text as it was made before from the same content, else made now; one is kept for each name.

    Args:
        key: hash of all that the text is made from.
        force: make it again.
    """
    path = folder / f"{name}-{key}.txt"
    if not force and path.is_file():
        return path.read_text(encoding="utf-8")
    text = make()
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text)
    for old in folder.glob(f"{name}-*.txt"):
        if old.name.removeprefix(f"{name}-").removesuffix(".txt") != key and len(old.name) == len(path.name):
            old.unlink(missing_ok=True)
    return text
