"""Chapters on a real Dask cluster on 127.0.0.1: the same bytes as here, whatever happens to workers and scheduler.

Each worker has a folder of its own as working, temporary and local directory; nothing but the address joins them.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest

from conftest import AUDITS, PROJECT, alive, copy_inputs, needs_fork, revisjonsbok
from helpers import cluster as cluster_module
from helpers.audit import load_audit
from helpers.cluster import execute_here, open_chosen
from helpers.engine import CHAPTERS, ChapterError, Engine, Work, open_engine
from helpers.facts import facts_of
from helpers.message import InputError
from helpers.slices import packed, take_slice

pytest.importorskip("distributed")
CLOSED = ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
LONGEST = 60  # seconds before a test gives up; what it tests is far quicker


@dataclass
class Cluster:
    """A scheduler and workers, each a process with a folder of its own."""

    folder: Path
    protocol: str = "tcp"
    environment: dict[str, str] = field(default_factory=dict)
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    scheduler: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        found = json.loads((self.folder / "scheduler" / "file").read_text(encoding="utf-8"))["address"]
        return str(found)

    def start(self, *, workers: Sequence[str] = ("a", "b")) -> "Cluster":
        here = ["--host", "127.0.0.1", "--port", "0", "--protocol", self.protocol, "--scheduler-file", "file"]
        self.scheduler = self._process("scheduler", "scheduler", *here)
        file = self.folder / "scheduler" / "file"
        wait_for(lambda: file.is_file() and file.stat().st_size > 0, "the scheduler")
        for name in workers:
            self.join(name)
        return self

    def join(self, name: str, *more: str, **environment: str) -> None:
        """One more worker, with one thread."""
        own = ["--nthreads", "1", "--name", name, "--local-directory", str(self.folder / name)]
        arguments = [self.address, "--host", "127.0.0.1", *own, *(more or ["--no-nanny"])]
        self.workers[name] = self._process("worker", name, *arguments, **environment)

    def _process(self, what: str, name: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        folder = self.folder / name
        folder.mkdir(parents=True)
        with (folder / "log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", what, *arguments, *CLOSED],
                cwd=folder, stdout=log, stderr=log,
                env={**os.environ, "TMPDIR": str(folder), **self.environment, **environment},
            )  # fmt: skip

    def log(self, name: str) -> str:
        return (self.folder / name / "log").read_text(encoding="utf-8")

    def stop(self) -> None:
        """Workers first: they say goodbye to the scheduler."""
        for processes in ([*self.workers.values()], [*filter(None, [self.scheduler])]):
            for process in processes:
                process.terminate()
            for process in processes:
                try:
                    process.wait(3)  # one may be in the middle of a chapter that never ends
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@contextmanager
def started(cluster: Cluster, workers: Sequence[str] = ("a", "b")) -> Iterator[Cluster]:
    try:
        yield cluster.start(workers=workers)
    finally:
        cluster.stop()


@pytest.fixture(scope="module", autouse=True)
def outside_pytest() -> Iterator[None]:
    """A kernel that sees pytest leaves descriptors alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        yield


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers that nothing bad happens to."""
    with started(Cluster(tmp_path_factory.mktemp("klynge"))) as running:
        yield running


def wait_for(met: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LONGEST
    while not met():
        assert time.monotonic() < end, f"{what} never came"
        time.sleep(0.05)


def chapters(audit: str) -> list[Work]:
    """The chapters of an audit, as a run hands them out."""
    loaded = load_audit(PROJECT, audit)
    facts = facts_of(loaded)
    return [
        Work(
            name, (PROJECT / "workbooks" / f"{name}.ipynb").read_text(encoding="utf-8"), (("audit", audit),),
            packed(name, *take_slice(loaded, facts, name)), str(PROJECT),
        )
        for name in CHAPTERS
    ]  # fmt: skip


def work(*cells: str, name: str = "governance") -> Work:
    """A notebook of these cells. Its slice is nobody's: that it has one is what sends it out."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return Work(name, str(nbformat.writes(made)), (), b"ingen", "")


def printed(result: str | ChapterError) -> str:
    assert isinstance(result, str), result
    return "".join(
        "".join(output.get("text", "")) for cell in json.loads(result)["cells"] for output in cell["outputs"]
    )


def on(engine: Engine, *works: Work) -> list[str | ChapterError]:
    return [running.result(LONGEST) for running in [engine.submit(one) for one in works]]


