"""What goes out and comes back: hand-over, review, signature and change log, each on an audit made ready by a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.audit import Audit, load_audit
from helpers.cells import changes_since
from helpers.changes import Changes, compare
from helpers.checks.comments import is_answered
from helpers.engine import open_engine
from helpers.files import write_atomically
from helpers.handover import FOLDER_OUT, HandedOver, hand_over, plan
from helpers.journal import EDITIONS, Edition, Journal, Snapshot, append, keep_snapshot, remarks
from helpers.logbook import BY_THE_TOOL, NO_PLACE, add_rows, log_changes, reason_for_all
from helpers.marks import defused, left, marks_csv
from helpers.message import InputError, Outcome, unwritable
from helpers.publish import only_run
from helpers.reporter import Reporter
from helpers.review import comment_id, read_comments, read_review
from helpers.run import ready_audit
from helpers.sign import Signed, sign, signed
from helpers.snapshot import take_snapshot
from helpers.stages import Ready
from helpers.suites import read_sound_schema

EXCEL = (".xlsx", ".xls", ".xlsm")


def _load(root: Path, name: str) -> Audit:
    return load_audit(root, name, read_sound_schema(root))


def _ready(root: Path, audit: Audit, reporter: Reporter) -> Ready:
    """The audit with its chapters executed and its gate heard.

    Raises:
        InputError: a chapter raised.
    """
    with open_engine() as engine:
        ready = ready_audit(root, audit, engine=engine, reporter=reporter)
    if isinstance(ready, Outcome):
        raise InputError(audit.name, ready.error, "Kjør revisjonsbok run.")
    return ready


def _said(root: Path, name: str, reporter: Reporter) -> tuple[Ready, Snapshot]:
    """An audit made ready, and what it says now."""
    ready = _ready(root, _load(root, name), reporter)
    return ready, take_snapshot(ready.audit, ready.facts, ready.blocks, ready.items)


def hand_over_edition(root: Path, name: str, edition: str, today: str, reporter: Reporter) -> HandedOver:
    """Make the hand-over of an edition; the same state twice is the same hand-over.

    Args:
        today: DD.MM.YYYY.

    Raises:
        InputError: an unknown edition, an audit that cannot be read or run, an edition that cannot leave the house.
    """
    known: Edition | None = next((one for one in EDITIONS if one == edition), None)
    if known is None:
        raise InputError("--edition", f"Utgaven «{edition}» finnes ikke", f"Bruk en av: {', '.join(EDITIONS)}.")
    with only_run(root):
        planned = plan(root, _logged(root, name, known, today), known, today)
        ready = _ready(root, planned.audit, reporter)
        try:
            return hand_over(root, planned, ready.facts, ready.blocks, ready.messages)
        except OSError as error:
            place = f"outputs eller data/{name}/journal"
            raise unwritable(place, error, "Lukk filene derfra.") from None


def _logged(root: Path, name: str, edition: Edition, today: str) -> Audit:
    """The audit; before an internal hand-over with what changed since the last one in the log.

    The next comparison is with this hand-over: a change nobody has explained must not be forgotten by it.
    """
    audit = _load(root, name)
    base = audit.journal.last("internal")
    if edition != "internal" or base is None:
        return audit
    changes = changes_since(audit.journal.snapshot(base).cells, audit)
    return _load(root, name) if log_changes(root, audit, changes, {"date": today}) else audit


@dataclass(frozen=True)
class Log:
    """What changed since the last internal hand-over; how many corrections were written, and how many got a reason."""

    audit: Audit
    changes: Changes
    written: int = 0
    reasoned: int = 0


def log(root: Path, name: str, reason: Mapping[str, str], reporter: Reporter) -> Log:
    """Compare with the last hand-over, and write the changes nobody has explained into *Rettelser*.

    Args:
        reason: the date; and kind, why and who for all of them, or nothing of these to leave them to the auditor.

    Raises:
        InputError: an audit that cannot be read or run, or a register that is open.
    """
    with only_run(root):
        audit = _load(root, name)
        base = audit.journal.last("internal")
        if base is None:
            return Log(audit, Changes())
        ready = _ready(root, audit, reporter)
        changes = compare(audit, base, take_snapshot(audit, ready.facts, ready.blocks, ready.items), ready.messages)
        reasoned = reason_for_all(root, audit, reason) if reason.get("why") else 0
        if reasoned:
            audit = _load(root, name)
        written = log_changes(root, audit, changes.cells, reason)
        if written or reasoned:  # what is told is what now stands in the register
            audit = _load(root, name)
            changes = compare(audit, base, take_snapshot(audit, ready.facts, ready.blocks, ready.items), ready.messages)
        return Log(audit, changes, written, reasoned)


@dataclass(frozen=True)
class Came:
    """What a file that came back held: new marks, and new comments for the auditor to answer."""

    marks: int
    comments: int


def take_in(root: Path, name: str, file: Path, reporter: Reporter) -> Came:
    """Read a review file or a comment table; remarks and comments go to *Innspill*.

    Raises:
        InputError: a file that is refused (nothing is changed), or an audit that cannot be read or run.
    """
    with only_run(root):
        audit = _load(root, name)
        entry = None
        if file.suffix.lower() in EXCEL:
            raise InputError(file.name, "Dette er en Excel-bok", "Lagre tabellen som «CSV UTF-8» i Excel.")
        if file.suffix.lower() == ".csv":
            comments = read_comments(audit, file)
        else:
            ready = _ready(root, audit, reporter)
            read = read_review(audit, take_snapshot(audit, ready.facts, ready.blocks, ready.items), file)
            entry, comments = read.entry, read.comments
        known = audit.registers["comments"].by_id
        new = {
            row["id"]: {"place": NO_PLACE, "origin": BY_THE_TOOL, **_as_text(row)}
            for row in comments
            if row["id"] not in known
        }
        add_rows(root, audit, "comments", new.values())  # first: if the register is open, nothing is read in
        if entry:
            append(audit.journal, entry)
        return Came(len(entry.marks) if entry else 0, len(new))


def _as_text(row: Mapping[str, str]) -> dict[str, str]:
    """A row others wrote, so that Excel reads no cell of it as a formula; a dash first is as good a longer one."""
    return {key: f"–{cell[1:]}" if cell.startswith("-") else defused(cell) for key, cell in row.items()}


@dataclass(frozen=True)
class Standing:
    """Where the review of an audit stands.

    Attributes:
        left: for each group of items how many nobody has approved, of how many.
        fallen: approvals that fell since the last hand-over.
        unanswered: remarks and questions without an answer.
    """

    audit: Audit
    left: tuple[tuple[str, int, int], ...]
    fallen: int
    unanswered: int
    signed: tuple[Signed, ...]


def status(root: Path, name: str, reporter: Reporter) -> Standing:
    """Where the review stands.

    Raises:
        InputError: an audit that cannot be read or run.
    """
    with only_run(root):
        ready, now = _said(root, name, reporter)
    audit = ready.audit
    changes = compare(audit, audit.journal.last("internal"), now, ready.messages)
    rows = (audit.row("comments", comment_id(mark.x, mark.text)) for _, mark in remarks(audit.journal))
    open_ = [row for row in rows if row is None or not is_answered(row)]
    groups = tuple((one["group"], one["left"], one["of"]) for one in left(ready.items, audit))
    return Standing(audit, groups, len(changes.fallen), len(open_), signed(audit.journal, now.content))


def write_marks(root: Path, name: str, reporter: Reporter) -> Path:
    """Write every mark with its answer as a table, for the archive (RSK 001, *Dokumentasjon*); returns the file.

    Raises:
        InputError: an audit that cannot be read or run.
    """
    with only_run(root):
        ready, now = _said(root, name, reporter)
        path = root / "outputs" / FOLDER_OUT / name / f"{name}-kontroll.csv"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, marks_csv(ready.audit, now))
        except OSError as error:
            raise unwritable(path.relative_to(root).as_posix(), error, "Lukk filen.") from None
        return path


def sign_audit(root: Path, name: str, role: str, who: str, today: str, reporter: Reporter) -> Journal:
    """Sign what an audit says now.

    Raises:
        InputError: see `helpers.sign.sign`; or an audit that cannot be read or run.
    """
    with only_run(root):
        ready, now = _said(root, name, reporter)
        stops = sum(1 for message in ready.messages if message.stops)
        kept = keep_snapshot(ready.audit.journal, now)
        return sign(ready.audit, now.content, role, who, today, stops=stops, snapshot=kept)
