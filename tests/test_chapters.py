"""Plain Jupyter, plain papermill: the stock command gives what our runner gives."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from conftest import AUDITS, PROJECT
from helpers.blocks import MIME
from helpers.engine import CHAPTERS, normalise

NOTEBOOKS = sorted((PROJECT / "workbooks").glob("*.ipynb"))


def papermill(root: Path, audit: str, chapter: str, target: Path) -> None:
    """``papermill workbooks/governance.ipynb out.ipynb -p audit nes-2018``."""
    command = [sys.executable, "-m", "papermill", f"workbooks/{chapter}.ipynb", str(target), "-p", "audit", audit,
               "--no-progress-bar", "--log-level", "ERROR"]  # fmt: skip
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_the_stock_command_gives_the_same_for_every_chapter_of_every_audit(published: Path, tmp_path: Path) -> None:
    tasks = [(audit, chapter, tmp_path / f"{audit}-{chapter}.ipynb") for audit in AUDITS for chapter in CHAPTERS]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda task: papermill(published, *task), tasks))
    for audit, chapter, target in tasks:
        ours = published / "outputs" / audit / "notebooks" / f"{chapter}.ipynb"
        theirs = nbformat.writes(normalise(nbformat.read(target, as_version=4)))
        assert json.loads(theirs) == json.loads(ours.read_text(encoding="utf-8")), f"{audit} {chapter}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_thin_and_without_output(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.metadata.get("tags") for cell in code][:1] == [["parameters"]]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    for cell in code[2:]:
        assert cell.source.count("\n") == 0, "one cell, one block"
    assert any(cell.cell_type == "markdown" for cell in notebook.cells)


@pytest.mark.parametrize("audit", AUDITS)
def test_an_executed_notebook_holds_its_blocks_as_data_and_html(published: Path, audit: str) -> None:
    for chapter in CHAPTERS:
        path = published / "outputs" / audit / "notebooks" / f"{chapter}.ipynb"
        outputs = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", ())]
        assert outputs, chapter
        for output in outputs:
            assert {MIME, "text/html"} <= set(output.data), output
            assert output.data[MIME]["chapter"] == chapter


@pytest.mark.parametrize("audit", AUDITS)
def test_nothing_of_the_machine_is_left(published: Path, audit: str) -> None:
    for path in (published / "outputs" / audit).rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert str(published) not in text, path.name
            assert str(Path.home()) not in text or str(Path.home()) == "/", path.name
