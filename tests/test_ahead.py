"""What a run from cold starts before the command has imported the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import PROJECT, needs_fork
from helpers.ahead import start_ahead
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
    with start_ahead(two, [], "", False) as ahead:
        assert ahead.validator.started
        with open_engine(forks=ahead.forks):
            assert ahead.forks
            assert ahead.forks.submit(os.getppid).result(60) != os.getpid()
        assert ahead.forks.gone


def test_with_one_it_is_great_expectations(two: Path) -> None:
    with start_ahead(two, ["en"], "", False) as ahead:
        assert ahead.validator.started
        assert ahead.forks is None
    assert not ahead.validator.started


def test_where_an_earlier_run_left_something_it_is_nothing_unless_all_is_done_again(two: Path) -> None:
    (two / ".cache").mkdir()
    with start_ahead(two, ["en"], "", False) as ahead:
        assert not ahead.validator.started
        assert ahead.forks is None
    with start_ahead(two, ["en"], "", True) as ahead:
        assert ahead.validator.started


def test_an_engine_that_forks_nothing_gets_no_parent(two: Path) -> None:
    with start_ahead(two, [], "kernel", False) as ahead:
        assert ahead.forks is None


def test_it_is_there_before_what_takes_long_is_imported() -> None:
    """Neither registers nor notebooks nor Great Expectations are read in by it."""
    code = "import sys, helpers.cli, helpers.ahead; print(*(name.split('.')[-1] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert not {"run", "audit", "engine", "nbformat", "msgspec", "great_expectations"} & set(done.stdout.split())
