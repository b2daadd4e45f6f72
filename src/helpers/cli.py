"""The command ``revisjonsbok``."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from helpers.folder import audit_names, chosen_root
from helpers.message import HELD_BACK, PUBLISHED, InputError, Message, Outcome
from helpers.reporter import Quiet
from helpers.words import Words, plural

if TYPE_CHECKING:
    from helpers.ahead import Ahead
    from helpers.exchange import Standing
    from helpers.run import Result

SHOWN = 15
RARELY = 200_000
"""New objects between two rounds of the collector."""
INTERRUPTED = 130  # the exit code after Ctrl-C

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Reproduserbar arbeidsbok for forvaltningsrevisjon.",
)

Names = Annotated[list[str] | None, typer.Argument(metavar="[REVISJON ...]", help="Navn fra params/. Tomt: alle.")]
Root = Annotated[Path | None, typer.Option("--root", help="Mappen med params/, data/, workbooks/ og expectations/.")]
_console = Console(highlight=False, soft_wrap=True)


class _Shown(Quiet):
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
        self._progress.update(self._task, completed=self._total - len(self._left), description=self._at_work())
        if self._plain:
            done = self._total - len(self._left)
            _console.print(f"[{done}/{self._total}] {audit} · {Words()(f'chapter.{chapter}')}", markup=False)

    def without(self, audit: str) -> None:
        done = self._total - len(self._left)
        self._left = [one for one in self._left if one[0] != audit]
        self._total = done + len(self._left)
        self._progress.update(self._task, total=self._total, description=self._at_work())

    def _at_work(self) -> str:
        """The first chapter not yet done: chapters are taken in order."""
        if not self._left:
            return "Kapitlene er ferdige"
        audit, chapter = self._left[0]
        return f"{audit} · {Words()(f'chapter.{chapter}')}"

    def phase(self, text: str) -> None:
        self._progress.update(self._task, description=text)
        if self._plain:
            _console.print(text)


@app.command()
def run(
    context: typer.Context,
    names: Names = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=0, help="Kapitler som kjøres samtidig. 0: så mange det er plass til.")
    ] = 0,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="fork|kernel|dask",
            help="fork: kapitler fra en ferdig oppvarmet prosess, bare på Linux. "
            "kernel: en vanlig Jupyter-kjerne for hvert kapittel. dask: på en klynge av maskiner. "
            "Tomt: fork der den virker.",
        ),
    ] = "",
    scheduler: Annotated[
        str, typer.Option("--scheduler", metavar="ADRESSE", help="Klyngens planlegger, som tls://maskin:8786.")
    ] = "",
    root: Root = None,
    force: Annotated[bool, typer.Option("--force", help="Kjør alt på nytt, uten mellomlageret.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Si for hvert kapittel hva som er endret siden det sist ble kjørt.")
    ] = False,
) -> None:
    """Kjør kapitlene, kontroller, og publiser det som ikke holdes tilbake."""
    from helpers.ahead import start_ahead

    folder, wanted = chosen_root(root), names or []
    with closing(context.obj or start_ahead(folder, wanted, engine, force)) as ahead:
        from helpers.cluster import open_chosen
        from helpers.run import run as run_audits

        tell = (lambda reason: _console.print(reason.text, markup=False)) if explain else None
        with open_chosen(engine, jobs, scheduler, ahead.forks) as at_work, _progress() as progress:
            result = run_audits(
                folder, wanted, engine=at_work, force=force, tell=tell, reporter=_Shown(progress),
                validator=ahead.validator,
            )  # fmt: skip
    _tell(result)
    if result.index:
        _console.print(f"Åpne {result.index}", markup=False)
    raise typer.Exit(result.code)


@app.command()
def check(names: Names = None, root: Root = None) -> None:
    """Kontroller registre, tall og tekst. Ingen kapitler kjøres."""
    from helpers.run import check as check_audits

    result = check_audits(chosen_root(root), names or [])
    _tell(result, every=True)
    raise typer.Exit(result.code)


Audit = Annotated[str, typer.Argument(metavar="REVISJON", help="Navn fra params/.")]


@app.command()
def changes(
    name: Audit,
    why: Annotated[str, typer.Option("--why", help="Grunnen til alle endringer som mangler en.")] = "",
    who: Annotated[str, typer.Option("--who", help="Hvem som har rettet (rolle).")] = "",
    kind: Annotated[str, typer.Option("--kind", help="feilretting eller «ny opplysning».")] = "",
    root: Root = None,
) -> None:
    """Vis hva som er endret siden siste overlevering, og før det i Rettelser."""
    from helpers.changes import said
    from helpers.corrections import MISTAKE, NEWS
    from helpers.exchange import log

    given = (why, who, kind)
    if any(given) and not all(given):
        raise InputError("--why, --who, --kind", "Alle tre må gis sammen", "Skriv slag, grunn og hvem.")
    kinds = {one.lower(): one for one in (MISTAKE, NEWS)}
    if kind and kind.lower() not in kinds:
        raise InputError("--kind", f"Slaget «{kind}» er ukjent", f"Bruk {' eller '.join(kinds)}.")
    reason = {"date": _today()} | ({"kind": kinds[kind.lower()], "why": why, "who": who} if why else {})
    done = log(chosen_root(root), name, reason, Quiet())
    since = done.changes.since
    if since is None:
        _console.print(f"{name}: {Words()('changed.first')}", markup=False)
        return
    _console.print(f"{name}: {Words()('changed.since', nr=since.nr)}", markup=False)
    for fact in done.changes.facts:
        if not fact.moved:
            _console.print(f"  {fact.label}: {said(done.audit, fact.old)} → {said(done.audit, fact.new)}", markup=False)
    unexplained = set(done.changes.unexplained)
    for change, row in (done.changes.reasons or {}).items():
        old, new = change.differs
        known = [row.id] if row else []
        known += ["uten grunn"] if change in unexplained else []
        _console.print(f"  {change.place}: «{old}» → «{new}» · {', '.join(known)}", markup=False)
    for doubt in done.changes.doubts:
        _console.print(f"  Vurdering {doubt.row.id} er i tvil: grunnlaget er endret.", markup=False)
    others = [one for one in done.changes.items if not one.moved]
    if others and not done.changes.cells:
        _console.print(f"  {Words()('changed.elsewhere', n=len(others))}", markup=False)
    if not (done.changes.cells or done.changes.items or done.changes.facts):
        _console.print(f"  {Words()('changed.nothing')}", markup=False)
    if done.written:
        missing = "" if why else " Fyll ut Slag, Hvorfor og Hvem der."
        rows = "1 ny rad" if done.written == 1 else f"{done.written} nye rader"
        _console.print(f"{rows} er ført i Rettelser.{missing}", markup=False)
    if done.reasoned:
        rows = "1 rad" if done.reasoned == 1 else f"{done.reasoned} rader"
        _console.print(f"{rows} i Rettelser har fått grunnen.", markup=False)


@app.command()
def handover(
    name: Audit,
    edition: Annotated[
        str, typer.Option("--edition", help="internal, verification, hearing eller public.")
    ] = "internal",
    root: Root = None,
) -> None:
    """Lag en nummerert overlevering: én zip med siden og det som hører til."""
    from helpers.exchange import hand_over_edition

    done = hand_over_edition(chosen_root(root), name, edition, _today(), Quiet())
    if done.path is None:
        for message in done.held[:SHOWN]:
            needs = " Unntaket må godtas av kvalitetssikrer før dette går ut." if message.waived else ""
            _console.print(f"{name}: {message.text}{needs}", markup=False)
        held, assurer = len(done.held), " med Kvalitetssikrer" if any(m.stops for m in done.held) else ""
        what = plural(held, "kontrollmelding", "kontrollmeldinger")
        do = f"Rett det, eller før det i Unntak med grunn{assurer}."
        _console.print(f"{name}: {Words()(f'edition.{edition}')} er holdt tilbake av {what}. {do}", markup=False)
        raise typer.Exit(1)
    again = " Ingenting er endret siden sist: samme nummer og samme innhold." if done.again else ""
    _console.print(f"{name}: {Words()('label.handover', nr=done.nr)}.{again}", markup=False)
    _console.print(f"Send {done.path}", markup=False)


@app.command()
def review(
    name: Audit,
    what: Annotated[str, typer.Argument(metavar="export|import|status", help="Hva som skal gjøres.")],
    file: Annotated[Path | None, typer.Argument(metavar="FIL", help="Kontrollfil eller kommentartabell.")] = None,
    root: Root = None,
) -> None:
    """Les inn kontroll og kommentarer, skriv ut alle merker til arkivet, eller vis hva som gjenstår."""
    from helpers.exchange import status, take_in, write_marks

    if what == "import":
        if file is None:
            raise InputError("review import", "Filen mangler", "Skriv revisjonsbok review REVISJON import FIL.")
        came = take_in(chosen_root(root), name, file, Quiet())
        marks = "1 nytt merke" if came.marks == 1 else f"{came.marks} nye merker"
        comments = "1 nytt innspill" if came.comments == 1 else f"{came.comments} nye innspill"
        _console.print(f"{name}: {marks} i journalen, {comments}.", markup=False)
        if came.comments:
            _console.print("Skriv Vårt svar og Utfall i Innspill, og kjør igjen.", markup=False)
    elif what == "export":
        _console.print(f"Åpne {write_marks(chosen_root(root), name, Quiet())}", markup=False)
    elif what == "status":
        _status(name, status(chosen_root(root), name, Quiet()))
    else:
        raise InputError("review", f"«{what}» er ukjent", "Bruk export, import eller status.")


def _status(name: str, stands: Standing) -> None:
    words = Words()
    for group, left, of in stands.left:
        what = words(f"review.{group}").split("|")[of != 1]
        _console.print(f"{name}: gjenstår {words('review.of', n=left, all=of, what=what)}", markup=False)
    _console.print(f"{name}: {stands.fallen} godkjenninger bortfalt siden siste overlevering", markup=False)
    _console.print(f"{name}: {stands.unanswered} merknader og spørsmål er ubesvart", markup=False)
    for one in stands.signed:
        key = "signature_covers" if one.covers else "signature_fell"
        about = {"name": one.signature.name, "role": one.signature.role, "date": one.signature.date}
        _console.print(f"{name}: {words(f'label.{key}', **about)}", markup=False)


@app.command(name="sign")
def sign_command(
    name: Audit,
    role: Annotated[str, typer.Option("--role", help="utøvende, kvalitetssikrer eller oppdragsansvarlig.")],
    who: Annotated[str, typer.Option("--name", help="Fullt navn.")],
    root: Root = None,
) -> None:
    """Signer det revisjonen sier nå, med navn og rolle."""
    from helpers.exchange import sign_audit

    journal = sign_audit(chosen_root(root), name, role, who, _today(), Quiet())
    last = next(one for one in journal.signatures if one.role == role)
    _console.print(f"{name}: signert av {who}, {role}. Innholdsmerke {last.content}.", markup=False)


def _today() -> str:
    """The day, for what goes into the journal; no output knows it by itself."""
    return date.today().strftime("%d.%m.%Y")


@app.command()
def verify(
    name: Annotated[str, typer.Argument(metavar="REVISJON", help="Navn fra params/.")],
    jobs: Annotated[int, typer.Option("--jobs", min=0, help="Kapitler som kjøres samtidig.")] = 0,
    root: Root = None,
) -> None:
    """Kontroller at det som er publisert, er uendret og blir det samme når det lages på nytt."""
    from helpers.verify import verify as verify_audit

    with _progress() as progress:
        report = verify_audit(chosen_root(root), name, jobs=jobs, reporter=_Shown(progress))
    for deviation in report.deviations:
        _console.print(deviation.text, markup=False)
    _console.print(report.text, markup=False)
    raise typer.Exit(report.code)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("igjen"),
               TimeRemainingColumn())  # fmt: skip
    return Progress(*columns, console=_console, disable=not _console.is_terminal, transient=True)


@app.command()
def watch(
    name: Annotated[str, typer.Argument(metavar="REVISJON", help="Navn fra params/.")],
    root: Root = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port på 127.0.0.1. 0: en ledig.")] = 0,
) -> None:
    """Kjør det som er berørt hver gang noe lagres, og vis utkastet i nettleseren."""
    from helpers.watch import watch as watch_audit

    folder = chosen_root(root)
    if name not in audit_names(folder):
        raise InputError(f"params/{name}.yaml", "Revisjonen finnes ikke", f"Kjente: {', '.join(audit_names(folder))}.")
    try:
        watch_audit(folder, name, port=port, tell=lambda line: _console.print(line, markup=False))
    except KeyboardInterrupt:
        _console.print("Avsluttet.")


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
        if outcome.details:
            print(f"{outcome.audit}: Detaljer til den som retter: {_save_details(outcome.details)}", file=sys.stderr)
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
    for said in outcome.said:
        _console.print(f"{outcome.audit}: {said}", markup=False)
    if parts := outcome.unfinished:
        _console.print(f"{outcome.audit}: under arbeid, {len(parts)} deler gjenstår: {', '.join(parts)}.", markup=False)
    if outcome.state == HELD_BACK and not every:
        _console.print(f"{outcome.audit}: holdt tilbake. Utkastet: {outcome.pages.get('draft', '')}", markup=False)


def _save_details(told: str) -> Path:
    """A traceback in a file of its own: an auditor needs the line above, who mends it needs this."""
    with tempfile.NamedTemporaryFile("w", prefix="revisjonsbok-", suffix=".log", delete=False, encoding="utf-8") as log:
        log.write(told)
    return Path(log.name)


def main(ahead: Ahead | None = None) -> None:
    """Carry out the command line: bad input is a message and exit 2, never a traceback.

    Args:
        ahead: what was started for it already.
    """
    code: object = 0
    gc.set_threshold(RARELY)  # what is imported stays, and what a run holds is tables
    try:
        app(obj=ahead)
    except InputError as error:
        print(error, file=sys.stderr)
        code = 2
    except Exception as error:
        print(f"Uventet feil: {type(error).__name__}: {error}. Det som var publisert, står som før.", file=sys.stderr)
        print(f"Detaljer til den som retter: {_save_details(traceback.format_exc())}", file=sys.stderr)
        code = 3
    except SystemExit as leaving:
        code = leaving.code
        if code == INTERRUPTED:
            print("Avbrutt. Det som var publisert, står som før.", file=sys.stderr)
    with suppress(OSError):  # nobody reads on
        sys.stdout.flush()
        sys.stderr.flush()
    # All is closed and written; taking apart what was imported would take longer than a change takes to be shown.
    os._exit(code if isinstance(code, int) else bool(code))
