"""What the tests share: copies of the project, one full run of the four audits, and a small audit to spoil."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from helpers.audit import Audit, Text, load_audit
from helpers.blocks import Block
from helpers.chapter import Chapter
from helpers.engine import CHAPTERS, FORK_IS_SAFE
from helpers.facts import Facts, facts_of
from helpers.gate import gather, judge
from helpers.items import items_of
from helpers.journal import Snapshot
from helpers.message import Message
from helpers.register import Row
from helpers.slices import take_slice
from helpers.snapshot import take_snapshot

PROJECT = Path(__file__).parents[1]
AUDITS = ("eidskog-2015", "eigersund-2022", "hamar-2022", "nes-2018")
needs_fork = pytest.mark.skipif(not FORK_IS_SAFE, reason="chapters are forked only where that is safe")
INPUTS = ("params", "data", "workbooks", "expectations")
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)


def copy_inputs(target: Path, audits: Sequence[str] = AUDITS) -> Path:
    """A folder with the inputs of these audits, as an auditor would keep them anywhere."""
    for name in INPUTS:
        shutil.copytree(PROJECT / name, target / name)
    for path in (target / "params").glob("*.yaml"):
        if path.stem not in audits:
            path.unlink()
            shutil.rmtree(target / "data" / path.stem)
    return target


def revisjonsbok(*arguments: str, root: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it."""
    command = [sys.executable, "-m", "helpers", *arguments, "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=900)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four audits, run and published in a folder of their own."""
    root = copy_inputs(tmp_path_factory.mktemp("published"))
    done = revisjonsbok("run", root=root)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Playwright's handle on Debian's Chromium; where there is none the tests are skipped, in CI that is an error."""
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing; .ci/run installs it")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        yield play.chromium


CHROMIUM_OPTIONS = {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu"]}


@pytest.fixture(scope="session")
def browser(chromium: Any) -> Iterator[Any]:
    """Headless Chromium."""
    running = chromium.launch(**CHROMIUM_OPTIONS)
    yield running
    running.close()


@pytest.fixture(scope="session")
def audits() -> Mapping[str, Audit]:
    """The four audits as they stand in the project."""
    return {name: load_audit(PROJECT, name) for name in AUDITS}


def alive(pid: int) -> bool:
    """Whether a process is there; one that nobody has buried has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def ended(pid: int) -> bool:
    """Whether a process has ended, or ends within five seconds."""
    for _ in range(50):
        if not alive(pid):
            return True
        time.sleep(0.1)
    return False


def with_defect(audit: Audit, defect: Mapping[str, str]) -> Audit:
    """The audit with one changed cell, one added row or one changed line of text.

    Args:
        defect: `register`, `row`, `column` and `value`. For a text, `text/p1.md`, the line, nothing, and
            «old => new». For an added row, its id, `+`, and its cells as JSON.
    """
    register, row, column, value = (defect[key] for key in ("register", "row", "column", "value"))
    if register.startswith("text/"):
        return _with_line(audit, register.removeprefix("text/").removesuffix(".md"), int(row), value)
    rows = audit.rows(register)
    if column == "+":
        written = {"place": "linje 1", "origin": "registrert", **json.loads(value), "id": row}
        letters = dict.fromkeys(written, "Z") | (dict(rows[-1].letters) if rows else {})
        line = rows[-1].line + 1 if rows else 2
        return _with_rows(audit, register, [*rows, Row(audit.name, audit.schema[register], line, written, letters)])
    assert audit.row(register, row), f"{audit.name}: {register} {row}"
    changed = [
        replace(one, cells={**one.cells, column: value}, letters={column: "Z", **one.letters}) if one.id == row else one
        for one in rows
    ]
    return _with_rows(audit, register, changed)


def _with_line(audit: Audit, name: str, number: int, value: str) -> Audit:
    text, (old, _, new) = audit.texts[name], value.partition(" => ")
    lines = text.content.split("\n")
    assert old in lines[number - 1], f"{audit.name}: {text.file}, linje {number}: {old}"
    lines[number - 1] = lines[number - 1].replace(old, new)
    return replace(audit, texts={**audit.texts, name: Text(name, text.file, "\n".join(lines))})


def _with_rows(audit: Audit, register: str, rows: Sequence[Row]) -> Audit:
    table = replace(audit.registers[register], rows=tuple(rows))
    return replace(audit, registers={**audit.registers, register: table})


def renamed(audit: Audit, name: str) -> Audit:
    """The same audit under another name, so that many copies can be judged in one validation."""
    registers = {
        key: replace(register, rows=tuple(replace(row, audit=name) for row in register.rows))
        for key, register in audit.registers.items()
    }
    return replace(audit, params=msgspec.structs.replace(audit.params, audit=name), registers=registers)


METHOD = ("background", "method_text", "interviews", "samples", "scales", "sources")
CONCLUSION = ("summary", "conclusions", "recommendations", "response", "matrix", "corrections")
QUESTION = ("questions", "criteria", "evidence_text", "exhibits", "statements", "figures", "assessments", "follows")
VERBS = {name: METHOD if name == "method" else CONCLUSION if name == "conclusion" else QUESTION for name in CHAPTERS}
"""What the notebooks call, in their order."""


def blocks_in_process(audit: Audit) -> list[dict[str, object]]:
    """The blocks of every chapter as a notebook displays them, without a kernel."""
    facts, found = facts_of(audit), list[Block]()
    for name in CHAPTERS:
        chapter = Chapter(name, *take_slice(audit, facts, name), found.append)
        for verb in VERBS[name]:
            getattr(chapter, verb)()
    return [json.loads(json.dumps(block.as_dict())) for block in found]


def snapshot_of(audit: Audit, facts: Facts, blocks: Sequence[Mapping[str, Any]]) -> Snapshot:
    """What an edition of these blocks says."""
    return take_snapshot(audit, facts, blocks, items_of(blocks, facts))


HEADINGS: dict[str, list[str]] = {
    "kriterier": ["Id", "Problemstilling", "Tekst", "Skal/Bør", "Kilde", "Sted", "Opphav", "Mangler fordi"],
    "kilder": ["Id", "Type", "Tittel", "Utsteder", "Dato", "Mottatt", "Brukes", "Hvorfor ikke", "Brukt som", "Sted",
               "Opphav", "Mangler fordi"],
    "intervjuer": ["Id", "Form", "Dato", "Enhet", "Rolle(r)", "Antall personer", "Referat godkjent", "Sted", "Opphav"],
    "datagrunnlag": ["Id", "Problemstilling", "Kriterium", "Setning", "Kilde/intervju", "Hvordan vet vi det", "Sted",
                     "Opphav", "Mangler fordi"],
    "tall": ["Id", "Problemstilling", "Tabell", "Hva", "Gruppe", "Enhet", "Verdi", "Grense", "Per dato", "Antall", "Av",
             "Del av", "Teller med", "Delene utgjør hele", "Kilde", "Sted", "Opphav", "Mangler fordi"],
    "utvalg": ["Id", "Problemstilling", "Hva", "Populasjon N", "Per dato", "Trekkemåte", "Regel", "Trukket av", "n", "Sted",
               "Opphav"],
    "kontrollpunkter": ["Id", "Utvalg", "Tekst", "Slag", "Personvern", "Sted", "Opphav"],
    "saker": ["Id", "Utvalg", "ip", "Sted", "Opphav"],
    "svar": ["Id", "Problemstilling", "Utsagn", "i1", "i2", "Sted", "Opphav"],
    "vurderinger": ["Id", "Problemstilling", "Nivå", "Kriterium", "Vurdering", "Begrunnelse", "Bygger på",
                    "Ingen anbefaling fordi", "Sted", "Opphav", "Mangler fordi"],
    "maltall": ["Id", "Problemstilling", "Navn", "Slag", "Over", "Betingelse n", "Betingelse N", "Kolonne", "Tall", "Enhet",
                "Desimaler", "Sted", "Opphav"],
    "innspill": ["Id", "Runde", "Fra", "Dato", "Innspill", "Sted", "Opphav"],
    "unntak": ["Id", "Kontroll", "Register", "Rad", "Kolonne", "Funnet", "Hvorfor", "Hvem", "Kvalitetssikrer"],
}  # fmt: skip
ALWAYS = {"Sted": "linje 1", "Opphav": "registrert", "Problemstilling": "p1"}
ROWS: dict[str, list[dict[str, str]]] = {
    "kriterier": [{"Id": "k1", "Tekst": "Kommunen skal ha en plan.", "Skal/Bør": "skal", "Kilde": "hol"}],
    "kilder": [
        {"Id": "hol", "Type": "lov", "Tittel": "Helse- og omsorgstjenesteloven", "Utsteder": "Stortinget", "Dato": "2011",
         "Brukes": "Ja"},
        {"Id": "plan", "Type": "plan", "Tittel": "Kommunens plan", "Utsteder": "Kommunen", "Dato": "2020", "Brukes": "Ja"},
    ],
    "intervjuer": [
        {"Id": "i1", "Form": "intervju", "Dato": "01.02.2022", "Enhet": "Psykisk helse", "Rolle(r)": "leder",
         "Antall personer": "1", "Referat godkjent": "Ja"},
        {"Id": "i2", "Form": "gruppeintervju", "Dato": "våren 2022", "Enhet": "NAV", "Rolle(r)": "leder; rådgiver",
         "Antall personer": "2", "Referat godkjent": "Ja"},
    ],
    "datagrunnlag": [{"Id": "d1", "Kriterium": "k1", "Setning": "Kommunen har en plan.", "Kilde/intervju": "i1",
                      "Hvordan vet vi det": "fortalt"}],
    "tall": [
        {"Id": "i-alt", "Hva": "Vedtak", "Enhet": "vedtak", "Verdi": "30", "Per dato": "2021", "Kilde": "plan",
         "Delene utgjør hele": "Ja"},
        {"Id": "del-a", "Hva": "Vedtak", "Gruppe": "A", "Enhet": "vedtak", "Verdi": "10", "Per dato": "2021",
         "Kilde": "plan", "Del av": "i-alt"},
        {"Id": "del-b", "Hva": "Vedtak", "Gruppe": "B", "Enhet": "vedtak", "Verdi": "20", "Per dato": "2021",
         "Kilde": "plan", "Del av": "i-alt"},
    ],
    "innspill": [{"Id": "n1", "Runde": "uttalelse", "Fra": "kommunedirektør", "Dato": "01.06.2022", "Innspill": "Enig."}],
    "vurderinger": [
        {"Id": "v1", "Nivå": "kriterium", "Kriterium": "k1", "Vurdering": "Oppfylt", "Begrunnelse": "Planen finnes.",
         "Bygger på": "d1"},
        {"Id": "v2", "Nivå": "problemstilling", "Vurdering": "Oppfylt", "Begrunnelse": "Kommunen har en plan.",
         "Bygger på": "d1"},
    ],
}  # fmt: skip
PARAMS = """\
format: 1
revisjon: {name}
kommune: {{navn: Liten, nummer: "0420"}}
tittel: Liten revisjon
fase: {phase}
formål: Vise hvordan registrene virker.
problemstillinger:
  - {{id: p1, ordlyd: "Har kommunen en plan?", slag: vurderende, kapittel: governance}}
"""
TEXTS = {
    "p1": "# Datagrunnlag\n\nKommunen fattet {{i-alt}} vedtak. [@plan]\n\n# Vurdering\n\nKommunen har en plan.\n",
    "summary": "Kommunen har en plan og {{i-alt}} vedtak.\n", "background": "Bestilt av kontrollutvalget.\n",
    "method": "Vi snakket med ansatte. [@i1, @i2]\n", "conclusion": "Kommunen har en plan.\n",
}  # fmt: skip


@dataclass
class Small:
    """A small, sound audit; replace rows, text or whole files to see what the workbook says."""

    root: Path
    name: str = "liten"
    phase: str = "endelig"

    def write(self, text: Mapping[str, str] | None = None, **registers: Sequence[Mapping[str, str]]) -> Small:
        """Write the audit, with these registers and texts in place of the sound ones."""
        folder = self.root / "data" / self.name
        (folder / "text").mkdir(parents=True, exist_ok=True)
        (self.root / "params").mkdir(exist_ok=True)
        params = PARAMS.format(name=self.name, phase=self.phase)
        (self.root / "params" / f"{self.name}.yaml").write_text(params, encoding="utf-8")
        for sheet, rows in {**ROWS, **registers}.items():
            self.sheet(sheet, rows)
        for name, content in {**TEXTS, **(text or {})}.items():
            (folder / "text" / f"{name}.md").write_text(content, encoding="utf-8")
        return self

    def sheet(self, sheet: str, rows: Sequence[Mapping[str, str]]) -> None:
        """Write one register; a heading the sheet does not have goes last."""
        extra = [key for row in rows for key in row if key not in HEADINGS[sheet]]
        headings = [*HEADINGS[sheet], *dict.fromkeys(extra)]
        with self.path(sheet).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, headings, delimiter=";", lineterminator="\n", restval="")
            writer.writeheader()
            for row in rows:
                writer.writerow({**{key: value for key, value in ALWAYS.items() if key in headings}, **row})

    def path(self, sheet: str) -> Path:
        return self.root / "data" / self.name / f"{sheet}.csv"

    def load(self) -> Audit:
        return load_audit(self.root, self.name)

    def messages(self) -> list[Message]:
        """What the gate says of the audit; GX runs in this process."""
        return judge([gather(self.load())])

    def hits(self, check: str) -> list[Message]:
        """The messages of one check, which must be listed in a suite."""
        return [message for message in self.messages() if message.check == check]


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A small audit in a folder of its own."""
    shutil.copytree(PROJECT / "expectations", tmp_path / "expectations")
    shutil.copytree(PROJECT / "workbooks", tmp_path / "workbooks")
    return Small(tmp_path)


@pytest.fixture
def many(tmp_path: Path) -> Callable[..., Small]:
    """Several small audits in one folder."""
    shutil.copytree(PROJECT / "expectations", tmp_path / "expectations")
    shutil.copytree(PROJECT / "workbooks", tmp_path / "workbooks")
    return lambda name, phase="endelig": Small(tmp_path, name, phase)
