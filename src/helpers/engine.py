"""Execute chapters with papermill, and make executed notebooks comparable."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.metadata import requires, version
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Protocol

import msgspec

from helpers.blocks import MIME
from helpers.deferred import absent, deferred, import_jsonschema
from helpers.files import write_atomically
from helpers.folder import CACHE
from helpers.forks import FORK_IS_SAFE, SERVE_CHAPTERS, Died, Forks, serve
from helpers.message import InputError
from helpers.slices import HANDED

CHAPTERS = ("method", "governance", "collaboration", "user_involvement", "service_delivery", "conclusion")
COMPARISON = "comparison"
LONGEST_CELL = 600  # seconds; a cell that hangs is a chapter that stopped
# Of every cell: without the first the debugger warns in each kernel, the second it sets itself where it is imported.
ENVIRONMENT = {"PYDEVD_DISABLE_FILE_VALIDATION": "1", "PYDEVD_USE_FRAME_EVAL": "NO"}


class ChapterError(Exception):
    """A notebook raised; carries the chapter and the last line of what it said."""


@dataclass(frozen=True)
class Work:
    """All that executing a notebook takes: it goes wherever the notebook is executed, and no file is read there.

    Attributes:
        name: the notebook, as messages name it.
        notebook: its text, as it stands in ``workbooks/``.
        parameters: for its ``parameters`` cell.
        slice: what ``open_chapter`` opens; empty for a notebook that is no chapter of an audit.
        folder: the working directory; empty for one of its own that is empty.
    """

    name: str
    notebook: str
    parameters: tuple[tuple[str, str], ...]
    slice: bytes
    folder: str


@dataclass(frozen=True)
class Task:
    """One notebook to execute: ``parameters`` go to its ``parameters`` cell, ``slice`` to ``open_chapter``.

    Attributes:
        notebook: its text as it was when the key was made, whatever is saved in ``workbooks/`` meanwhile.
    """

    root: Path
    audit: str
    chapter: str
    parameters: tuple[tuple[str, str], ...]
    key: str
    notebook: str = field(repr=False, compare=False)
    slice: bytes = field(default=b"", repr=False, compare=False)

    @classmethod
    def of(
        cls, root: Path, audit: str, chapter: str, parameters: tuple[tuple[str, str], ...], content: Iterable[str]
    ) -> Task:
        """The task of a notebook as it stands.

        Args:
            content: content addresses of all that the notebook reads.
        """
        path = root / "workbooks" / f"{chapter}.ipynb"
        notebook = path.read_text(encoding="utf-8", errors="replace")  # no notebook: the engine says so
        return cls(root, audit, chapter, parameters, _task_key(notebook, content), notebook)

    @property
    def cached(self) -> Path:
        return cache_of(self.root) / f"{self.chapter}-{self.key}.ipynb"

    @property
    def work(self) -> Work:
        return Work(self.chapter, self.notebook, self.parameters, self.slice, str(self.root))

    def keep(self, executed: str) -> None:
        """Put the executed notebook into the cache."""
        self.cached.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self.cached, executed)


def cache_of(root: Path) -> Path:
    """Where executed chapters are kept; it may be missing."""
    return root / CACHE / "chapters"


class Engine(Protocol):
    """Runs notebooks. It may be kept open over many runs.

    Attributes:
        places: how many notebooks it has at work at a time.
    """

    places: int

    def warm(self, ready: str = "") -> None:
        """Get ready beside other work, when it is known that notebooks will run.

        Args:
            ready: ``module:function`` to call first where other work than notebooks is done, too.
        """

    def submit(self, work: Work) -> Future[str | ChapterError]:
        """Execute a notebook; the future gives it executed and normalised, as text, or the error it ended with."""

    def close(self) -> None:
        """End the processes it has."""


def open_engine(name: str = "", jobs: int = 0, forks: Forks | None = None) -> closing[Engine]:
    """An engine, to be closed after use: ``with open_engine() as engine: execute(engine, ...)``.

    Args:
        name: one of ENGINES; empty for ``fork`` where that is safe, else ``kernel``.
        jobs: notebooks executed at a time; 0 for one per processor.
        forks: the parent of forks, where it was started ahead.

    Raises:
        InputError: when there is no such engine here.
    """
    if name and name not in ENGINES:
        raise InputError("--engine", f"Ukjent motor «{name}»", f"Bruk {' eller '.join(ENGINES)}.")
    if name == "fork" and not FORK_IS_SAFE:
        raise InputError("--engine", "Motoren «fork» virker bare på Linux", "Bruk kernel, eller la valget stå tomt.")
    return closing(local_engine(jobs or os.cpu_count() or 1, name, forks))


def local_engine(places: int, name: str = "", forks: Forks | None = None) -> Engine:
    """An engine of this machine, named or else the best that is safe here."""
    safe = name == "fork" if name else FORK_IS_SAFE
    return ForkEngine(places, forks) if safe else KernelEngine(places)


def execute(
    engine: Engine, tasks: Sequence[Task], force: bool, done: Callable[[Task], None]
) -> dict[Task, str | ChapterError]:
    """Execute notebooks; what is in the cache is taken from there.

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
    at_work: dict[Future[str | ChapterError], Task] = {}
    while waiting or at_work:
        while waiting and len(at_work) < engine.places:
            task = waiting.pop(0)
            at_work[engine.submit(task.work)] = task
        for future in wait(at_work, return_when=FIRST_COMPLETED).done:
            task = at_work.pop(future)
            result = found[task] = future.result()
            if isinstance(result, str):
                task.keep(result)
            done(task)
    return found


