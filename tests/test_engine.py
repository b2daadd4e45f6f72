"""The engines: a forked chapter gives what a stock kernel gives, byte for byte, whatever its author wrote."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from conftest import PROJECT, ended, needs_fork
from helpers.engine import ENGINES, ChapterError, Task, execute, open_engine
from helpers.forks import FORK_IS_SAFE
from helpers.message import InputError

TWO = 2  # notebooks at a time

# One notebook; what each cell leaves, in a few words.
SOUND = {
    "printed text is one piece": "import time\nprint('æøå')\ntime.sleep(0.5)\nprint('etterpå', end='')\nprint('!')",
    "stderr is left out": "import sys\nprint('til feilstrømmen', file=sys.stderr)\nprint('til utskrift')",
    "the last expression": "{'a': (1, 2), 'b': None}",
    "a semicolon hides it": "1 + 1;",
    "two expressions, one result": "1\n2",
    "a table of pandas": "import pandas\npandas.DataFrame({'a': [1, None], 'b': ['x', '<y>']})",
    "display": "from IPython.display import HTML, Markdown, display\ndisplay(HTML('<b>fet</b>'), Markdown('*kursiv*'))\nprint('mellom')\ndisplay({'x': 1})",
    "a bundle of types": "display({'application/json': {'a': [1, (2, 3)]}, 'text/plain': 'a'}, raw=True)",
    "text in lines": "display({'text/plain': ['a\\n', 'b']}, raw=True)",
    "a type that only ends like JSON": "display({'text/x+json': 'a'}, raw=True)",
    "a display that changes": "shown = display('før', display_id='d')\nshown.update('etter')",
    "output taken away": "from IPython.display import clear_output\nprint('bort')\nclear_output()\nprint('igjen')",
    "output taken away when more comes": "print('bort')\nclear_output(wait=True)\nprint('nytt')",
    "output taken away when a display comes": "print('bort')\nclear_output(wait=True)\ndisplay(HTML('nytt'))",
    "a figure": "import matplotlib.pyplot as plt\nlines = plt.plot([1, 3, 2])",
    "a figure in another format": "%config InlineBackend.figure_formats = ['retina']\nbars = plt.bar([1, 2], [3, 4])",
    "await": "import asyncio\nawait asyncio.sleep(0.01)\nprint('ventet')\n'ferdig'",
    "a loop is running": "asyncio.get_running_loop().is_running()",
    "a task left behind": "async def senere():\n    await asyncio.sleep(0.01)\n    print('for sent')\nlater = asyncio.ensure_future(senere())",
    "waited for in the next cell": "await later\nprint('her')",
    "decimal precision is set": "import decimal, contextvars\ndecimal.getcontext().prec = 50\nheld = contextvars.ContextVar('held')\ntoken = held.set(1)",
    "and holds in the next cell": "decimal.Decimal(1) / 3, held.get()",
    "set in an awaiting cell": "await asyncio.sleep(0)\ntoken = held.set(2)",
    "holds only there": "held.get()",
    "magics": "%%capture taken\nprint('fanget')",
    "what was captured": "taken.stdout",
    "the shell": "!echo fra skallet",
    "the shell, as a list": "names = !printf 'a\\nb'\nnames",
    "help": "?len",
    "a subprocess that prints": "import subprocess\nprint('først')\nsubprocess.run(['echo', 'så'], check=True)\ntime.sleep(0.5)",
    "written past Python": "import os\nwritten = os.write(1, 'rett på\\n'.encode())\ntime.sleep(0.5)",
    "a thread that prints": "import threading\nthread = threading.Thread(target=print, args=('fra tråden',))\nthread.start()\nthread.join()",
    "a process pool": "from multiprocessing import get_context\nwith get_context('fork').Pool(1) as pool:\n    numbers = pool.map(abs, [-1, 2])\nnumbers",
    "earlier results": "In[3], _, Out[3]",
    "where it runs": "from pathlib import Path\nPath.cwd().name, __name__, '' in sys.path, sys.flags.safe_path",
    "its environment": "sorted(set(os.environ) - {'JPY_PARENT_PID', 'PYTEST_CURRENT_TEST', '_'})",
    "which values": "{name: os.environ[name] for name in ('TERM', 'MPLBACKEND', 'PAGER', 'PYDEVD_DISABLE_FILE_VALIDATION')}",
    "a module beside params/": "import nabo\nnabo.NAME",
    "a standard module a neighbour is named as": "import numbers\nhasattr(numbers, 'Number')",
    "a module that is its own": "import pickle\nclass Egen:\n    pass\ntype(pickle.loads(pickle.dumps(Egen()))).__module__",
    "who the shell is": "type(get_ipython()).__name__, get_ipython().kernel is not None",
    "nothing to read": "sys.stdin.read()",
    "not a number": "float('nan'), float('inf')",
    "a warning": "import warnings\nwarnings.warn('merk')",
    "logging": "import logging\nlogging.basicConfig(stream=sys.stdout, format='%(message)s')\nlogging.warning('logget')",
}  # fmt: skip
# One notebook each; what is said of it.
STOPS = {
    "raises": (["print('før')", "raise ValueError('æøå <b>')"], "celle 2. Cellen stoppet (ValueError: æøå <b>)"),
    "raises_far_down": (["def f():\n    return 1 / 0", "1", "f()", "print('aldri')"], "celle 3. Cellen stoppet (ZeroDivisionError: division by zero)"),
    "two_lines": (["raise KeyError('a\\nb')"], r"Cellen stoppet (KeyError: 'a\nb')"),
    "syntax": (["def f(:\n    pass"], "celle 1. Cellen stoppet (SyntaxError: invalid syntax"),
    "indentation": (["if True:\nprint(1)"], "Cellen stoppet (IndentationError: "),
    "unknown_name": (["ukjent"], "Cellen stoppet (NameError: name 'ukjent' is not defined)"),
    "unknown_magic": (["%finnesikke"], "celle 1. Cellen stoppet (CellExecutionError: )"),
    "awaits": (["import asyncio", "await asyncio.sleep(0)\nraise OSError('borte')"], "celle 2. Cellen stoppet (OSError: borte)"),
    "formatter": (["class A:\n    def __repr__(self):\n        raise TypeError('vises ikke')\nA()"], "Cellen stoppet (TypeError: vises ikke)"),
    "input": (["input('Navn?')"], "Cellen stoppet (StdinNotImplementedError: "),
    "shows_a_number_as_text": (["display({'text/plain': 5}, raw=True)"], "Kapittelet kan ikke kjøres (NotebookValidationError)"),
    "shows_data_as_text": (["display({'text/x+json': {'a': 1}}, raw=True)"], "Kapittelet kan ikke kjøres (NotebookValidationError)"),
    "interrupted": (["raise KeyboardInterrupt"], "Cellen stoppet (KeyboardInterrupt: )"),
    "exit_3": (["import sys\nsys.exit(3)"], "Cellen stoppet (SystemExit: 3)"),
    "assertion": (["assert False, 'nei'"], "Cellen stoppet (AssertionError: nei)"),
    "leaves": (["import os\nos._exit(0)"], "Prosessen som kjørte kapittelet, døde"),
    "killed": (["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"], "Prosessen som kjørte kapittelet, døde"),
    "segfault": (["import ctypes\nctypes.string_at(0)"], "Prosessen som kjørte kapittelet, døde"),
    "allowed_to_raise": (["1 / 0", "print('videre')"], "celle 1. Cellen stoppet (ZeroDivisionError"),
    "other_kernel": (["1"], "Kapittelet kan ikke kjøres (NoSuchKernel)"),
    "no_notebook": (["1"], "Kapittelet kan ikke kjøres ("),
}  # fmt: skip
# One notebook each that goes well, though it ends or fails on the way.
FARE_WELL = {
    "exit_0": ["print('før')", "import sys\nsys.exit()", "print('aldri')"],
    "empty": [" \n", "# bare en merknad"],
}


def notebook(cells: Sequence[str], *, tags: Sequence[str] = (), kernel: str = "python3") -> str:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.cells[0].metadata["tags"] = list(tags)
    made.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
    return str(nbformat.writes(made))


def write(root: Path, notebooks: Mapping[str, str]) -> list[Task]:
    (root / "workbooks").mkdir(exist_ok=True)
    for name, text in notebooks.items():
        (root / "workbooks" / f"{name}.ipynb").write_text(text, encoding="utf-8")
    return [Task(root, "ingen", name, (), name, text) for name, text in notebooks.items()]


def run(tasks: Sequence[Task], engine: str, jobs: int = TWO) -> dict[str, str | ChapterError]:
    with open_engine(engine, jobs) as at_work:
        found = execute(at_work, tasks, True, lambda _: None)
    return {task.chapter: result for task, result in found.items()}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str | ChapterError]]:
    """All these notebooks by each engine, as outside pytest: a kernel that sees it leaves descriptors alone."""
    root = tmp_path_factory.mktemp("motorer") / "mappe med mellomrom"
    root.mkdir()
    (root / "nabo.py").write_text("NAME = 'nabo'\n", encoding="utf-8")
    (root / "numbers.py").write_text("raise ImportError('skygger for standardbiblioteket')\n", encoding="utf-8")
    texts = {"sound": notebook(list(SOUND.values()))}
    texts |= {name: notebook(cells) for name, (cells, _) in STOPS.items()}
    texts |= {name: notebook(cells) for name, cells in FARE_WELL.items()}
    texts["other_kernel"] = notebook(["1"], kernel="finnes-ikke")
    texts["no_notebook"] = "ingen notatbok"
    texts["allowed_to_raise"] = notebook(STOPS["allowed_to_raise"][0], tags=["raises-exception"])
    tasks = write(root, texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST")
        return {name: run(tasks, name) for name in ENGINES if name != "fork" or FORK_IS_SAFE}


def outputs(result: str | ChapterError) -> list[list[dict[str, object]]]:
    assert isinstance(result, str), result
    return [cell["outputs"] for cell in json.loads(result)["cells"]]


@needs_fork
@pytest.mark.parametrize("case", SOUND)
def test_a_cell_leaves_the_same_under_both(both: dict[str, dict[str, str | ChapterError]], case: str) -> None:
    at = list(SOUND).index(case)
    fork, kernel = (outputs(both[engine]["sound"])[at] for engine in ENGINES)
    assert fork == kernel
    silent = {"a semicolon hides it", "a task left behind", "decimal precision is set", "set in an awaiting cell"}
    assert bool(kernel) != (case in silent | {"magics", "help", "a warning"}), kernel


@needs_fork
def test_the_whole_notebook_is_the_same_bytes(both: dict[str, dict[str, str | ChapterError]]) -> None:
    assert both["fork"]["sound"] == both["kernel"]["sound"]


@needs_fork
@pytest.mark.parametrize("name", STOPS)
def test_a_chapter_that_stops_says_the_same(both: dict[str, dict[str, str | ChapterError]], name: str) -> None:
    fork, kernel = (both[engine][name] for engine in ENGINES)
    assert isinstance(fork, ChapterError)
    assert str(fork) == str(kernel)
    assert STOPS[name][1] in str(fork)
    assert f"workbooks/{name}.ipynb" in str(fork)


@needs_fork
@pytest.mark.parametrize("name", FARE_WELL)
def test_a_chapter_that_ends_early_is_the_same(both: dict[str, dict[str, str | ChapterError]], name: str) -> None:
    assert isinstance(both["fork"][name], str)
    assert both["fork"][name] == both["kernel"][name]


def test_the_stock_engine_alone_says_what_is_expected(both: dict[str, dict[str, str | ChapterError]]) -> None:
    """So that the two cannot agree on nothing."""
    texts = [
        "".join(str(output.get("text", output.get("data", ""))) for output in cell)
        for cell in outputs(both["kernel"]["sound"])
    ]
    said = dict(zip(SOUND, texts, strict=True))
    assert "til utskrift" in said["stderr is left out"]
    assert "til feilstrømmen" not in said["stderr is left out"]
    assert "image/png" in said["a figure"]
    assert "for sent" not in said["waited for in the next cell"]
    assert "0.33333333333333333333333333333333333333333333333333" in said["and holds in the next cell"]
    assert "etter" in said["a display that changes"]


@needs_fork
def test_a_chapter_leaves_nothing_behind_for_the_next(tmp_path: Path) -> None:
    """Each has a process of its own: what one does to modules, environment and working directory stays there."""
    change = (
        "import os, json, random\njson.dumps = None\nos.environ['SPOR'] = '1'\nos.chdir('/')\nrandom.seed(1)\nspor = 1"
    )
    look = "import os, json\njson.dumps([1]), os.environ.get('SPOR'), os.getcwd() != '/', 'spor' in globals()"
    tasks = write(tmp_path, {"a": notebook([change]), "b": notebook([look]), "c": notebook(["import random\nrandom.random()"]), "d": notebook(["import random\nrandom.random()"])})  # fmt: skip
    found = run(tasks, "fork", jobs=1)
    assert "('[1]', None, True, False)" in str(found["b"])
    assert outputs(found["c"]) != outputs(found["d"])


@needs_fork
def test_what_a_chapter_starts_ends_with_it(tmp_path: Path) -> None:
    cell = "import subprocess\nprint(subprocess.Popen(['sleep', '600']).pid)"
    found = run(write(tmp_path, {"a": notebook([cell])}), "fork")
    pid = int("".join(json.loads(str(found["a"]))["cells"][0]["outputs"][0]["text"]))
    assert ended(pid)


@needs_fork
def test_one_that_dies_leaves_the_others_running(tmp_path: Path) -> None:
    texts = {f"n{at}": notebook([f"print({at})"]) for at in range(8)}
    texts["n3"] = notebook(["import os, signal\nos.killpg(0, signal.SIGKILL)"])
    found = run(write(tmp_path, texts), "fork")
    assert [name for name, result in found.items() if isinstance(result, ChapterError)] == ["n3"]


@needs_fork
def test_a_parent_that_dies_takes_only_what_it_had_in_work(tmp_path: Path) -> None:
    texts = {f"n{at}": notebook([f"print({at})"]) for at in range(4)}
    texts["n0"] = notebook(["import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time\ntime.sleep(1)"])
    found = run(write(tmp_path, texts), "fork", jobs=1)
    assert "Prosessen som kjørte kapittelet, døde" in str(found["n0"])
    assert all(isinstance(found[f"n{at}"], str) for at in (1, 2, 3))


@needs_fork
def test_an_engine_can_be_kept_open_over_many_runs(tmp_path: Path) -> None:
    parent = notebook(["import os\nprint(os.getppid())"])
    (task,) = write(tmp_path, {"a": parent})
    with open_engine("fork") as engine:
        engine.warm()
        first = execute(engine, [task], True, lambda _: None)[task]
        again = execute(engine, [task], True, lambda _: None)[task]
        assert first == again
    assert ended(int("".join(json.loads(str(first))["cells"][0]["outputs"][0]["text"])))


@pytest.mark.parametrize(
    ("tag", "raising"), [("parameters", 1), ("parameters", 2), ("parameters", 3), ("injected-parameters", 3), ("", 2)]
)
def test_a_cell_has_the_number_it_has_in_the_notebook(tmp_path: Path, tag: str, raising: int) -> None:
    """Papermill puts in a cell with the parameters, which nobody sees who opens the chapter."""
    cells = ["1 / 0" if number == raising else "1" for number in (1, 2, 3)]
    (task,) = write(tmp_path, {"a": notebook(cells, tags=[tag] if tag else [])})
    stopped = run([replace(task, parameters=(("audit", "ingen"),))], "")["a"]
    assert f"a.ipynb, celle {raising}. Cellen stoppet (ZeroDivisionError" in str(stopped)


@needs_fork
def test_a_cell_that_hangs_stops_its_chapter(tmp_path: Path) -> None:
    """Under the stock command with our engine, where the limit can be set; C code that never returns is no shelter."""
    write(tmp_path, {"a": notebook(["import ctypes\nctypes.CDLL(None).sleep(600)"])})
    code = (
        "import sys, papermill\nfrom papermill.engines import papermill_engines\n"
        "from helpers.shell import NAME, ShellEngine\npapermill_engines.register(NAME, ShellEngine)\n"
        "papermill.execute_notebook(sys.argv[1], None, engine_name=NAME, execution_timeout=1, progress_bar=False)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "workbooks/a.ipynb")], capture_output=True, timeout=60
    )
    assert done.returncode == -signal.SIGALRM


@needs_fork
def test_a_chapter_whose_time_is_out_says_so(tmp_path: Path) -> None:
    (task,) = write(tmp_path, {"a": notebook(["import os, signal\nos.kill(os.getpid(), signal.SIGALRM)"])})
    assert "Kapittelet kan ikke kjøres (CellTimeoutError)" in str(run([task], "fork")["a"])


@needs_fork
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_nothing_runs_on_when_the_run_is_stopped(tmp_path: Path, stop: signal.Signals) -> None:
    """Ctrl-C, and a run that is killed outright."""
    pids = tmp_path / "pids"
    cell = f"import os, time\nopen({str(pids)!r}, 'a').write(f'{{os.getpid()}} {{os.getppid()}} ')\ntime.sleep(600)"
    write(tmp_path, {"a": notebook([cell]), "b": notebook([cell])})
    code = (
        "import sys\nfrom pathlib import Path\nfrom helpers.engine import Task, execute, open_engine\n"
        "tasks = [Task.of(Path(sys.argv[1]), 'ingen', name, (), ()) for name in 'ab']\n"
        "with open_engine('fork') as engine:\n    execute(engine, tasks, True, lambda _: None)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.DEVNULL)
    for _ in range(600):
        if pids.exists() and len(pids.read_text(encoding="utf-8").split()) == 4:
            break
        time.sleep(0.1)
    at_work = {int(pid) for pid in pids.read_text(encoding="utf-8").split()}
    assert len(at_work) == 3, "two chapters and their parent"
    process.send_signal(stop)
    process.wait(30)
    assert all(ended(pid) for pid in at_work)


@needs_fork
def test_where_forks_are_safe_they_are_chosen(tmp_path: Path) -> None:
    (task,) = write(tmp_path, {"a": notebook(["type(get_ipython().kernel).__name__"])})
    assert "_Kernel" in str(run([task], "")["a"])
    assert "IPythonKernel" in str(run([task], "kernel")["a"])


def test_elsewhere_the_stock_kernel_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.engine.FORK_IS_SAFE", False)
    (task,) = write(tmp_path, {"a": notebook(["type(get_ipython().kernel).__name__"])})
    assert "IPythonKernel" in str(run([task], "")["a"])
    with pytest.raises(InputError, match="virker bare på Linux"):
        open_engine("fork")


def test_an_unknown_engine_is_told_which_there_are() -> None:
    with pytest.raises(InputError, match=r"Ukjent motor «dask». .*fork eller kernel"):
        open_engine("dask")


def test_the_grammar_put_off_answers_as_before() -> None:
    """jsonschema finds a false IRI as ever; the grammar is read when the first is checked."""
    code = (
        "import sys\nfrom helpers.deferred import import_jsonschema\nimport_jsonschema()\nimport nbformat, jsonschema\n"
        "assert 'rfc3987_syntax' not in sys.modules\n"
        "check = jsonschema.Draft202012Validator({'format': 'iri'}, format_checker=jsonschema.FormatChecker())\n"
        "print(check.is_valid('https://eidskog.kommune.no/å'), check.is_valid('ingen adresse'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT)
    plain = code.replace("import_jsonschema()\n", "pass\n").replace("assert", "assert not")
    assert done.stdout == subprocess.run([sys.executable, "-c", plain], capture_output=True, text=True).stdout
    assert done.stdout.split()[1] == "False"


def test_the_parsers_put_off_convert_as_before() -> None:
    """A page needs none of nbconvert's own; whoever exports by them in the same process gets what they always gave."""
    code = (
        "import sys\nfrom helpers.page import _exporter\n_exporter()\n"
        "assert not {'bs4', 'mistune'} & sys.modules.keys()\n"
        "from nbconvert import HTMLExporter\nfrom nbformat.v4 import new_markdown_cell, new_notebook\n"
        "cell = new_markdown_cell('# Tittel\\n\\n*utheva*, $x$ og <script>1</script>', id='a')\n"
        "print(HTMLExporter().from_notebook_node(new_notebook(cells=[cell]))[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT)
    plain = "".join(line for line in code.splitlines(True) if "_exporter" not in line and "assert" not in line)
    assert done.stdout == subprocess.run([sys.executable, "-c", plain], capture_output=True, text=True).stdout
    assert "<em>utheva</em>" in done.stdout


@needs_fork
def test_the_stock_command_can_use_the_engine_by_name(tmp_path: Path) -> None:
    """``papermill in.ipynb out.ipynb --engine revisjonsbok``; the entry point is read as an installed package has it."""
    import tomllib

    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (name, value), *more = project["entry-points"]["papermill.engine"].items()
    assert not more
    about = tmp_path / "installert" / "revisjonsbok-0.dist-info"
    about.mkdir(parents=True)
    (about / "entry_points.txt").write_text(f"[papermill.engine]\n{name} = {value}\n", encoding="utf-8")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: revisjonsbok\nVersion: 0\n", encoding="utf-8")
    write(tmp_path, {"a": notebook(["type(get_ipython().kernel).__name__"])})
    path = os.pathsep.join([str(about.parent), str(PROJECT / "src"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "papermill", "workbooks/a.ipynb", "ut.ipynb", "--engine", name]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "_Kernel" in (tmp_path / "ut.ipynb").read_text(encoding="utf-8")


def test_what_a_cell_displays_is_taken_as_nbformat_would_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Types, data and what is said about them, without its schema being asked; anything unsound goes the stock way."""
    from nbclient import client as stock
    from papermill.engines import NotebookExecutionManager

    from helpers.shell import _Client

    def message(**data: object) -> dict[str, object]:
        content = {"data": data, "metadata": {"text/plain": {"b": [1]}}}
        return {"msg_type": "display_data", "header": {"msg_type": "display_data"},
                "parent_header": {"msg_id": "1"}, "content": content}  # fmt: skip

    sound = message(**{"text/plain": "a", "text/html": "<b>a</b>", "application/x+json": {"a": [1, None]}})
    expected = stock.output_from_msg(sound)
    asked: list[object] = []
    monkeypatch.setattr(stock, "output_from_msg", asked.append)
    client = _Client(NotebookExecutionManager(nbformat.v4.new_notebook(), progress_bar=False))
    client.reset_execution_trackers()
    client.clear_before_next_output = False
    outputs: list[object] = []
    assert client.output(outputs, sound, None, 0) == expected
    assert outputs == [expected]
    assert type(outputs[0]) is type(expected)
    unsound = message(**{"text/plain": ["a"]})
    client.output(outputs, unsound, None, 0)
    client.output(outputs, sound, "shown-under-a-name", 0)
    assert asked == [unsound, sound]