def said(running: Future[str | ChapterError]) -> str:
    """The message a run ends with."""
    with pytest.raises(InputError) as stopped:
        running.result(LONGEST)
    return str(stopped.value)


# What a chapter does to tell or end the worker it is on: its parent is the parent of forks, and that one's the worker.
WORKER = "import os, signal\nworker = int(open(f'/proc/{os.getppid()}/stat').read().rsplit(')', 1)[1].split()[1])\n"


# The same as here.


@pytest.mark.parametrize("audit", AUDITS)
def test_every_chapter_is_the_same_bytes_as_here(cluster: Cluster, audit: str) -> None:
    works = chapters(audit)
    with open_chosen("dask", scheduler=cluster.address) as there:
        executed = on(there, *works)
    with open_engine() as here:
        assert executed == on(here, *works)
    assert all("application/vnd.revisjonsbok+json" in str(result) for result in executed)


def test_a_run_that_is_broken_off_goes_on_from_there_and_publishes_the_same_files(
    cluster: Cluster, published: Path, tmp_path: Path
) -> None:
    """The command as a user gives it: pages, facts, notebooks, manifest and index; the comparison, which reads what is
    published, is executed here. After Ctrl-C the cluster has no work left of it."""
    from distributed import Client

    root = copy_inputs(tmp_path / "revisjoner")
    arguments = ["run", "--engine", "dask", "--scheduler", cluster.address]
    with Client(cluster.address, set_as_default=False) as eye:
        broken = subprocess.Popen(
            [sys.executable, "-m", "helpers", *arguments, "--root", str(root)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        kept = root / ".cache" / "chapters"
        wait_for(lambda: len(list(kept.glob("*.ipynb"))) > 2, "the first chapters")
        broken.send_signal(signal.SIGINT)
        _, told = broken.communicate(timeout=LONGEST)
        assert broken.returncode == 130
        assert b"Traceback" not in told and b"distributed" not in told, told.decode()
        wait_for(lambda: not any(eye.processing().values()), "the workers' rest")
    before = {path.name: path.stat().st_mtime_ns for path in kept.glob("*.ipynb")}
    done = revisjonsbok(*arguments, root=root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    assert before.items() <= {path.name: path.stat().st_mtime_ns for path in kept.glob("*.ipynb")}.items()
    assert files(root / "outputs") == files(published / "outputs")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


STOPS = {
    "raises": ["print('før')", "raise ValueError('æøå <b>')"],
    "leaves": ["import os\nos._exit(0)"],
    "killed": ["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"],
    "syntax": ["def f(:"],
}


def test_a_chapter_that_stops_says_the_same_as_here(cluster: Cluster) -> None:
    works = [work(*cells, name=name) for name, cells in STOPS.items()]
    works.append(Work("no_notebook", "ingen notatbok", (), b"ingen", ""))
    with open_chosen("dask", scheduler=cluster.address) as there, open_engine() as here:
        away, home = on(there, *works), on(here, *works)
    assert all(isinstance(result, ChapterError) for result in away)
    assert [str(result) for result in away] == [str(result) for result in home]
    assert "Cellen stoppet (ValueError: æøå <b>)" in str(away[0])


def test_a_chapter_has_an_empty_folder_on_the_worker(cluster: Cluster) -> None:
    with open_chosen("dask", scheduler=cluster.address) as engine:
        (result,) = on(engine, work("import os\nprint(os.listdir(), os.getcwd())"))
    listed, folder = printed(result).split()
    assert listed == "[]"
    assert Path(folder).is_relative_to(cluster.folder)
    assert not Path(folder).exists(), "it is gone with the chapter"


def test_a_notebook_that_reads_files_is_executed_here(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "fil").write_text("les meg", encoding="utf-8")
    asked = work("print(open('fil').read())")
    with open_chosen("dask", scheduler=cluster.address) as engine:
        (result,) = on(engine, Work(asked.name, asked.notebook, (), b"", str(tmp_path)))
    assert printed(result).strip() == "les meg"


# What the cluster keeps.


def test_the_cluster_keeps_nothing(cluster: Cluster) -> None:
    from distributed import Client

    with open_chosen("dask", scheduler=cluster.address) as engine, Client(cluster.address, set_as_default=False) as eye:
        on(engine, *[work(f"print({at})") for at in range(6)])
        wait_for(lambda: not any(eye.has_what().values()), "the last result to leave")


def test_what_is_taken_back_does_not_run(cluster: Cluster, tmp_path: Path) -> None:
    """Ctrl-C closes the engine; so does an error anywhere in a run. A client that is killed is taken back by Dask."""
    from distributed import Client

    mark = f"open({str(tmp_path)!r} + '/{{}}', 'w').close()\nimport time\ntime.sleep(0.5)"
    with Client(cluster.address, set_as_default=False) as eye:
        with open_chosen("dask", scheduler=cluster.address) as engine:
            running = [engine.submit(work(mark.format(at))) for at in range(20)]
            wait_for(lambda: any(tmp_path.iterdir()), "the first chapter")
        assert all(one.cancelled() or one.done() for one in running)
        wait_for(lambda: not any(eye.processing().values()), "the workers' rest")
        time.sleep(1)
        assert len(list(tmp_path.iterdir())) < 10


def test_there_is_room_for_two_chapters_a_thread(cluster: Cluster) -> None:
    with open_chosen("dask", scheduler=cluster.address) as engine:
        assert engine.places == 4
    with open_chosen("dask", jobs=3, scheduler=cluster.address) as engine:
        assert engine.places == 3


# What is lost.


@needs_fork
def test_a_worker_that_is_killed_costs_only_its_chapters(tmp_path: Path) -> None:
    """They run again elsewhere, nothing is lost or changed, and nothing of it is left running."""
    works = [work(f"{WORKER}print({at})\nopen('{tmp_path}/at', 'a').write(f'{{worker}} {{os.getppid()}}\\n')\n"
                  "import time\ntime.sleep(0.2)") for at in range(8)]  # fmt: skip
    with started(Cluster(tmp_path / "k")) as cluster, open_chosen("dask", scheduler=cluster.address) as engine:
        running = [engine.submit(one) for one in works]
        victim = cluster.workers["a"]
        seen = tmp_path / "at"
        wait_for(lambda: seen.exists() and f"{victim.pid} " in seen.read_text(encoding="utf-8"), "a chapter on it")
        victim.send_signal(signal.SIGKILL)
        results = [one.result(LONGEST) for one in running]
        forks = {
            int(line.split()[1])
            for line in seen.read_text(encoding="utf-8").splitlines()
            if line.startswith(f"{victim.pid} ")
        }
        assert victim.wait(10) == -signal.SIGKILL
        wait_for(lambda: not any(alive(pid) for pid in forks), "the end of its forks")
        wait_for(lambda: engine.places == 2, "room for one worker less")
        cluster.join("c")
        wait_for(lambda: engine.places == 4, "room for one worker more")
    with open_engine() as here:
        assert results == on(here, *works)
    assert len(seen.read_text(encoding="utf-8").splitlines()) > 2 * len(works), "some ran twice there, all once here"


@needs_fork
def test_a_chapter_that_kills_its_workers_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    """The scheduler gives up what was on one dead worker, here, so that those beside it are blamed, too."""
    works = [work(f"print({at})", name=f"n{at}") for at in range(8)]
    works[1] = work(f"{WORKER}os.kill(worker, signal.SIGKILL)\nimport time\ntime.sleep(600)", name="n1")
    cluster = Cluster(tmp_path / "k", environment={"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"})
    with started(cluster, workers=()):
        cluster.join("a", "--nanny")
        with open_chosen("dask", scheduler=cluster.address) as engine:
            results = on(engine, *works)
    failed = [str(result) for result in results if isinstance(result, ChapterError)]
    assert len(failed) == 1
    assert "workbooks/n1.ipynb. Arbeiderne som kjørte kapittelet, døde én etter én" in failed[0]
    assert [printed(results[at]).strip() for at in (0, *range(2, 8))] == ["0", *map(str, range(2, 8))]


def test_a_scheduler_that_is_lost_ends_the_run_with_a_message(tmp_path: Path) -> None:
    """What was done is done; the rest says why it is not."""
    with started(Cluster(tmp_path / "k")) as cluster, open_chosen("dask", scheduler=cluster.address) as engine:
        (done,) = on(engine, work("print('ferdig')"))
        running = [engine.submit(work("import time\ntime.sleep(600)")) for _ in range(4)]
        address = cluster.address
        assert cluster.scheduler
        cluster.scheduler.kill()
        for one in [*running, engine.submit(work("print('for sent')"))]:
            assert f"Forbindelsen til planleggeren {address} er brutt" in said(one)
    assert printed(done).strip() == "ferdig"


def test_a_run_keeps_what_was_done_when_the_scheduler_is_lost(tmp_path: Path) -> None:
    """Each audit that still had chapters there says why it could not run; nothing of Dask's own is told."""
    root = copy_inputs(tmp_path / "revisjoner", AUDITS[:2])
    with started(Cluster(tmp_path / "k")) as there:
        command = ["run", "--engine", "dask", "--scheduler", there.address, "--root", str(root)]
        running = subprocess.Popen(
            [sys.executable, "-m", "helpers", *command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        wait_for(lambda: any((root / ".cache" / "chapters").glob("*.ipynb")), "the first chapter")
        assert there.scheduler
        there.scheduler.kill()
        told, errors = running.communicate(timeout=LONGEST)
    assert running.returncode == 2
    assert "er brutt. Det som er kjørt, er tatt vare på." in told
    assert not errors
    assert any((root / ".cache" / "chapters").glob("*.ipynb"))


def test_a_cluster_that_loses_its_last_worker_is_no_wait_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "NO_WORKER", 1)
    alone = started(Cluster(tmp_path / "k"), workers=("a",))
    with alone as cluster, open_chosen("dask", scheduler=cluster.address) as engine:
        running = engine.submit(work("import time\ntime.sleep(600)"))
        cluster.workers["a"].kill()
        assert "Ingen arbeidere igjen hos planleggeren" in said(running)


def test_a_cluster_without_workers_says_so(tmp_path: Path) -> None:
    with started(Cluster(tmp_path / "k"), workers=()) as cluster:
        begun = time.monotonic()
        with pytest.raises(InputError, match=r"Ingen arbeidere hos planleggeren .* Start dem med «dask worker"):
            open_chosen("dask", scheduler=cluster.address)
        assert time.monotonic() - begun < 15


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What will not answer is not waited for as long as a scheduler far away would be."""
    monkeypatch.setattr(cluster_module, "SOON", 1)


@pytest.mark.usefixtures("impatient")
def test_an_address_where_nobody_answers_says_so() -> None:
    with pytest.raises(InputError, match=r"Får ikke kontakt med noen planlegger på tcp://127\.0\.0\.1:1 "):
        open_chosen("dask", scheduler="tcp://127.0.0.1:1")


# The same package, or none.


def other_package(folder: Path, what: str) -> dict[str, str]:
    """An environment with another package in place of this one: none, or the same with one comment more."""
    if what == "none":
        (folder / "helpers").mkdir(parents=True)
        (folder / "helpers" / "__init__.py").touch()
    else:
        shutil.copytree(PROJECT / "src" / "helpers", folder / "helpers")
        with (folder / "helpers" / "words.py").open("a", encoding="utf-8") as file:
            file.write("# en annen versjon\n")
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


REFUSED = r"Arbeider tcp://127\.0\.0\.1:\d+\. Den har en annen versjon av revisjonsbok"


@pytest.mark.parametrize("what", ["none", "changed"])
def test_a_worker_with_another_package_is_refused_by_name(tmp_path: Path, what: str) -> None:
    """When a run begins; and one that comes later ends the run."""
    with started(Cluster(tmp_path / "k"), workers=()) as there:
        there.join("a")
        with open_chosen("dask", scheduler=there.address) as engine:
            running = engine.submit(work("import time\ntime.sleep(600)"))
            there.join("b", **other_package(tmp_path / "annen", what))
            assert re.search(REFUSED, said(running))
        with pytest.raises(InputError, match=REFUSED):
            open_chosen("dask", scheduler=there.address)


def test_a_worker_refuses_to_execute_for_another_package() -> None:
    """Also before it was asked what it has; what it was sent is not opened."""
    from distributed import Client

    with Client(processes=False, dashboard_address=None, n_workers=1, set_as_default=False) as inside:
        answer = inside.submit(execute_here, "en annen", b"ingen pickle").result(LONGEST)
    assert isinstance(answer, InputError)
    assert "annen versjon" in str(answer)


def test_a_scheduler_without_the_package_is_told_so(tmp_path: Path) -> None:
    with started(Cluster(tmp_path / "k", environment=other_package(tmp_path / "annen", "none")), workers=()) as there:
        there.join("a", PYTHONPATH=str(PROJECT / "src"))
        with open_chosen("dask", scheduler=there.address) as engine:
            message = said(engine.submit(work("print(1)")))
    assert "Klyngen kan ikke kjøre kapitler" in message
    assert "Installer samme revisjonsbok hos planlegger og arbeidere som her" in message


def test_where_fork_is_not_safe_a_worker_has_kernels(tmp_path: Path) -> None:
    """As on Windows and macOS."""
    (tmp_path / "ingen_gren.py").write_text("import helpers.engine\nhelpers.engine.FORK_IS_SAFE = False\n")
    works = [
        chapters("nes-2018")[0],
        work("raise ValueError('nei')"),
        work("print(type(get_ipython().kernel).__name__)"),
    ]
    with started(Cluster(tmp_path / "k"), workers=()) as there:
        there.join("a", "--no-nanny", "--preload", str(tmp_path / "ingen_gren.py"))
        with open_chosen("dask", scheduler=there.address) as engine:
            executed = on(engine, *works)
    with open_engine() as here:
        assert [str(result) for result in executed[:2]] == [str(result) for result in on(here, *works[:2])]
    assert printed(executed[2]).strip() == "IPythonKernel"


# Nothing in the open.


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://192.0.2.1:8786", "Det som sendes til tcp://192.0.2.1:8786, er ikke kryptert"),
        ("192.0.2.1:8786", "er ikke kryptert"),
        ("tcp://127.0.0.1.eksempel.no:8786", "er ikke kryptert"),
        ("tcp://user@192.0.2.1:8786", "er ikke kryptert"),
        ("tcp://127.0.0.1", "er ingen adresse"),
        ("ws://127.0.0.1:8786", "er ingen adresse"),
        ("tcp://127.0.0.1:port", "er ingen adresse"),
        ("tls://", "er ingen adresse"),
    ],
)
def test_registers_are_sent_nowhere_in_the_open(address: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        open_chosen("dask", scheduler=address)


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:1", "127.0.0.1:1", "tcp://[::1]:1", "tcp://localhost:1", "inproc://x/1/1"]
)
@pytest.mark.usefixtures("impatient")
def test_this_machine_needs_no_encryption(address: str) -> None:
    with pytest.raises(InputError, match="Får ikke kontakt"):
        open_chosen("dask", scheduler=address)


def test_a_worker_that_is_spoken_to_in_the_open_is_sent_nothing(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler on this machine may have workers elsewhere; here they only count as such."""
    monkeypatch.setattr(cluster_module, "_is_safe", lambda address: address == cluster.address)
    with pytest.raises(InputError, match=r"Arbeider tcp://.*Det som sendes dit, er ikke kryptert"):
        open_chosen("dask", scheduler=cluster.address)


def test_what_is_sent_stands_in_no_log(cluster: Cluster) -> None:
    """Dask logs the arguments of a task that raises; those of a chapter are registers."""
    from distributed import Client

    secret, known = "hemmelig-ord", "kjent-ord"
    broken = Work("governance", f"{{ {secret}", (), secret.encode(), "")
    with open_chosen("dask", scheduler=cluster.address) as engine:
        on(engine, broken, work(f"raise ValueError('{secret}')"), work(f"import os\n'{secret}'\nos._exit(1)"))
        engine.submit(work("1")).result(LONGEST)
    with Client(cluster.address, set_as_default=False) as eye, pytest.raises(ValueError):
        eye.submit(int, known).result(LONGEST)
    logs = "".join(cluster.log(name) for name in ("scheduler", "a", "b"))
    assert known in logs, "so would the other, were it raised"
    assert secret not in logs


def readme(language: str, holding: str) -> str:
    """The block of README's section on clusters that holds these words."""
    section = (PROJECT / "README.md").read_text(encoding="utf-8").split("\n## A cluster\n")[1].split("\n## ")[0]
    blocks = re.findall(rf"^ *```{language}\n(.*?)^ *```$", section, re.M | re.S)
    (block,) = [block for block in blocks if holding in block]
    return re.sub(r"^   ", "", block, flags=re.M)


def test_the_shown_commands_are_those_tested() -> None:
    shown = readme("sh", "dask scheduler")
    assert shown.count(" ".join(CLOSED)) == 2
    assert "--protocol tls" in shown


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with TLS, set up with README's commands and settings."""
    if not shutil.which("openssl"):
        if os.environ.get("CI"):
            pytest.fail("openssl is missing")
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    for name in ("nøkler", "fremmede"):
        (folder / name).mkdir()
        subprocess.run(["bash", "-ec", readme("sh", "openssl req")], cwd=folder / name, check=True, capture_output=True)
    settings = readme("yaml", "require-encryption").replace("/etc/revisjonsbok", str(folder / "nøkler"))
    (folder / "dask").mkdir()
    (folder / "dask" / "revisjonsbok.yaml").write_text(settings, encoding="utf-8")
    with started(Cluster(folder / "k", "tls", {"DASK_CONFIG": str(folder / "dask")})) as running:
        yield running


@contextmanager
def certified(secured: Cluster, whose: str) -> Iterator[None]:
    """This machine with certificates of its own, as Dask's settings name them."""
    import dask

    folder = secured.folder.parent / whose
    files = {"ca-file": "ca.pem", "client.cert": "client.pem", "client.key": "client.key"}
    with dask.config.set({f"distributed.comm.tls.{name}": str(folder / file) for name, file in files.items()}):
        yield


def test_chapters_travel_over_tls(secured: Cluster) -> None:
    assert secured.address.startswith("tls://")
    works = chapters("nes-2018")
    with certified(secured, "nøkler"), open_chosen("dask", scheduler=secured.address) as there, open_engine() as here:
        assert on(there, *works) == on(here, *works)
    assert "tls://127.0.0.1" in secured.log("a")
    assert "tcp://" not in secured.log("a"), "the worker listens with TLS only"


def test_pages_for_monitoring_are_closed(secured: Cluster) -> None:
    """They know no certificates; they are bound to the machine, and show nothing there either."""
    from http.client import HTTPConnection

    found = re.search(r"dashboard at: *(?:http://)?127\.0\.0\.1:(\d+)", secured.log("scheduler"))
    assert found, secured.log("scheduler")
    for page in ("/", "/status", "/health", "/metrics", "/info/main/workers.html", "/json/counts.json"):
        answer = HTTPConnection("127.0.0.1", int(found[1]), timeout=10)
        answer.request("GET", page)
        assert answer.getresponse().status == 404, page
        answer.close()


def test_without_certificates_the_message_says_what_to_set(secured: Cluster) -> None:
    with pytest.raises(
        InputError, match=r"Sertifikatene til klyngen kan ikke brukes .*distributed\.comm\.tls\.ca-file"
    ):
        open_chosen("dask", scheduler=secured.address)


@pytest.mark.usefixtures("impatient")
def test_certificates_of_another_authority_open_nothing(secured: Cluster) -> None:
    with (
        certified(secured, "fremmede"),
        pytest.raises(InputError, match="Får ikke kontakt med noen planlegger på tls://"),
    ):
        open_chosen("dask", scheduler=secured.address)


@pytest.mark.usefixtures("impatient")
def test_a_secured_cluster_is_not_spoken_to_in_the_open(secured: Cluster) -> None:
    with pytest.raises(InputError, match="Får ikke kontakt med noen planlegger på tcp://"):
        open_chosen("dask", scheduler=secured.address.replace("tls://", "tcp://"))


# The command line.


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--engine", "dask"], "--engine. Motoren «dask» trenger adressen til en planlegger"),
        (["--scheduler", "tcp://127.0.0.1:1"], "--scheduler. Adressen «tcp://127.0.0.1:1» er gitt uten dask"),
        (["--engine", "fork", "--scheduler", "tcp://127.0.0.1:1"], "er gitt uten dask"),
        (["--engine", "dask", "--scheduler", "tcp://127.0.0.1:1"], "Får ikke kontakt med noen planlegger"),
        (["--engine", "spark"], "Ukjent motor «spark»"),
    ],
)
def test_the_command_says_what_is_missing(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = revisjonsbok("run", *arguments, root=copy_inputs(tmp_path / "r", ["nes-2018"]))
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1, "nothing of Dask's own"


def test_without_the_extra_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        InputError, match=re.escape("Motoren «dask» er ikke installert. Kjør pip install 'revisjonsbok[cluster]'.")
    ):
        open_chosen("dask", scheduler="tcp://127.0.0.1:1")
