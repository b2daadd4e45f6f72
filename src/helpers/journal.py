"""The journal of an audit: hand-overs, reviews and signatures, appended by the tool and never rewritten.

One file an entry under ``data/<audit>/journal/``, numbered; each carries the hash of the one before it, and SEAL
that of the last, so an entry that was changed or taken out afterwards is told. What was handed over stands beside
them as snapshots, named by their content.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import msgspec

from helpers.files import write_atomically
from helpers.message import InputError
from helpers.register import read_bytes

FOLDER = "journal"
SNAPSHOTS = "snapshots"
SEAL = "siste.txt"
"""How many entries there are, and the hash of the last: nobody else follows it to tell that it was changed."""
FORMAT = "1"
Edition = Literal["internal", "verification", "hearing", "public"]
EDITIONS: tuple[Edition, ...] = ("internal", "verification", "hearing", "public")
ROLES = ("utøvende", "kvalitetssikrer", "oppdragsansvarlig")
ASSURING = ROLES[1:]
"""They may be one person, but never the one who did the work (RSK 001, *Kvalitetssikring*)."""
APPROVALS = ("lest", "kilde")
REMARKS = ("merknad", "sporsmal")


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base: a key that is not known is an error, never ignored."""


class KeptFact(_Strict, frozen=True):
    """A fact as it was handed over.

    Attributes:
        x: its hash.
        number: its value as a decimal; empty where it had none.
        value: its value as it is shown.
        cells: the cells it rests on, (register, row, column).
    """

    x: str
    label: str
    number: str
    value: str
    unit: str
    n: str
    base: str
    cells: tuple[tuple[str, str, str], ...]


class KeptItem(_Strict, frozen=True):
    """An item of the page as it was handed over; see `helpers.items`."""

    x: str
    kind: str
    block: str
    text: str
    of: tuple[str, ...]
    facts: tuple[str, ...]


class Snapshot(_Strict, frozen=True):
    """What an edition said.

    Attributes:
        cells: what it said it from (register or text, row, column, value).
        frame: its title and headings, which nobody marks and a signature covers.
    """

    facts: dict[str, KeptFact]
    items: tuple[KeptItem, ...]
    cells: tuple[tuple[str, str, str, str], ...]
    frame: tuple[str, ...] = ()

    @property
    def stands(self) -> frozenset[str]:
        """Every content that was said: of items and of facts."""
        return frozenset((*(item.x for item in self.items), *(fact.x for fact in self.facts.values())))

    @property
    def content(self) -> str:
        """Hash of all that was said, whatever its order: what a signature covers."""
        said = sorted({*self.stands, *self.frame})
        return digest("\n".join(said).encode())[:16]


class HandOver(_Strict, frozen=True, tag="overlevering"):
    """An edition handed over.

    Attributes:
        state: hash of edition, inputs and code; the same state is the same hand-over.
        since: number of the hand-over of this edition before it; 0 for the first.
        snapshot: name of the file under ``snapshots/``.
        numbered: the items of an edition that was sent out, in the order of their numbers.
    """

    format: str
    nr: int
    edition: Edition
    date: str
    state: str
    since: int
    content: str
    snapshot: str
    numbered: tuple[str, ...]
    previous: str


class Mark(_Strict, frozen=True):
    """A mark somebody set on an item or a fact, known by its content ``x``."""

    x: str
    kind: str
    about: str
    mark: Literal["lest", "kilde", "merknad", "sporsmal"]
    text: str = ""
    date: str = ""


class Review(_Strict, frozen=True, tag="kontroll"):
    """The marks of one review file; ``file`` is the sha256 of it, so that the same file counts once."""

    format: str
    handover: int
    role: str
    name: str
    saved: str
    file: str
    marks: tuple[Mark, ...]
    drawn: tuple[str, ...]
    previous: str


class Signature(_Strict, frozen=True, tag="signatur"):
    """A signature by name and role over a content; ``snapshot`` is the file that holds what was signed."""

    format: str
    role: str
    name: str
    date: str
    content: str
    previous: str
    snapshot: str = ""


Entry = HandOver | Review | Signature


@dataclass(frozen=True)
class Journal:
    """The entries of one audit in the order they were made; ``folder`` holds them."""

    folder: Path | None = None
    entries: tuple[Entry, ...] = ()
    key: str = ""

    @cached_property
    def handovers(self) -> tuple[HandOver, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, HandOver))

    @cached_property
    def reviews(self) -> tuple[Review, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Review))

    @cached_property
    def signatures(self) -> tuple[Signature, ...]:
        """The last signature of each role."""
        last = {entry.role: entry for entry in self.entries if isinstance(entry, Signature)}
        return tuple(last.values())

    @cached_property
    def marks(self) -> dict[str, tuple[tuple[Review, Mark], ...]]:
        """What was marked, by content: for each of a reviewer's kinds of mark the last one on it."""
        found: dict[str, dict[tuple[str, ...], tuple[Review, Mark]]] = {}
        for review in self.reviews:
            for mark in review.marks:
                said = mark.text if mark.mark in REMARKS else ""
                found.setdefault(mark.x, {})[review.role, review.name, mark.mark, said] = (review, mark)
        return {x: tuple(marks.values()) for x, marks in found.items()}

    def last(self, edition: Edition, before: int | None = None) -> HandOver | None:
        """The last hand-over of an edition, or the last before a number."""
        known = [one for one in self.handovers if one.edition == edition and (before is None or one.nr < before)]
        return known[-1] if known else None

    def snapshot(self, handover: HandOver) -> Snapshot:
        """What was handed over.

        Raises:
            InputError: the file is gone, or no longer what its name says.
        """
        assert self.folder is not None
        return _snapshot(self.folder / SNAPSHOTS / f"{handover.snapshot}.json")


