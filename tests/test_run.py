"""The whole run: what is published, what is held back, what stays, and the same bytes wherever it runs."""

import csv
import hashlib
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from conftest import AUDITS, Small, copy_inputs, needs_fork, revisjonsbok
from helpers.blocks import MIME
from helpers.engine import open_engine
from helpers.explain import Reason
from helpers.files import HALF
from helpers.reporter import Quiet
from helpers.run import run

WHOLE = {"facts.csv", "quality.json", "changes.json", "manifest.json"}


def tree(folder: Path) -> dict[str, str]:
    """Every file under a folder with its hash."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def change(path: Path, row: str, column: str, value: str) -> None:
    """Change one cell of a register, as in Excel."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter=";"))
    at = rows[0].index(column)
    next(line for line in rows if line[0] == row)[at] = value
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, delimiter=";", lineterminator="\n").writerows(rows)


def drop(path: Path, *rows: str) -> None:
    """Take rows out of a register."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if line.split(";")[0] not in rows), encoding="utf-8")


def quality(root: Path, audit: str) -> dict[str, object]:
    loaded: dict[str, object] = json.loads(
        (root / "outputs/_draft" / audit / "quality.json").read_text(encoding="utf-8")
    )
    return loaded


@pytest.fixture
def copy(published: Path, tmp_path: Path) -> Path:
    """A published folder of one's own, with its cache."""
    return Path(shutil.copytree(published, tmp_path / "kopi"))


def test_four_published_audits(published: Path) -> None:
    for audit in AUDITS:
        folder = published / "outputs" / audit
        assert {path.name for path in folder.iterdir()} == {*WHOLE, f"{audit}.html", "notebooks"}
        assert len(list((folder / "notebooks").glob("*.ipynb"))) == 6
        assert (published / "outputs/_draft" / audit / f"{audit}.html").exists()
    index = (published / "outputs/index.html").read_text(encoding="utf-8")
    assert all(f'href="{audit}/{audit}.html"' in index for audit in AUDITS)