class KernelEngine:
    """Each notebook in a stock Jupyter kernel, driven by papermill in processes of their own.

    Args:
        places: how many notebooks at a time.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self._pool: ProcessPoolExecutor | None = None

    def warm(self, ready: str = "") -> None:
        """There is nothing to get ready."""

    def submit(self, work: Work) -> Future[str | ChapterError]:
        try:
            future = self._open().submit(_in_kernel, work)
        except BrokenProcessPool:
            self.close()
            future = self._open().submit(_in_kernel, work)
        return _answered(future, work)

    def _open(self) -> ProcessPoolExecutor:
        self._pool = self._pool or ProcessPoolExecutor(self.places, mp_context=get_context("spawn"))
        return self._pool

    def close(self) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None


class ForkEngine:
    """Each notebook in a process forked from one parent that has the imports done; the parent starts when needed.

    Args:
        places: how many notebooks at a time.
        forks: the parent, where it was started ahead.
    """

    def __init__(self, places: int, forks: Forks | None = None) -> None:
        self.places, self._forks = places, forks
        self._ready = ""
        self._lock = Lock()

    def warm(self, ready: str = "") -> None:
        with self._lock:
            self._ready = ready or self._ready
            if self._forks and self._forks.gone:
                self._forks.close()
                self._forks = None
            self._forks = self._forks or Forks(SERVE_CHAPTERS, self._ready)

    def submit(self, work: Work) -> Future[str | ChapterError]:
        return _answered(self.do(_in_fork, work), work)

    def do(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a function called in a process forked for it; ``Died`` when it ended without a result."""
        for _ in range(2):
            self.warm()
            assert self._forks
            with suppress(EOFError):  # the parent died, and its children with it; what comes now gets a new one
                return self._forks.submit(function, *arguments)
        nobody: Future[Any] = Future()
        nobody.set_exception(Died())  # one that cannot even start
        return nobody

    def close(self) -> None:
        with self._lock:
            if self._forks:
                self._forks.close()
            self._forks = None


def _answered(running: Future[Any], work: Work) -> Future[str | ChapterError]:
    """The same future, where a process that died is what the chapter ended with."""
    answer: Future[str | ChapterError] = Future()
    answer.set_running_or_notify_cancel()

    def pass_on(done: Future[Any]) -> None:
        error = done.exception() if not done.cancelled() else CancelledError()
        if error is None:
            answer.set_result(done.result())
        elif isinstance(error, (Died, BrokenProcessPool)):
            timed_out = isinstance(error, Died) and error.signal == signal.SIGALRM
            answer.set_result(_unfit(work.name, "CellTimeoutError") if timed_out else _died(work.name))
        else:
            answer.set_exception(error)

    running.add_done_callback(pass_on)
    return answer


ENGINES = ("fork", "kernel")


