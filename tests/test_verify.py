"""Is what was published still what the inputs give? Each way it may not be is told apart, and named."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from conftest import copy_inputs, revisjonsbok
from helpers.engine import package_hash, versions
from helpers.message import InputError
from helpers.verify import (
    Deviation,
    Manifest,
    check_code,
    check_contents,
    check_hashes,
    check_inputs,
    folder_hashes,
    read_manifest,
)
from test_run import change, tree

NES = "nes-2018"


@pytest.fixture
def nes(published: Path, tmp_path: Path) -> Path:
    """Nes alone, as published, without a cache."""
    root = copy_inputs(tmp_path / "nes", [NES])
    shutil.copytree(published / "outputs" / NES, root / "outputs" / NES)
    return root


def verified(root: Path, code: int) -> list[str]:
    """The lines ``revisjonsbok verify`` ends with, from the first deviation on."""
    done = revisjonsbok("verify", NES, root=root)
    assert done.returncode == code, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    return lines[next(at for at, line in enumerate(lines) if line.startswith(("AVVIK", f"{NES}: "))) :]


def manifest_of(root: Path) -> Path:
    return root / "outputs" / NES / "manifest.json"


def rewrite_manifest(root: Path, section: str, name: str, value: str) -> None:
    path = manifest_of(root)
    content = json.loads(path.read_text(encoding="utf-8"))
    content[section][name] = value
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# The whole command, on a real audit.


def test_an_untouched_edition_is_verified_and_left_as_it_is(nes: Path) -> None:
    before = tree(nes / "outputs")
    (last,) = verified(nes, 0)
    files = len(before) - 1
    assert last == f"{NES}: {files} filer er som publisert, og blir de samme når de lages på nytt."
    assert tree(nes / "outputs") == before
    assert not (nes / ".cache/chapters").exists(), "made anew elsewhere"


def test_files_changed_missing_and_extra_are_named_and_the_manifest_vouched_for(nes: Path) -> None:
    folder = nes / "outputs" / NES
    html = folder / f"{NES}.html"
    html.write_text(html.read_text(encoding="utf-8").replace("</h1>", " (rettet)</h1>", 1), encoding="utf-8")
    (folder / "quality.json").unlink()
    (folder / "notat.txt").write_text("hei", encoding="utf-8")
    *told, last = verified(nes, 1)
    assert [line.partition(". ")[0] for line in told] == [
        f"AVVIK · {NES}.html",
        "AVVIK · quality.json",
        "AVVIK · notat.txt",
    ]
    assert "er endret etter at den ble publisert. Bruk ikke filen." in told[0]
    assert "Filen mangler." in told[1]
    assert "står ikke i manifestet." in told[2]
    assert last == f"{NES}: 3 avvik. Laget på nytt blir alle filene slik manifestet sier de var."


def test_a_file_changed_together_with_its_manifest_is_found_by_making_it_anew(nes: Path) -> None:
    facts = nes / "outputs" / NES / "facts.csv"
    facts.write_bytes(facts.read_bytes().replace(b";23;", b";24;", 1))
    rewrite_manifest(nes, "outputs", "facts.csv", sha(facts))
    told, last = verified(nes, 1)
    assert told.startswith("AVVIK · facts.csv. Filen blir en annen når den lages på nytt, med de samme inndata")
    assert last == f"{NES}: 1 avvik. Laget på nytt blir 2 av filene andre: facts.csv, manifest.json."


def test_a_changed_register_is_named_with_what_it_means(nes: Path) -> None:
    change(nes / "data" / NES / "tall.csv", "eposter-sendt", "Verdi", "6")
    told, last = verified(nes, 1)
    assert told.startswith(f"AVVIK · data/{NES}/tall.csv. Filen er endret siden det ble publisert.")
    assert told.endswith("Kjør revisjonen på nytt.")
    assert "facts.csv" in last


def test_a_chapter_that_is_not_deterministic_is_named_with_its_cell(nes: Path) -> None:
    path = nes / "workbooks/governance.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if "".join(cell["source"]) == "chapter.criteria()")
    number = notebook["cells"].index(cell) + 1
    cell["source"] = ["import time\n", "chapter.criteria()\n", "print(time.time_ns())"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    done = revisjonsbok("run", NES, root=nes)
    assert done.returncode == 0, done.stdout + done.stderr
    told, last = verified(nes, 1)
    assert told.startswith(
        f"AVVIK · workbooks/governance.ipynb, celle {number}. Cellen «import time» gir ikke det samme"
    )
    assert "notebooks/governance.ipynb" in last


def test_another_version_is_named_and_like_bytes_are_not_promised(nes: Path) -> None:
    rewrite_manifest(nes, "versions", "pandas", "1.0")
    told, last = verified(nes, 1)
    here = versions()["pandas"]
    assert told.startswith(f"AVVIK · pandas. Laget med 1.0, her er {here}. Like bytes er ikke å vente.")
    assert last == f"{NES}: 1 avvik. Laget på nytt blir 1 av filene andre: manifest.json."


def test_an_input_that_cannot_be_read_is_exit_2(nes: Path) -> None:
    (nes / "data" / NES / "kilder.csv").write_bytes(b"")
    *told, last = verified(nes, 2)
    assert f"AVVIK · data/{NES}/kilder.csv. Filen er endret siden det ble publisert." in told[0]
    assert f"STOPP · data/{NES}/kilder.csv" in told[1]
    assert last.endswith("Revisjonen kunne ikke lages på nytt.")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"inputs": {}, "outputs": {"a": 1}}', "[" * 100_000])
def test_a_manifest_that_cannot_be_read_is_exit_2(nes: Path, content: str) -> None:
    manifest_of(nes).write_text(content, encoding="utf-8")
    done = revisjonsbok("verify", NES, root=nes)
    assert done.returncode == 2
    assert f"STOPP · outputs/{NES}/manifest.json. Filen kan ikke leses som et manifest." in done.stderr


def test_what_is_not_published_is_exit_2(nes: Path) -> None:
    shutil.rmtree(nes / "outputs")
    done = revisjonsbok("verify", NES, root=nes)
    assert done.returncode == 2
    assert f"Revisjonen er ikke publisert her. Bruk revisjonsbok run {NES}." in done.stderr
    done = revisjonsbok("verify", "../nes", root=nes)
    assert done.returncode == 2
    assert "Dette er ikke et navn på en revisjon" in done.stderr


# The hashes alone: over files read from anywhere.


def manifest(**given: dict[str, str]) -> Manifest:
    content = {"inputs": {}, "outputs": {}, "versions": versions(), "code": package_hash(), **given}
    return read_manifest(json.dumps(content).encode(), "manifest.json")


def kinds(deviations: tuple[Deviation, ...]) -> dict[str, str]:
    return {deviation.place: deviation.kind for deviation in deviations}


def test_contents_of_a_zip_are_held_against_the_manifest_in_it() -> None:
    whole = {"a.html": b"a", "notebooks/b.ipynb": b"b"}
    known = manifest(outputs={name: hashlib.sha256(content).hexdigest() for name, content in whole.items()})
    assert check_contents({**whole, "manifest.json": b"{}"}, known) == ()
    found = check_contents({"a.html": b"A", "c.txt": b"c"}, known)
    assert kinds(found) == {"a.html": "changed", "notebooks/b.ipynb": "missing", "c.txt": "extra"}


def test_a_name_in_the_manifest_is_never_opened(tmp_path: Path) -> None:
    """A path out of the folder is a file that is missing, whatever lies there."""
    (tmp_path / "hemmelig").write_bytes(b"x")
    (tmp_path / "ut").mkdir()
    digest = hashlib.sha256(b"x").hexdigest()
    known = manifest(outputs={"../hemmelig": digest, str(tmp_path / "hemmelig"): digest})
    assert set(kinds(check_contents({}, known)).values()) == {"missing"}
    assert folder_hashes(tmp_path / "ut") == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "ut", tmp_path / "utenfor"
    outside.mkdir()
    (outside / "a").write_bytes(b"a")
    folder.mkdir()
    (folder / "lenke").symlink_to(outside / "a")
    (folder / "mappe").symlink_to(outside)
    os.mkfifo(folder / "rør")
    found = folder_hashes(folder)
    assert set(found) == {"lenke", "mappe", "rør"}
    known = manifest(outputs={"lenke": hashlib.sha256(b"a").hexdigest()})
    with pytest.raises(InputError, match="for stor"):
        read_manifest(b" " * 20_000_001, "manifest.json")
    assert kinds(check_hashes(found, known)) == {"lenke": "changed", "mappe": "extra", "rør": "extra"}


def test_inputs_that_came_and_went() -> None:
    known = manifest(inputs={"params/a.yaml": "1", "data/a/tall.csv": "2"})
    found = check_inputs({"params/a.yaml": "1", "data/a/saker.csv": "3"}, known)
    assert [deviation.found for deviation in found] == [
        "Filen er kommet til siden det ble publisert",
        "Filen er tatt bort siden det ble publisert",
    ]


def test_another_package_python_or_platform() -> None:
    assert check_code(manifest()) == ()
    other = Manifest({}, {}, "0", {**versions(), "python": "3.9", "platform": "Windows AMD64"})
    assert kinds(check_code(other)) == {"platform": "version", "python": "version", "revisjonsbok": "package"}
