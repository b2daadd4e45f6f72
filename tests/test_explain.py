"""Only what is affected runs again, and the tool says why, by the names an auditor knows."""

import gzip
import json
import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from conftest import AUDITS, PROJECT, copy_inputs, revisjonsbok
from helpers import engine, explain
from helpers.audit import load_audit
from helpers.engine import CHAPTERS, Task, notebook_cells, versions
from helpers.facts import facts_of
from helpers.slices import slice_key, take_slice
from test_run import change, drop, tree

NES = "nes-2018"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Nes, with every chapter in the cache as if it were executed."""
    root = copy_inputs(tmp_path / "nes", [NES])
    use(root)
    return root


def tasks(root: Path) -> list[Task]:
    audit = load_audit(root, NES)
    keys = {name: slice_key(*take_slice(audit, facts_of(audit), name)) for name in CHAPTERS}
    return [Task.of(root, NES, name, (("audit", NES),), [key]) for name, key in keys.items()]


def use(root: Path) -> None:
    """Put a notebook in the cache for each chapter, and remember what its key was made of."""
    audit, made = load_audit(root, NES), tasks(root)
    for task in made:
        task.cached.parent.mkdir(parents=True, exist_ok=True)
        task.cached.write_text('{"cells": []}', encoding="utf-8")
    explain.remember(root, audit, facts_of(audit), made)


def told(root: Path, force: bool = False) -> dict[str, str]:
    """What is said of each chapter."""
    audit = load_audit(root, NES)
    reasons = explain.explain(root, audit, facts_of(audit), tasks(root), force)
    return {reason.chapter: reason.text.partition(": ")[2] for reason in reasons}


def rerun(root: Path) -> dict[str, str]:
    """The chapters that run again, with what is said to have changed."""
    return {
        chapter: text.removeprefix("kjøres på nytt. Endret: ").removesuffix(".")
        for chapter, text in told(root).items()
        if not text.startswith("fra mellomlageret")
    }


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_one_corrected_cell_runs_its_chapters_and_gives_the_bytes_of_a_full_run(
    published: Path, tmp_path: Path
) -> None:
    """A number, a case, a statement and a line of text, one in each audit; counted, and held against a full run."""
    one, full = tmp_path / "one", tmp_path / "full"
    shutil.copytree(published, one)
    before = set((one / ".cache/chapters").glob("*.ipynb"))
    old = {audit: keys(one, audit) for audit in AUDITS}
    change(one / "data" / NES / "tall.csv", "eposter-sendt", "Verdi", "6")
    change(one / "data/eidskog-2015/saker.csv", "sak-03", "behov-ip", "Ja")
    change(one / "data/hamar-2022/datagrunnlag.csv", "d10", "Tema", "Noe annet")
    edit(one / "data/eigersund-2022/text/p3.md", "Kommunen har arbeidet", "Kommunen arbeider")
    done = revisjonsbok("run", "--explain", root=one)
    assert done.returncode == 0, done.stdout + done.stderr

    affected = {(audit, name) for audit in AUDITS for name, key in keys(one, audit).items() if key != old[audit][name]}
    assert {(NES, "method"), (NES, "collaboration")} == {pair for pair in affected if pair[0] == NES}
    assert 4 < len(affected) < 12
    executed = [path.name.rpartition("-")[0] for path in set((one / ".cache/chapters").glob("*.ipynb")) - before]
    assert Counter(executed) - Counter(["comparison"]) == Counter(name for _, name in affected)
    assert done.stdout.count("kjøres på nytt. Endret: ") == len(affected)
    assert f"{NES} · Metode og datagrunnlag: kjøres på nytt. Endret: Tall, I3, Verdi." in done.stdout
    assert done.stdout.count("fra mellomlageret, ingenting er endret.") == 24 - len(affected)

    shutil.copytree(one, full, ignore=shutil.ignore_patterns(".cache", "outputs"))
    assert revisjonsbok("run", root=full).returncode == 0
    assert tree(full / "outputs") == tree(one / "outputs")


def keys(root: Path, name: str) -> dict[str, str]:
    audit = load_audit(root, name)
    return {chapter: slice_key(*take_slice(audit, facts_of(audit), chapter)) for chapter in CHAPTERS}


def test_nothing_changed(root: Path) -> None:
    assert set(told(root).values()) == {"fra mellomlageret, ingenting er endret."}


def test_the_first_time(tmp_path: Path) -> None:
    assert set(told(copy_inputs(tmp_path / "ny", [NES])).values()) == {"kjøres for første gang her."}


CHANGES: dict[str, tuple[Callable[[Path], object], dict[str, str]]] = {
    "a line of text": (
        lambda root: edit(root / "data" / NES / "text/summary.md", "Nes", "Nes "),
        {"conclusion": "text/summary.md, linje 1"},
    ),
    "a parameter": (
        lambda root: edit(root / "params" / f"{NES}.yaml", "fase: endelig", "fase: høring"),
        dict.fromkeys(CHAPTERS, f"params/{NES}.yaml, fase"),
    ),
    "a comment": (
        lambda root: change(root / "data" / NES / "innspill.csv", "n1", "Innspill", "Et annet svar."),
        {"conclusion": "Innspill, F2, Innspill"},
    ),
    "a recommendation taken out": (
        lambda root: drop(root / "data" / NES / "anbefalinger.csv", "a2"),
        {"conclusion": "Anbefalinger, a2 er ikke lenger med"},
    ),
    "a cell of a notebook": (
        lambda root: edit(root / "workbooks/method.ipynb", "chapter.scales()", "chapter.scales( )"),
        {"method": "workbooks/method.ipynb, celle 11"},
    ),
    "a suite": (
        lambda root: edit(root / "expectations/waivers.json", '"Unntak"', '"Unntak "'),
        dict.fromkeys(CHAPTERS, "expectations/waivers.json"),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_is_named(root: Path, name: str) -> None:
    make, expected = CHANGES[name]
    make(root)
    found = rerun(root)
    assert {chapter: found.get(chapter, "") for chapter in expected} == expected
    assert len(found) <= max(2, len(expected))


def test_another_version_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**versions(), "pandas": "9.9"}
    monkeypatch.setattr(engine, "versions", lambda: other)
    monkeypatch.setattr(explain, "versions", lambda: other)
    assert set(rerun(root).values()) == {f"pandas {versions()['pandas']} → 9.9"}


def test_another_package_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "package_hash", lambda: "0")
    monkeypatch.setattr(explain, "package_hash", lambda: "0")
    assert set(rerun(root).values()) == {"programmet"}


def test_back_to_what_was_run_before(root: Path) -> None:
    sheet = root / "data" / NES / "innspill.csv"
    before = sheet.read_bytes()
    change(sheet, "n1", "Innspill", "Et annet svar.")
    use(root)
    sheet.write_bytes(before)
    said = "fra mellomlageret, kjørt før med dette innholdet. Endret siden sist: Innspill, F2, Innspill."
    assert told(root)["conclusion"] == said


def test_without_its_notebook_and_by_request(root: Path) -> None:
    for path in (root / ".cache/chapters").glob("method-*.ipynb"):
        path.unlink()
    assert told(root)["method"] == "kjøres på nytt, for mellomlageret har ikke kapittelet. Ingenting er endret."
    assert told(root, force=True)["governance"] == "kjøres på nytt, for du har bedt om det. Ingenting er endret."


@pytest.mark.parametrize("damage", [b"", b"no gzip", gzip.compress(b"[]"), gzip.compress(b"{}")])
def test_a_damaged_memory_is_no_memory(root: Path, damage: bytes) -> None:
    for path in (root / ".cache/chapters").glob("*.parts"):
        path.write_bytes(damage)
    assert set(told(root).values()) == {"fra mellomlageret, kjørt før med dette innholdet."}
    (root / f".cache/last/{NES}.json").write_text("[", encoding="utf-8")
    assert set(told(root).values()) == {"fra mellomlageret, kjørt før med dette innholdet."}


def test_opening_a_notebook_and_saving_it_invalidates_nothing(root: Path) -> None:
    """What JupyterLab leaves: other formatting, outputs, counters, ids, the kernel's version, collapsed cells."""
    path = root / "workbooks/governance.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
    notebook.metadata["language_info"] = {"name": "python", "version": "3.12.1", "mimetype": "text/x-python"}
    notebook.metadata["toc-showtags"] = False
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"x{number}"
        cell["metadata"]["collapsed"] = True
        if cell.cell_type == "code":
            cell["execution_count"] = number
            cell["outputs"] = [nbformat.v4.new_output("stream", text="noe")]
    path.write_text(json.dumps(notebook, indent=4), encoding="utf-8")
    assert not rerun(root)


@pytest.mark.parametrize(
    ("old", "new"), [('"tags"', '"merker"'), ("Styring", "Styringen"), ('"name": "python3"', '"name": "annen"')]
)
def test_source_tags_and_kernel_are_part_of_the_key(root: Path, old: str, new: str) -> None:
    path = root / "workbooks/governance.ipynb"
    before = notebook_cells(path.read_text(encoding="utf-8"))
    edit(path, old, new)
    assert notebook_cells(path.read_text(encoding="utf-8")) != before


def test_versions_cover_what_the_package_requires() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=]", line)[0] for line in project["dependencies"]}
    assert wanted - {"jupyterlab", "rich", "typer"} < set(versions())
    assert {"python", "platform", "numpy", "ipython"} < set(versions())