@pytest.mark.parametrize("engine", [pytest.param("fork", marks=needs_fork), "kernel"])
def test_two_runs_in_two_folders_give_the_same_bytes(published: Path, tmp_path: Path, engine: str) -> None:
    """Another folder, zone, locale and hash seed, audits the other way round, one chapter at a time, each engine."""
    root = copy_inputs(tmp_path / "et helt annet sted")
    environment = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    done = revisjonsbok("run", *reversed(AUDITS), "--jobs", "1", "--engine", engine, root=root, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert tree(root / "outputs") == tree(published / "outputs")


def test_an_unchanged_run_changes_nothing_and_executes_nothing(copy: Path) -> None:
    before = tree(copy / "outputs")
    done = revisjonsbok("run", root=copy)
    assert done.returncode == 0
    assert tree(copy / "outputs") == before


def test_an_unchanged_audit_is_neither_opened_nor_written(copy: Path) -> None:
    """Its record says what it came to: no register is parsed, no file is touched, no process is started for it."""
    page = copy / "outputs/nes-2018/nes-2018.html"
    before = page.stat().st_mtime_ns
    first = revisjonsbok("run", "nes-2018", "--explain", root=copy)
    assert first.returncode == 0
    assert page.stat().st_mtime_ns == before
    assert first.stdout.count("fra mellomlageret, ingenting er endret.") == 6


@pytest.mark.parametrize(
    "touch",
    ["outputs/nes-2018/facts.csv", "outputs/_draft/nes-2018/nes-2018.html", "outputs/nes-2018/notebooks/method.ipynb"],
)
def test_what_somebody_touched_or_took_away_is_made_again(copy: Path, touch: str) -> None:
    before = tree(copy / "outputs")
    path = copy / touch
    content = path.read_bytes()
    path.write_bytes(content[:-9] + b"123456789")
    assert revisjonsbok("run", "nes-2018", root=copy).returncode == 0
    assert tree(copy / "outputs") == before
    path.unlink()
    (path.parent / "notat.txt").write_text("hører ikke til her", encoding="utf-8")
    assert revisjonsbok("run", "nes-2018", root=copy).returncode == 0
    (copy / "outputs/_draft/nes-2018/notat.txt").unlink(missing_ok=True)  # a draft's folder is the auditor's to use
    assert tree(copy / "outputs") == before


def test_a_notebook_saved_while_the_run_is_at_work_waits_for_the_next(published: Path, tmp_path: Path) -> None:
    """It is executed as it was when the run looked at it; what is kept of that is right when the old one is back."""
    root = copy_inputs(tmp_path / "nes", ["nes-2018"])
    notebook = root / "workbooks/method.ipynb"
    old = notebook.read_text(encoding="utf-8")
    new = json.loads(old)
    new["cells"][-1]["source"] = "print('Lagret underveis')"
    reasons = []

    def save(reason: Reason) -> None:
        reasons.append(reason)
        notebook.write_text(json.dumps(new), encoding="utf-8")

    with open_engine() as engine:
        run(root, [], engine=engine, reporter=Quiet(), tell=save)
        assert reasons
        notebook.write_text(old, encoding="utf-8")
        run(root, [], engine=engine, reporter=Quiet())
    assert tree(root / "outputs/nes-2018") == tree(published / "outputs/nes-2018")


def test_a_register_saved_while_the_run_is_at_work_is_read_again_by_the_next(published: Path, copy: Path) -> None:
    """Also where it is as it was when the run began: then nothing says that another one was read."""
    register = copy / "data/eidskog-2015/tall.csv"
    old = register.read_bytes()

    class Hasty(Quiet):
        def begin(self, chapters: Sequence[tuple[str, str]]) -> None:  # noqa: ARG002 - the signature is a Reporter's
            change(register, "vedtak-2013-samtaler", "Verdi", "243")

    with open_engine() as engine:
        run(copy, ["eidskog-2015"], engine=engine, force=True, reporter=Hasty())
        assert tree(copy / "outputs/_draft") != tree(published / "outputs/_draft")
        register.write_bytes(old)
        run(copy, ["eidskog-2015"], engine=engine, reporter=Quiet())
    assert tree(copy / "outputs") == tree(published / "outputs")


def test_a_damaged_record_is_none(copy: Path) -> None:
    before = tree(copy / "outputs")
    for path in (copy / ".cache/records").iterdir():
        path.write_bytes(path.read_bytes()[:-5])
    assert revisjonsbok("run", root=copy).returncode == 0
    assert tree(copy / "outputs") == before


@needs_fork
def test_after_ctrl_c_the_next_run_goes_on_from_there(published: Path, tmp_path: Path) -> None:
    """No process is left, nothing is half written, and chapters that were done are not run again."""
    root = copy_inputs(tmp_path / "avbrutt")
    command = [sys.executable, "-m", "helpers", "run", "--root", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        for line in process.stdout:
            if line.startswith("[5/24]"):
                break
        process.send_signal(signal.SIGINT)
        assert "Avbrutt" in process.stderr.read()
        assert process.wait(30) == 130
    marked = [entry for entry in Path("/proc").glob("[0-9]*") if str(root).encode() in _command_line(entry)]
    assert not marked
    done = {path.name: path.stat().st_mtime_ns for path in (root / ".cache/chapters").glob("*.ipynb")}
    assert len(done) >= 5
    assert revisjonsbok("run", root=root).returncode == 0
    assert tree(root / "outputs") == tree(published / "outputs")
    after = {path.name: path.stat().st_mtime_ns for path in (root / ".cache/chapters").glob("*.ipynb")}
    assert {name: after[name] for name in done} == done
    assert not [path for path in root.rglob("*") if path.name.endswith(HALF)]


def _command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes() + bytes((process / "cwd").readlink())
    except OSError:
        return b""


def test_without_cache_the_same(copy: Path) -> None:
    before = tree(copy / "outputs")
    shutil.rmtree(copy / ".cache")
    assert revisjonsbok("run", "nes-2018", root=copy).returncode == 0
    assert tree(copy / "outputs") == before


def test_one_changed_case_row_changes_tables_sentences_and_summary(copy: Path) -> None:
    change(copy / "data/eidskog-2015/saker.csv", "sak-03", "behov-ip", "Ja")
    assert revisjonsbok("run", "eidskog-2015", root=copy).returncode == 0
    html = (copy / "outputs/eidskog-2015/eidskog-2015.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    link = '<a class="fact" href="#f-measures-behov-ip">'
    assert html.count(f"{link}9 av 15</a>") >= 2, "the sentence and the summary"
    assert f"{link}9</a>" in html, "the table of measures"
    assert f"{link}8" not in html
    assert '<a class="fact" href="#f-cases-u1-behov-ip-ja">9</a>' in html, "the table of control points"
    assert (
        html.count('href="#f-measures-uten-ip-av-behov">Åtte av ni</a>')
        + html.count('href="#f-measures-uten-ip-av-behov">åtte av ni</a>')
        >= 2
    ), "the conclusion and the assessment"


def test_without_its_waiver_a_defect_holds_the_audit_back(copy: Path) -> None:
    before = {audit: tree(copy / "outputs" / audit) for audit in AUDITS}
    drop(copy / "data/eidskog-2015/unntak.csv", "un1")
    (copy / "data/eigersund-2022/unntak.csv").unlink()
    change(copy / "data/hamar-2022/unntak.csv", "un1", "Kvalitetssikrer", "")
    done = revisjonsbok("run", root=copy)
    assert done.returncode == 1
    assert {audit: tree(copy / "outputs" / audit) for audit in AUDITS} == before, "the last edition is untouched"
    for audit in AUDITS[:3]:
        assert quality(copy, audit)["deliverable"] is False
        page = (copy / "outputs/_draft" / audit / f"{audit}.html").read_text(encoding="utf-8")
        assert '<section class="gate held"' in page
        assert page.index('class="gate held"') < page.index('id="sammendrag"'), "the stop stands first"
    assert "328" in done.stdout
    assert "Holdt tilbake" in done.stdout
    assert "Publisert" in done.stdout


def test_a_changed_finding_lets_the_waiver_fall(copy: Path) -> None:
    before = tree(copy / "outputs/eidskog-2015")
    change(copy / "data/eidskog-2015/tall.csv", "vedtak-2013-i-alt", "Verdi", "329")
    done = revisjonsbok("run", "eidskog-2015", root=copy)
    assert done.returncode == 1
    assert "329" in done.stdout
    assert tree(copy / "outputs/eidskog-2015") == before


def test_trouble_with_one_audit_leaves_it_as_it_was_and_the_others_go_on(copy: Path) -> None:
    before = tree(copy / "outputs/nes-2018")
    (copy / "data/nes-2018/kilder.csv").write_text("", encoding="utf-8")
    change(copy / "data/eidskog-2015/saker.csv", "sak-03", "behov-ip", "Ja")
    done = revisjonsbok("run", "nes-2018", "eidskog-2015", "../nes-2018", root=copy)
    assert done.returncode == 2
    assert "nes-2018: STOPP · data/nes-2018/kilder.csv, rad 1, kolonne A" in done.stdout
    assert "ikke et navn på en revisjon" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert tree(copy / "outputs/nes-2018") == before
    assert json.loads((copy / "outputs/eidskog-2015/manifest.json").read_text(encoding="utf-8"))["inputs"]


@pytest.mark.parametrize("engine", [pytest.param("fork", marks=needs_fork), "kernel"])
def test_a_chapter_that_raises_is_exit_3(copy: Path, engine: str) -> None:
    before = tree(copy / "outputs/nes-2018")
    path = copy / "workbooks/governance.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace("chapter.criteria()", "chapter.kriterier()"), encoding="utf-8"
    )
    done = revisjonsbok("run", "nes-2018", "--engine", engine, root=copy)
    assert done.returncode == 3
    assert "STOPP · workbooks/governance.ipynb, celle 7. Cellen stoppet (AttributeError" in done.stdout
    assert tree(copy / "outputs/nes-2018") == before


def test_an_error_nobody_expected_is_told_of_its_audit_and_the_others_go_on(many: Callable[..., Small]) -> None:
    """A notebook shows a block that is none, in one of two audits: a page cannot be made from that."""
    root = many("god").write().root
    many("rar").write()
    path = root / "workbooks/governance.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    block = {MIME: {"role": "text"}}
    odd = f"import IPython\nif audit == 'rar':\n    IPython.display.display({block}, raw=True)"
    last = notebook["cells"][-1]
    notebook["cells"].append({**last, "id": "rart", "source": odd})
    path.write_text(json.dumps(notebook), encoding="utf-8")

    done = revisjonsbok("run", root=root)
    assert done.returncode == 3
    assert "rar: STOPP · rar. Uventet feil i denne revisjonen (KeyError: " in done.stdout
    assert "Det som var publisert, står som før." in done.stdout
    assert (root / "outputs/god/god.html").exists()
    assert "Uventet feil" in (root / "outputs/index.html").read_text(encoding="utf-8")
    assert "Traceback" not in done.stdout + done.stderr
    log = Path(done.stderr.partition("rar: Detaljer til den som retter: ")[2].strip())
    assert "Traceback" in log.read_text(encoding="utf-8"), "who mends it sees where it was raised"
    log.unlink()


def test_a_half_finished_audit_runs_and_is_not_drowned_in_messages(copy: Path) -> None:
    """No assessments, recommendations, response, summary or conclusion, nothing printed yet; phase arbeid."""
    before = {audit: tree(copy / "outputs" / audit) for audit in AUDITS}
    finished = {audit: {m["id"] for m in quality(copy, audit)["messages"]} for audit in AUDITS}
    for audit in AUDITS:
        folder = copy / "data" / audit
        for name in ("vurderinger", "anbefalinger", "innspill", "trykt"):
            (folder / f"{name}.csv").unlink(missing_ok=True)
        for name in ("summary", "conclusion"):
            (folder / "text" / f"{name}.md").unlink()
        params = copy / "params" / f"{audit}.yaml"
        params.write_text(params.read_text(encoding="utf-8").replace("fase: endelig", "fase: arbeid"), encoding="utf-8")
    done = revisjonsbok("run", root=copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "under arbeid, 3 deler gjenstår: Konklusjoner, Sammendrag, Vurderinger." in done.stdout
    for audit in AUDITS:
        assert tree(copy / "outputs" / audit) == before[audit], "an unfinished audit replaces no edition"
        messages = quality(copy, audit)["messages"]
        assert isinstance(messages, list)
        assert not [m for m in messages if m["severity"] == "stopp" and not m["waived"]]
        left = [m["found"] for m in messages if not m["waived"] and m["id"] not in finished[audit]]
        assert len(left) <= 10, left
        page = (copy / "outputs/_draft" / audit / f"{audit}.html").read_text(encoding="utf-8")
        assert "Under arbeid, 3 deler gjenstår: Konklusjoner, Sammendrag, Vurderinger." in page
        assert "Sammendraget er ikke skrevet." in page
        assert "Ikke vurdert ennå." in page