def read_journal(folder: Path, name: str) -> Journal:
    """Read the journal under ``folder`` (``data/<audit>/journal``); ``name`` is that path for messages.

    Raises:
        InputError: an entry is unreadable, missing, out of order, or not the one its follower was written after.
    """
    seal = folder / SEAL  # read first: of all that is written while the rest is read, it may be behind, never ahead
    sealed = read_bytes(seal, f"{name}/{SEAL}").decode(errors="replace").strip() if seal.exists() else ""
    entries: list[Entry] = []
    keys = [""]
    for number, path in enumerate(sorted(folder.glob("*.json")), start=1):
        data = read_bytes(path, f"{name}/{path.name}")
        try:
            entry = msgspec.json.decode(data, type=Entry)
        except msgspec.MsgspecError:
            raise InputError(f"{name}/{path.name}", "Oppføringen i journalen kan ikke leses", _RESTORE) from None
        if path.stem != f"{number:04d}":
            found = f"Oppføring {number} i journalen er tatt ut eller har fått et annet navn"
            raise InputError(f"{name}/{path.name}", found, _RESTORE)
        if entry.previous != keys[-1]:
            before = sorted(folder.glob("*.json"))[max(number - 2, 0)].name
            found = f"Oppføringen i {before} er endret eller tatt ut etter at denne ble skrevet"
            raise InputError(f"{name}/{path.name}", found, _RESTORE)
        entries.append(entry)
        keys.append(digest(data))
    _hold_against_seal(name, sealed, keys)
    return Journal(folder, tuple(entries), keys[-1])


def _hold_against_seal(name: str, seal: str, keys: Sequence[str]) -> None:
    """The entry the seal is of is there, unchanged; others may follow it, written when the machine stopped."""
    if not seal and len(keys) > 2:
        raise InputError(f"{name}/{SEAL}", "Filen er tatt ut", _RESTORE)
    if seal and not re.fullmatch(r"[0-9]+ [0-9a-f]{64}", seal):
        raise InputError(f"{name}/{SEAL}", "Filen er endret", _RESTORE)
    number, _, key = seal.partition(" ")
    sealed = int(number or 0)
    if len(keys) - 1 < sealed:
        found = f"Journalen har {len(keys) - 1} oppføringer, men {number} ble skrevet: den siste er tatt ut"
        raise InputError(f"{name}/{SEAL}", found, _RESTORE)
    if keys[sealed] != key:
        raise InputError(f"{name}/{sealed:04d}.json", "Oppføringen er endret etter at den ble skrevet", _RESTORE)


_RESTORE = "Journalen skrives bare av arbeidsboken: hent mappen tilbake fra en sikkerhetskopi."


def append(journal: Journal, entry: Entry) -> Journal:
    """Write an entry after the last one; its ``previous`` is set here.

    Raises:
        InputError: an entry with this number was written by somebody else in the meantime, or it cannot be written.
    """
    assert journal.folder is not None
    entry = msgspec.structs.replace(entry, previous=journal.key)
    data = msgspec.json.format(msgspec.json.encode(entry), indent=1) + b"\n"
    number = len(journal.entries) + 1
    path = journal.folder / f"{number:04d}.json"  # of whatever kind, so that only one can be the next
    try:
        journal.folder.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
        write_atomically(journal.folder / SEAL, f"{number} {digest(data)}\n")
    except FileExistsError:
        raise InputError(_place(journal.folder, path), "Noen har skrevet i journalen samtidig", "Kjør igjen.") from None
    except OSError as error:
        raise _unwritten(journal.folder, path, error) from None
    return Journal(journal.folder, (*journal.entries, entry), digest(data))


def keep_snapshot(journal: Journal, snapshot: Snapshot) -> str:
    """Write a snapshot under the name of its content; returns the name.

    Raises:
        InputError: it cannot be written.
    """
    assert journal.folder is not None
    data = msgspec.json.format(msgspec.json.encode(snapshot), indent=0) + b"\n"
    name = digest(data)[:16]
    path = journal.folder / SNAPSHOTS / f"{name}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != data:  # else half of it, written when the machine stopped
            path.write_bytes(data)
    except OSError as error:
        raise _unwritten(journal.folder, path, error) from None
    return name


def _place(folder: Path, path: Path) -> str:
    return f"data/{folder.parent.name}/{FOLDER}/{path.relative_to(folder).as_posix()}"


def _unwritten(folder: Path, path: Path, error: OSError) -> InputError:
    found = f"Kan ikke skrive i journalen ({error.strerror or error})"
    return InputError(_place(folder, path), found, "Se etter at mappen ikke er skrivebeskyttet, og kjør igjen.")


@cache
def _snapshot(path: Path) -> Snapshot:
    name = f"{FOLDER}/{SNAPSHOTS}/{path.name}"
    data = read_bytes(path, name)
    if digest(data)[:16] != path.stem:
        raise InputError(name, "Øyeblikksbildet er endret etter overleveringen", _RESTORE)
    try:
        return msgspec.json.decode(data, type=Snapshot)
    except msgspec.MsgspecError:
        raise InputError(name, "Øyeblikksbildet er av en annen versjon av arbeidsboken", _RESTORE) from None


def digest(data: bytes) -> str:
    """sha256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def remarks(journal: Journal) -> Iterator[tuple[Review, Mark]]:
    """Every remark and question of the reviewers, in the order they came."""
    for review in journal.reviews:
        for mark in review.marks:
            if mark.mark in REMARKS:
                yield review, mark