# What a chapter and its shell import as they go.
LATE = (
    "helpers.chapter", "markdown_it", "ipykernel.debugger", "IPython.core.oinspect", "IPython.core.completerlib",
    "IPython.core.logger", "bdb",
)  # fmt: skip


def serve_chapters(requests: int, replies: int, ready: str) -> None:
    """The parent of forked chapters: import and prepare what every chapter needs, then fork one for each piece of work.

    Args:
        ready: ``module:function`` to call as well, for work of another kind; empty for none.
    """
    os.environ.update(ENVIRONMENT)
    import_jsonschema()
    with deferred("requests"):
        import papermill.engines
        import papermill.execute

    from helpers.prose import markdown
    from helpers.render import block_macros
    from helpers.shell import KERNEL, NAME, ShellEngine, Untimed, prepare
    from helpers.words import Words

    # Also where the package is not installed, but on the path.
    papermill.engines.papermill_engines.register(NAME, ShellEngine)
    # Also for a notebook that is written nowhere papermill makes its whole text; here none is written by papermill.
    papermill.execute.write_ipynb = lambda *_: None
    papermill.engines.NotebookExecutionManager = Untimed
    with absent("debugpy"):
        for late in LATE:
            import_module(late)
    _rehearse(KERNEL)
    markdown()
    block_macros(Words().language)
    Words().decimal(Decimal(1))
    code_hash()
    prepare()
    if ready:
        module, _, function = ready.partition(":")
        getattr(import_module(module), function)()
    serve(requests, replies, import_charts)


def _rehearse(kernel: str) -> None:
    """Take a notebook along the whole way but for its cells: what libraries work out at first use is then done."""
    import papermill
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    shown = new_output("display_data", {"text/html": "", MIME: {}})
    cell = new_code_cell("x = 1", metadata={"tags": ["parameters"]}, outputs=[shown])
    spec = {"kernelspec": {"name": kernel, "language": "python", "display_name": ""}}
    first = new_notebook(cells=[cell], metadata=spec)
    notebook_text(normalise(papermill.execute_notebook(first, None, {"x": "1"}, prepare_only=True, progress_bar=False)))


@cache
def import_charts() -> None:
    """What drawing needs: most of a second, once, where each chapter that draws would pay it."""
    # numpy's threads would start with it, and a process that forks has none; chapters multiply no matrices.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    from helpers.charts import Series, bar_chart

    bar_chart(["æ"], [Series("ø", [1.0], ["å"])], id="first")  # finds fonts, and measures their letters
    del os.environ["OPENBLAS_NUM_THREADS"]


def kept_notebook(task: Task) -> str | None:
    """The executed notebook the cache holds, if it is whole."""
    try:
        text = task.cached.read_text(encoding="utf-8")
        blocks_of(text)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return text


def _in_kernel(work: Work) -> str | ChapterError:
    """Execute a notebook in a stock kernel."""
    os.environ.update(ENVIRONMENT)
    import_jsonschema()
    with TemporaryDirectory(prefix="rb-") as own:
        slice = Path(own) / "slice"
        slice.write_bytes(work.slice)
        quiet = ["--IPKernelApp.log_level=CRITICAL"]
        return _execute(work, str(slice), own, extra_arguments=quiet, config=_transport(own))


def _in_fork(work: Work) -> str | ChapterError:
    """Execute a notebook in this process, which ends after it."""
    from papermill.iorw import papermill_io

    from helpers.shell import NAME

    if "numpy.random" in sys.modules:  # Python's own generator starts afresh in a fork, numpy's does not
        sys.modules["numpy.random"].seed()
    slice = os.memfd_create("slice")
    with open(slice, "wb", closefd=False) as file:
        file.write(work.slice)
    papermill_io.register(SCHEME, _Source(work.notebook))
    with nullcontext(work.folder) if work.folder else TemporaryDirectory(prefix="rb-") as folder:
        handed = f"/proc/{os.getpid()}/fd/{slice}"
        return _execute(work, handed, folder, f"{SCHEME}{work.name}.ipynb", engine_name=NAME, record_timing=False)


