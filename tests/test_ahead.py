"""What a run from cold starts before the command has imported the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from conftest import PROJECT, needs_fork
from helpers.ahead import start_ahead, start_early
from helpers.engine import open_engine


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A folder with two audits that no run has seen."""
    (tmp_path / "params").mkdir()
    for name in ("en", "to"):
        (tmp_path / "params" / f"{name}.yaml").touch()
    return tmp_path


@needs_fork
def test_with_many_audits_it_is_the_parent_of_forks_and_great_expectations(two: Path) -> None:
    """The parent opens them; the engine takes it over, and closes it."""
    with closing(start_ahead(two, [])) as ahead:
        assert ahead.validator.started
        with open_engine(forks=ahead.forks):
            assert ahead.forks
            assert ahead.forks.submit(os.getppid).result(60) != os.getpid()
        assert ahead.forks.gone


def test_with_one_it_is_great_expectations(two: Path) -> None:
    with closing(start_ahead(two, ["en"])) as ahead:
        assert ahead.validator.started
        assert ahead.forks is None
    assert not ahead.validator.started


def test_where_an_earlier_run_left_something_it_is_nothing_unless_all_is_done_again(two: Path) -> None:
    (two / ".cache").mkdir()
    with closing(start_ahead(two, ["en"])) as ahead:
        assert not ahead.validator.started
        assert ahead.forks is None
    with closing(start_ahead(two, ["en"], force=True)) as ahead:
        assert ahead.validator.started


def test_an_engine_that_forks_nothing_gets_no_parent(two: Path) -> None:
    with closing(start_ahead(two, [], "kernel")) as ahead:
        assert ahead.forks is None


@pytest.mark.parametrize("line", ["run --root {two}", "run en --force --root {two}", "run --root {two} to en"])
def test_a_plain_command_line_is_enough_to_start(two: Path, line: str) -> None:
    ahead = start_early(line.format(two=two).split())
    assert ahead
    with closing(ahead):
        assert ahead.validator.started


def test_without_a_folder_it_is_the_nearest(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(two / "params")
    ahead = start_early(["run", "en"])
    assert ahead
    with closing(ahead):
        assert ahead.validator.started


@pytest.mark.parametrize(
    "line",
    [
        "", "check --root {two}", "run --engine kernel --root {two}", "run --jobs 1 --root {two}", "run --help",
        "run --root={two}", "run --root", "run --root {two}/params", "run tre --root {two}", "run --exlpain --root {two}",
    ],
)  # fmt: skip
def test_what_is_not_plain_or_not_right_is_left_to_who_reads_command_lines(two: Path, line: str) -> None:
    assert start_early(line.format(two=two).split()) is None


def test_a_run_that_comes_to_nothing_leaves_nothing_running(two: Path) -> None:
    """The folder holds no suites: what was started ends with the command, or its output would stay open."""
    command = [sys.executable, "-m", "helpers", "run", "--root", str(two)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_it_is_there_before_what_takes_long_is_imported() -> None:
    """Neither registers nor notebooks nor Great Expectations are read in by it."""
    code = "import sys, helpers.ahead; print(*(name.split('.')[-1] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert not {"typer", "rich", "audit", "nbformat", "msgspec", "great_expectations"} & set(done.stdout.split())
