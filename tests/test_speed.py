"""The measure of speed: synthetic audits are marked and apart, and what a tree of processes costs is counted whole."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from conftest import PROJECT
from test_project import pins

sys.path.insert(0, str(PROJECT))

from benchmarks import synthetic
from benchmarks.chapters import cells_of, tasks_of
from benchmarks.processes import Failed, descendants, measure, memory_of
from benchmarks.report import BEGIN, END, Table, write
from benchmarks.rerun import AUDIT, correct
from benchmarks.speed import DOCUMENT, SIDES, main, summed_up

from helpers.audit import load_audit
from helpers.engine import CHAPTERS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are counted through /proc")
BUSY = "import time\nwhile time.process_time() < 0.5: pass"
# One write: an unbuffered `print` writes its line end by itself, and another process's word may come between.
READY = "import os, sys\nos.write(1, b'klar\\n')\nsys.stdin.read()"
HUNDRED = f"held = bytearray(100_000_000)\n{READY}"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def spawning(code: str, **how: object) -> str:
    """Code that has a child run this code, in a session of its own, and waits for it."""
    return f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {code!r}], **{how or {'start_new_session': True}!r})"


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five synthetic audits: one of each of the four, and the first once more."""
    folder = tmp_path_factory.mktemp("synthetic")
    assert synthetic.make(folder, 5) == [f"syntetisk-00{number}" for number in range(1, 6)]
    return folder


# Synthetic municipalities


def test_a_copy_says_that_it_is_synthetic(five: Path) -> None:
    for path in sorted((five / "params").iterdir()):
        params = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert params["revisjon"] == path.stem and path.stem.startswith("syntetisk-")
        assert params["tittel"].startswith("Syntetisk kopi ")


def test_a_copy_has_the_registers_and_texts_of_its_original(five: Path) -> None:
    for number, original in enumerate([*synthetic.originals(), synthetic.originals()[0]], 1):
        ours, theirs = load_audit(five, f"syntetisk-{number:03d}"), load_audit(PROJECT, original)
        assert ours.params.municipality == theirs.params.municipality
        assert [row.digest for row in ours.all_rows()] == [row.digest for row in theirs.all_rows()] != []
        assert {name: text.content for name, text in ours.texts.items()} == {
            name: text.content for name, text in theirs.texts.items()
        }


def test_no_chapter_of_one_copy_serves_another(five: Path) -> None:
    keys = [task.key for task in tasks_of(five)]
    assert len(set(keys)) == len(keys) == 5 * len(CHAPTERS)


@pytest.mark.parametrize("place", ["params", "benchmarks/nested", "."])
def test_a_copy_is_never_laid_out_in_the_project(place: str) -> None:
    with pytest.raises(ValueError, match="within the project"):
        synthetic.make(PROJECT / place, 1)
    assert not list((PROJECT / "params").glob("syntetisk*"))


def test_a_copy_is_never_laid_over_something_else(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    with pytest.raises(ValueError, match="not empty"):
        synthetic.make(tmp_path, 1)


def test_a_correction_reaches_some_chapters_of_its_audit_alone(five: Path) -> None:
    before = {task.cached for task in tasks_of(five)}
    correct(five, 512, "syntetisk-001")
    new = [task for task in tasks_of(five) if task.cached not in before]
    assert {task.audit for task in new} == {"syntetisk-001"} and 0 < len(new) < len(CHAPTERS)
    assert synthetic.originals()[0] == AUDIT


# What a tree of processes costs


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_processor_time_of_every_process_is_counted(depth: int) -> None:
    code = BUSY
    for _ in range(depth):
        code = spawning(code)
    cost = measure(python(code))
    assert cost.cpu >= 0.5 and cost.wall >= 0.4


def test_an_orphan_is_counted_and_waited_for() -> None:
    leave = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {BUSY!r}], start_new_session=True)"
    assert measure(python(leave)).cpu >= 0.5


