"""Reviews: the assurer's marks and the comments of the municipality come back as files, and are read as data.

A file is read whole or refused whole, with a reason; what is refused changes nothing and stays where it lies.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from helpers.audit import Audit
from helpers.dates import DateError, parse_date
from helpers.items import FIGURE, LONGEST_ABOUT
from helpers.journal import APPROVALS, FORMAT, REMARKS, ROLES, HandOver, Mark, Review, Snapshot, digest
from helpers.message import InputError
from helpers.names import readable
from helpers.register import decode, read_bytes

TYPE = "revisjonsbok-kontroll"
LARGEST = 5_000_000
"""Bytes; a review of a large audit with a remark on every paragraph is under 1 MB."""
LONGEST_REMARK = 4000
LONGEST_NAME = 200
DATE_LENGTH = 10
MOST_MARKS = 10_000
SCRIPT = re.compile(r"javascript\s*:", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What nobody sees: control characters, marks that turn the direction of text, halves of characters."""
DATE = re.compile(r"\d{4}-\d\d-\d\d")
COMMENT_HEADINGS = ("Avsnitt", "Kommentar", "Fra", "Dato")
QA = "kvalitetssikring"


class ReviewFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What *Lagre kontroll* writes."""

    format: str
    type: str
    audit: str
    edition: str
    handover: int
    content: str
    role: str
    name: str
    saved: str
    marks: tuple[msgspec.Raw, ...]
    drawn: tuple[str, ...] = ()


@dataclass(frozen=True)
class Read:
    """What a file came to: an entry for the journal (None where it is there), and rows for *Innspill*.

    Nothing is written yet; a row is column key to value.
    """

    entry: Review | None
    comments: tuple[Mapping[str, str], ...]


def read_review(audit: Audit, now: Snapshot, path: Path) -> Read:
    """Read a review file for the journal; remarks and questions become comments for the auditor to answer.

    Args:
        now: what the audit says now: a review of a page that was never handed over is of this.

    Raises:
        InputError: too large, no review file, of another audit, of content that was never handed over, or with
            marks, names or remarks no page of ours writes.
    """
    data = _bytes(path)
    try:
        file = msgspec.json.decode(data, type=ReviewFile)
    except (msgspec.MsgspecError, RecursionError):
        raise InputError(path.name, "Dette er ingen kontrollfil", "Bruk filen som «Lagre kontroll» laget.") from None
    if (file.type, file.format) != (TYPE, FORMAT):
        raise InputError(path.name, f"Filen er av slaget «{_short(file.type)}», format «{_short(file.format)}»",
                         f"Ventet {TYPE}, format {FORMAT}.")  # fmt: skip
    if file.audit != audit.name:
        raise InputError(path.name, f"Filen er fra revisjonen «{_short(file.audit)}», ikke «{audit.name}»",
                         "Les den inn i den revisjonen den gjelder.")  # fmt: skip
    if file.role not in ROLES:
        raise InputError(path.name, f"Rollen «{_short(file.role)}» er ukjent", f"Ventet en av: {', '.join(ROLES)}.")
    _plain(f"{path.name}, name", file.name, LONGEST_NAME)
    if not readable(file.name).strip():
        raise InputError(f"{path.name}, name", "Navnet mangler", "En anonym kontroll dokumenterer ingenting.")
    _is_date(f"{path.name}, saved", file.saved[:DATE_LENGTH])
    _plain(f"{path.name}, saved", file.saved, LONGEST_NAME)
    if (count := max(len(file.marks), len(file.drawn))) > MOST_MARKS:
        raise InputError(path.name, f"Filen har {count} merker; det meste er {MOST_MARKS}", "Filen er endret.")
    known = _known(audit, now, file, path.name)
    marks = [_mark(f"{path.name}, merke {number}", raw, known) for number, raw in enumerate(file.marks, start=1)]
    facts = set(now.facts) | {id for one in _snapshots(audit) for id in one.facts}
    if lost := [id for id in file.drawn if id not in facts]:
        raise InputError(path.name, f"Tallet «{_short(lost[0])}» i trekningen finnes ikke", "Lagre filen på nytt.")
    comments = tuple(_comment(file, mark) for mark in marks if mark.mark in REMARKS)
    if any(review.file == digest(data) for review in audit.journal.reviews):
        return Read(None, comments)
    name = " ".join(file.name.split())
    before = {(review.role, review.name, mark.x, mark.mark, mark.text)
              for review in audit.journal.reviews for mark in review.marks}  # fmt: skip
    once = {(file.role, name, mark.x, mark.mark, mark.text): mark for mark in marks}
    new = tuple(mark for key, mark in once.items() if key not in before)
    return Read(Review(FORMAT, file.handover, file.role, name, file.saved, digest(data), new, file.drawn, ""), comments)


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
    except OSError:
        raise InputError(str(path), "Filen finnes ikke", "Se etter skrivefeil i navnet.") from None
    if size > LARGEST:
        found = f"Filen er på {size // 1_000_000} MB; en kontrollfil er under {LARGEST // 1_000_000} MB"
        raise InputError(path.name, found, "Bruk filen som «Lagre kontroll» laget.")
    return read_bytes(path, path.name)


def _snapshots(audit: Audit) -> Iterator[Snapshot]:
    return (audit.journal.snapshot(one) for one in audit.journal.handovers)


def _known(audit: Audit, now: Snapshot, file: ReviewFile, name: str) -> Mapping[str, tuple[str, str]]:
    """Content to kind and text, of the hand-over a file says it reviewed, and of what is said now."""
    said = [now]
    if file.handover:
        found = next((one for one in audit.journal.handovers if one.nr == file.handover), None)
        if found is None or found.edition != file.edition:
            raise InputError(name, f"Overlevering {file.handover} av denne utgaven finnes ikke i journalen",
                             "Er filen fra en annen mappe?")  # fmt: skip
        if file.content != found.content:
            raise InputError(name, f"Innholdsmerket er ikke det overlevering {file.handover} har",
                             "Filen er endret. Be om filen slik siden lagret den.")  # fmt: skip
        said.append(audit.journal.snapshot(found))
    elif file.content != now.content:
        raise InputError(name, "Siden ble ikke overlevert, og innholdet er endret siden",
                         "Overlever siden med revisjonsbok handover før den kontrolleres.")  # fmt: skip
    known = {item.x: (item.kind, item.text) for one in said for item in one.items}
    return known | {fact.x: (FIGURE, f"{fact.label}: {fact.value}") for one in said for fact in one.facts.values()}


def _mark(place: str, raw: msgspec.Raw, known: Mapping[str, tuple[str, str]]) -> Mark:
    try:
        mark = msgspec.json.decode(raw, type=Mark)
    except (msgspec.MsgspecError, RecursionError):
        raise InputError(
            place, "Merket har ikke den formen siden skriver", "Be om filen slik siden lagret den."
        ) from None
    kind, text = known.get(mark.x, ("", ""))
    if not kind:
        raise InputError(place, f"Innholdet «{_short(mark.x)}» er aldri overlevert: filen er endret",
                         "Be om filen slik siden lagret den.")  # fmt: skip
    if mark.kind != kind or mark.about != harmless(text[:LONGEST_ABOUT]):
        raise InputError(place, f"Merket sier «{_short(mark.about)}», men innholdet er «{_short(text)}»",
                         "Filen er endret. Be om filen slik siden lagret den.")  # fmt: skip
    _plain(place, mark.text, LONGEST_REMARK)
    if mark.date:
        _is_date(place, mark.date)
    if mark.mark in APPROVALS and mark.text:
        raise InputError(place, "En godkjenning har ingen tekst", "Bruk Merknad eller Spørsmål.")
    if mark.mark in REMARKS and not readable(mark.text).strip():
        raise InputError(place, "Merknaden er tom", "Skriv den, eller ta ut merket.")
    return mark


def harmless(text: str) -> str:
    """As the page writes a text to its file (``harmless`` in review.js): no «<» before a letter, nothing unseen."""
    shown = CONTROL.sub("", text)
    return "".join("‹" if char == "<" and _opens(shown[at + 1 : at + 2]) else char for at, char in enumerate(shown))


def _opens(following: str) -> bool:
    return following.isalpha() or following in ("/", "!")


def _is_date(place: str, written: str) -> None:
    try:
        date.fromisoformat(written if DATE.fullmatch(written) else "")
    except ValueError:
        raise InputError(place, f"«{_short(written)}» er ingen dato", "Be om filen slik siden lagret den.") from None


def _plain(place: str, text: str, longest: int) -> None:
    """Refuse what is no plain text."""
    if len(text) > longest:
        raise InputError(place, f"Teksten har {len(text)} tegn; det lengste er {longest}", "Kort den ned.")
    if SCRIPT.search(text) or harmless(shown := CONTROL.sub("", text)) != shown:
        raise InputError(place, "Teksten inneholder HTML eller skript", "Skriv den uten < foran bokstaver.")
    if CONTROL.search(text):
        raise InputError(place, "Teksten inneholder styretegn", "Skriv den på nytt.")


def _short(text: str) -> str:
    shown = " ".join(readable(text).split())
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


def comment_id(x: str, text: str) -> str:
    """The id of the comment a remark becomes: of the content it is on, and what it says."""
    return f"qa-{digest(f'{x} {text}'.encode())[:8]}"


def _comment(file: ReviewFile, mark: Mark) -> dict[str, str]:
    written = ".".join(reversed((mark.date or file.saved[:DATE_LENGTH]).split("-")))
    return {
        "id": comment_id(mark.x, mark.text), "round": QA, "from": file.role, "date": written,
        "about": f"«{mark.about}»", "text": mark.text,
    }  # fmt: skip


def read_comments(audit: Audit, path: Path) -> tuple[Mapping[str, str], ...]:
    """Read the comment table of an edition that was sent out, into rows for *Innspill*; empty lines are none.

    Its name says which hand-over its numbers are of; a file of another name is taken to be of the last one.

    Raises:
        InputError: too large, no comment table, of another audit, or an edition with numbers was never sent.
    """
    # However it was called on its way: « - Kopi», «_utfylt», « (1)».
    name = r"kommentarer-([a-z0-9-]+?)(?:-nr(\d+)(?!\d).*|(?: ?\(\d+\))?)\.csv$"
    named = re.match(name, path.name, re.IGNORECASE)
    if named and named[1].lower() != audit.name:
        raise InputError(path.name, f"Filen er fra revisjonen «{named[1]}», ikke «{audit.name}»",
                         "Les den inn i den revisjonen den gjelder.")  # fmt: skip
    nr = int(named[2]) if named and named[2] else 0
    sent = next((one for one in reversed(audit.journal.handovers) if one.numbered and nr in (0, one.nr)), None)
    if sent is None and nr:
        found = f"Journalen har ingen overlevering {nr} med nummererte avsnitt"
        raise InputError(path.name, found, "Er filen fra en annen mappe?")
    if sent is None:
        raise InputError(path.name, "Ingen utgave med nummererte avsnitt er sendt", "Send verifiseringen først.")
    text = decode(_bytes(path), path.name)
    text = text.partition("\n")[2] if text[:4].lower() == "sep=" else text
    delimiter = max(";,\t", key=text.partition("\n")[0].count)
    try:
        content = io.StringIO(text.replace("\r\n", "\n"), newline="")
        lines = list(csv.reader(content, delimiter=delimiter, strict=True))
    except csv.Error:
        found, do = "Tabellen kan ikke leses", "Se etter et anførselstegn som mangler sitt par."
        raise InputError(path.name, found, do) from None
    if not lines or tuple(cell.strip() for cell in lines[0] if cell.strip()) != COMMENT_HEADINGS:
        raise InputError(f"{path.name}, rad 1", "Overskriftene er ikke kommentartabellens",
                         f"Ventet: {'; '.join(COMMENT_HEADINGS)}.")  # fmt: skip
    told = [_told(audit, sent, f"{path.name}, rad {number}", cells) for number, cells in enumerate(lines[1:], start=2)]
    return tuple(row for row in told if row)


ROUNDS = {"verification": "verifisering", "hearing": "høring"}


def _told(audit: Audit, sent: HandOver, place: str, cells: Sequence[str]) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(COMMENT_HEADINGS) :]):
        found = f"Raden har {len(cells)} celler, overskriften {len(COMMENT_HEADINGS)}"
        raise InputError(place, found, "Se etter et semikolon i kommentaren, og sett den i anførselstegn.")
    number, text, who, when = (_undefused(cell) for cell in (*cells, "", "", "", "")[: len(COMMENT_HEADINGS)])
    if not text:
        if who or not re.fullmatch(r"(S?\d+)?", number, re.IGNORECASE):
            raise InputError(place, "Raden har ingen kommentar", "Skriv den i kolonnen Kommentar, eller ta ut raden.")
        return {}
    for part in (number, text, who, when):
        _plain(place, part, LONGEST_REMARK)
    dated = _reads_as_date(when)
    texts = {item.x: item.text for item in audit.journal.snapshot(sent).items}
    at = int(number) - 1 if number.isascii() and number.isdigit() else -1
    if 0 <= at < len(sent.numbered):
        said = _short(texts.get(sent.numbered[at], ""))  # an older workbook named tables so that they are not found
        about = f"avsnitt {number}: «{said}»" if said else f"avsnitt {number}"
    else:
        about = number or "ikke oppgitt"
    return {
        "id": f"kom-{digest(f'{sent.nr} {number} {text} {who} {when}'.encode())[:8]}", "round": ROUNDS[sent.edition],
        "from": who or "Kommunen", "date": when if dated else "", "about": about,
        "text": text if dated or not when else f"{text} ({when})",
    }  # fmt: skip


def _reads_as_date(text: str) -> bool:
    try:
        parse_date(text)
    except DateError:
        return False
    return True


def _undefused(cell: str) -> str:
    """A cell without the apostrophe that keeps Excel from reading it as a formula."""
    cell = cell.strip()
    return cell[1:] if re.match(r"'[=+\-@]", cell) else cell
