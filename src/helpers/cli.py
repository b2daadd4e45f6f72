"""The command ``revisjonsbok``."""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from helpers.audit import find_root
from helpers.message import InputError, Message, Outcome
from helpers.run import HELD_BACK, PUBLISHED, Result
from helpers.words import Words

SHOWN = 15

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Reproduserbar arbeidsbok for forvaltningsrevisjon.",
)

Names = Annotated[list[str] | None, typer.Argument(metavar="[REVISJON ...]", help="Navn fra params/. Tomt: alle.")]
Root = Annotated[Path | None, typer.Option("--root", help="Mappen med params/, data/, workbooks/ og expectations/.")]
_console = Console(highlight=False, soft_wrap=True)


class _Shown:
    """Progress: on a terminal a bar with the chapter at work and the time left, elsewhere a line a chapter."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("Leser registrene", total=None)
        self._plain = not _console.is_terminal
        self._left: list[tuple[str, str]] = []
        self._total = 0

    def begin(self, chapters: Sequence[tuple[str, str]]) -> None:
        self._left, self._total = list(chapters), len(chapters)
        self._progress.update(self._task, total=self._total, description=self._at_work())

    def chapter(self, audit: str, chapter: str) -> None:
        self._left.remove((audit, chapter))
        self._progress.update(self._task, advance=1, description=self._at_work())
        if self._plain:
            done = self._total - len(self._left)
            _console.print(f"[{done}/{self._total}] {audit} · {Words()(f'chapter.{chapter}')}", markup=False)

    def _at_work(self) -> str:
        """The first chapter not yet done: chapters are taken in order."""
        if not self._left:
            return "Kapitlene er ferdige"
        audit, chapter = self._left[0]
        return f"{audit} · {Words()(f'chapter.{chapter}')}"

    def draft(self, audit: str, page: Path) -> None:
        """Told with everything else, when all is done."""

    def phase(self, text: str) -> None:
        self._progress.update(self._task, description=text)
        if self._plain:
            _console.print(text)


@app.command()
def run(
    names: Names = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=0, help="Kapitler som kjøres samtidig. 0: en for hver prosessor.")
    ] = 0,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="fork|kernel",
            help="fork: kapitler fra en ferdig oppvarmet prosess, bare på Linux. "
            "kernel: en vanlig Jupyter-kjerne for hvert kapittel. Tomt: fork der den virker.",
        ),
    ] = "",
    root: Root = None,
    force: Annotated[bool, typer.Option("--force", help="Kjør alt på nytt, uten mellomlageret.")] = False,
) -> None:
    """Kjør kapitlene, kontroller, og publiser det som ikke holdes tilbake."""
    from helpers.engine import open_engine
    from helpers.run import run as run_audits

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("igjen"),
        TimeRemainingColumn(),
    )
    shown = Progress(*columns, console=_console, disable=not _console.is_terminal, transient=True)
    with open_engine(engine) as at_work, shown as progress:
        result = run_audits(_root(root), names or [], engine=at_work, jobs=jobs, force=force, reporter=_Shown(progress))
    _tell(result)
    if result.index:
        _console.print(f"Åpne {result.index}", markup=False)
    raise typer.Exit(result.code)


@app.command()
def check(names: Names = None, root: Root = None) -> None:
    """Kontroller registre, tall og tekst. Ingen kapitler kjøres."""
    from helpers.run import check as check_audits

    result = check_audits(_root(root), names or [])
    _tell(result, every=True)
    raise typer.Exit(result.code)


@app.command()
def watch(
    name: Annotated[str, typer.Argument(metavar="REVISJON", help="Navn fra params/.")],
    root: Root = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port på 127.0.0.1. 0: en ledig.")] = 0,
) -> None:
    """Kjør det som er berørt hver gang noe lagres, og vis utkastet i nettleseren."""
    from helpers.params import audit_names
    from helpers.watch import watch as watch_audit

    folder = _root(root)
    if name not in audit_names(folder):
        raise InputError(f"params/{name}.yaml", "Revisjonen finnes ikke", f"Kjente: {', '.join(audit_names(folder))}.")
    try:
        watch_audit(folder, name, port=port, tell=lambda line: _console.print(line, markup=False))
    except KeyboardInterrupt:
        _console.print("Avsluttet.")


def _root(root: Path | None) -> Path:
    if root is None:
        return find_root(Path.cwd())
    if not (root / "params").is_dir():
        raise InputError(str(root), "Mappen har ingen params/", "Bruk --root MAPPE.")
    return root.resolve()


def _tell(result: Result, every: bool = False) -> None:
    """Messages that ask for something, then one line for each audit."""
    for outcome in result.outcomes:
        _messages(outcome, every)
    table = Table(box=None, pad_edge=False)
    for head in ("Revisjon", "Tilstand", "Stopp", "Varsler", "Til orientering", "Unntak", "Tall"):
        table.add_column(head, justify="left" if head in ("Revisjon", "Tilstand") else "right")
    words = Words()
    for outcome in result.outcomes:
        opened = [message for message in outcome.messages if not message.waived]
        counts = [sum(1 for m in opened if m.severity == level) for level in ("stopp", "varsel", "orientering")]
        waived = len(outcome.messages) - len(opened)
        state = words(f"label.{outcome.state}")
        if every and outcome.state == PUBLISHED:
            state = "Kan leveres"
        numbers = ["–"] * 5 if outcome.error else [*map(str, counts), str(waived), str(outcome.facts)]
        table.add_row(outcome.audit, state, *numbers)
    _console.print(table)


def _messages(outcome: Outcome, every: bool) -> None:
    if outcome.error:
        _console.print(f"{outcome.audit}: {outcome.error}", markup=False)
        return
    opened = [message for message in outcome.messages if not message.waived]
    told = [message for message in opened if every or message.severity == "stopp"]
    groups: dict[tuple[str, str, str, str], list[Message]] = {}
    for message in told:
        groups.setdefault((message.check, message.place.register, message.place.column, message.found), []).append(
            message
        )
    for same in list(groups.values())[:SHOWN]:
        more = f" (samme feil {len(same)} steder)" if len(same) > 1 else ""
        _console.print(f"{outcome.audit}: {same[0].text}{more}", markup=False)
    if len(groups) > SHOWN:
        _console.print(f"{outcome.audit}: og {len(groups) - SHOWN} andre; rett disse først.", markup=False)
    if parts := outcome.unfinished:
        _console.print(f"{outcome.audit}: under arbeid, {len(parts)} deler gjenstår: {', '.join(parts)}.", markup=False)
    if outcome.state == HELD_BACK and not every:
        _console.print(f"{outcome.audit}: holdt tilbake. Utkastet: {outcome.pages.get('draft', '')}", markup=False)


def _save_details() -> Path:
    """The traceback in a file of its own: an auditor needs the line above, who mends it needs this."""
    with tempfile.NamedTemporaryFile("w", prefix="revisjonsbok-", suffix=".log", delete=False, encoding="utf-8") as log:
        traceback.print_exc(file=log)
    return Path(log.name)


def main() -> None:
    """Entry point: bad input is a message and exit 2, never a traceback."""
    try:
        app()
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        print(f"Uventet feil: {type(error).__name__}: {error}. Det som var publisert, står som før.", file=sys.stderr)
        print(f"Detaljer til den som retter: {_save_details()}", file=sys.stderr)
        sys.exit(3)
    except KeyboardInterrupt:
        print("Avbrutt. Det som var publisert, står som før.", file=sys.stderr)
        sys.exit(130)