@contextmanager
def holding(code: str, processes: int) -> Iterator[int]:
    """The id of a process with this code, once so many processes have said that they are ready."""
    with subprocess.Popen(python(code), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdin
        for _ in range(processes):
            assert process.stdout.readline() == "klar\n"
        yield process.pid
        process.stdin.close()  # what they all wait for


def held(pid: int) -> int:
    return sum(map(memory_of, (pid, *descendants(pid))))


def test_memory_of_processes_in_sessions_of_their_own_is_counted() -> None:
    """A child's children, each with a hundred megabytes of its own."""
    two = f"import subprocess, sys\nboth = [subprocess.Popen([sys.executable, '-c', {spawning(HUNDRED)!r}], start_new_session=True) for _ in '12']\n[one.wait() for one in both]"
    with holding(HUNDRED, 1) as alone:
        assert 100e6 < held(alone) < 160e6
    with holding(two, 2) as together:
        assert len(descendants(together)) == 4
        assert 200e6 < held(together) < 320e6


def test_shared_memory_is_counted_once() -> None:
    forked = f"import os\nheld = bytearray(100_000_000)\npids = [os.fork() for _ in '12']\n{READY}"
    with holding(forked, 4) as together:
        assert len(descendants(together)) == 3
        assert 100e6 < held(together) < 160e6


def test_memory_is_sampled_while_a_command_runs() -> None:
    cost = measure(python("held = bytearray(100_000_000)\nimport time\ntime.sleep(2)"), sampled=True)
    assert cost.peak > 100e6 and cost.samples > 1


def test_memory_is_not_sampled_unless_asked_for() -> None:
    assert measure(python("pass")).peak == 0


def test_what_else_is_going_on_is_told() -> None:
    """A process beside the measured one, which sleeps."""
    endless = subprocess.Popen(python("while True: pass"))
    try:
        assert measure(python("import time\ntime.sleep(1)")).others > 0.2
    finally:
        endless.kill()
        endless.wait()


def test_a_command_that_fails_is_no_measurement() -> None:
    with pytest.raises(Failed, match=r"(?s)ended with 3.*på vei"):
        measure(python("print('på vei')\nraise SystemExit(3)"))
    assert measure(python("raise SystemExit(3)"), allowed=(0, 3)).code == 3


def test_what_a_command_prints_is_kept() -> None:
    assert measure(python("print(1)\nprint(2, end='')")).said == "1\n2"


def test_an_active_virtual_environment_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "et annet sted")
    assert measure(python("import os\nprint(os.environ.get('VIRTUAL_ENV'))")).said == "None"


# The bare cells


def test_bare_cells_have_the_parameters_after_those_of_the_notebook() -> None:
    cells = list(cells_of(PROJECT, "governance", "nes-2018"))
    assert cells[:2] == ['audit = "nes-2018"', "audit = 'nes-2018'"]
    assert "open_chapter" in cells[2] and cells[-1] == "chapter.follows()"


# The report


def test_the_last_line_has_one_form() -> None:
    walls = {"ours": 10.0, "loop": 205.0, "pool": 101.0, "floor": 9.0}
    assert summed_up(walls) == "faster than loop 20.50x, than pool 10.10x, of floor 0.90x"
    assert summed_up({"ours": 10.0, "loop": 205.0, "pool": 101.0}).endswith("of floor -")
    assert set(walls) == {"ours", *SIDES}


def test_tables_replace_what_stands_between_the_markers(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text(f"før\n\n{BEGIN}\ngammelt\n{END}\n\netter\n", encoding="utf-8")
    table = Table("Tid", ("hva", "s"), (("kald", "1.0"),), ("En merknad.",))
    for _ in range(2):  # again gives the same
        write(path, [table.markdown()])
    expected = "### Tid\n\n| hva | s |\n|---|---:|\n| kald | 1.0 |\n\nEn merknad."
    assert path.read_text(encoding="utf-8") == f"før\n\n{BEGIN}\n\n{expected}\n\n{END}\n\netter\n"
    assert table.plain() == "Tid\nhva     s\nkald  1.0\nEn merknad."


def test_the_document_has_its_markers() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert (text.count(BEGIN), text.count(END)) == (1, 1)


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "sides,alt"])
    assert "no part alt" in capsys.readouterr().err


# The floor


def test_the_floor_has_our_packages_in_our_versions() -> None:
    """What differs between the sides is the engine."""
    ours, floor = pins(), pins("benchmarks/requirements.txt")
    assert "ploomber-engine" in floor and "ploomber-engine" not in ours
    assert {name: floor[name] for name in floor if name in ours} == {name: ours[name] for name in ours if name in floor}
    assert {"papermill", "nbconvert", "pandas", "great-expectations"} <= set(floor)


def test_no_user_gets_what_the_floor_needs() -> None:
    assert not {"ploomber-engine", "ploomber-core", "ploomber-extension", "debuglater"} & set(pins())


def test_an_engine_that_loads_its_telemetry_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ploomber_engine.py").write_text("import posthog\nexecute_notebook = print\n", encoding="utf-8")
    (tmp_path / "posthog.py").write_text("", encoding="utf-8")
    code = "from benchmarks.baselines import with_ploomber\nwith_ploomber('a', 'b', 'c', 'd')"
    path = os.pathsep.join([str(tmp_path), str(PROJECT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(python(code), env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    assert re.search("RuntimeError: ploomber-engine loads posthog", done.stderr)
    (tmp_path / "ploomber_engine.py").write_text("def execute_notebook(*_, **__): ...\n", encoding="utf-8")
    quiet = subprocess.run(python(code), env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    assert quiet.returncode == 0, quiet.stderr