def _execute(work: Work, slice: str, folder: str, source: str = "", **engine: Any) -> str | ChapterError:
    """Have papermill execute a notebook; the executed, normalised notebook, or the error it ended with.

    Args:
        slice: the file that holds the slice.
        folder: the working directory, where the work names none.
        source: where papermill reads the notebook; empty to hand it over.
    """
    import nbformat
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    os.environ[HANDED] = slice if work.slice else ""
    try:
        executed = papermill.execute_notebook(
            source or nbformat.reads(work.notebook, as_version=4),
            None,
            dict(work.parameters),
            progress_bar=False,
            execution_timeout=LONGEST_CELL,
            log_output=False,
            cwd=work.folder or folder,
            **engine,
        )
        return notebook_text(normalise(executed))
    except PapermillExecutionError as error:
        place = f"workbooks/{work.name}.ipynb, celle {_number_in_file(work, error.cell_index)}"
        found = f"Cellen stoppet ({error.ename}: {error.evalue})"
        return ChapterError(str(InputError(place, found, "Åpne kapittelet i JupyterLab, og kjør cellen.")))
    except DeadKernelError:
        return _died(work.name)
    except Exception as error:  # a kernel that does not start, a notebook that is no notebook
        return _unfit(work.name, type(error).__name__)


def _number_in_file(work: Work, index: int) -> int:
    """The number of an executed cell in the notebook as it stands, where papermill's cell with parameters is not."""
    import nbformat

    tags = [cell.metadata.get("tags", []) for cell in nbformat.reads(work.notebook, as_version=4).cells]
    put_in = work.parameters and not any("injected-parameters" in one for one in tags)
    after = next((number for number, one in enumerate(tags) if "parameters" in one), -1)  # without, it is the first
    return index if put_in and index > after else index + 1


SCHEME = "revisjonsbok:"
"""How an address begins that papermill reads from this process."""


@dataclass(frozen=True)
class _Source:
    """A notebook's text for papermill to read; of a notebook handed over as an object it would make the text first."""

    text: str

    def read(self, _path: str) -> str:
        return self.text

    def pretty_path(self, path: str) -> str:
        return path


def notebook_text(notebook: Any) -> str:
    """A notebook as ``nbformat.writes`` gives it, made eighteen times as fast; the notebook is used up."""
    from nbformat.v4.rwbase import split_lines, strip_transient

    data = _ENCODER.encode(split_lines(strip_transient(notebook)))
    return msgspec.json.format(data, indent=1).decode()


_ENCODER = msgspec.json.Encoder(order="sorted")


def _unfit(name: str, why: str) -> ChapterError:
    found = f"Kapittelet kan ikke kjøres ({why})"
    return ChapterError(str(InputError(f"workbooks/{name}.ipynb", found, "Hent filen tilbake fra arbeidsboken.")))


def _died(name: str) -> ChapterError:
    found = "Prosessen som kjørte kapittelet, døde"
    do = "Åpne kapittelet i JupyterLab, og kjør cellene."
    return ChapterError(str(InputError(f"workbooks/{name}.ipynb", found, do)))


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
        if "__pycache__" not in path.parts and path.is_file():
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def code_hash() -> str:
    """Hash of the package and of the versions that shape its output."""
    return hashlib.sha256(json.dumps([package_hash(), versions()]).encode()).hexdigest()


def notebook_cells(text: str) -> list[str]:
    """What decides how a notebook runs and looks: a hash of its kernel, then one for each cell.

    A cell is its kind, source, tags and attachments: outputs that were stored, counters, ids and what an editor
    keeps for itself are no part of it. So opening a notebook and saving it changes nothing; ``normalise`` takes
    the same things out of what was executed.
    """
    try:
        notebook = json.loads(text)
        kept: list[object] = [notebook["metadata"]["kernelspec"]["name"]]
        for cell in notebook["cells"]:
            tags, attached = cell["metadata"].get("tags"), cell.get("attachments")
            kept.append((cell["cell_type"], "".join(cell["source"]), tags or [], attached or {}))
    except (ValueError, KeyError, TypeError, AttributeError):
        return [hashlib.sha256(text.encode()).hexdigest()]  # no notebook: the engine says so
    return [hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest() for part in kept]


def _task_key(notebook: str, content: Iterable[str]) -> str:
    """Content address of an executed chapter: its slice, its notebook's cells, the package and the versions."""
    parts = [list(content), notebook_cells(notebook), package_hash(), versions()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


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
