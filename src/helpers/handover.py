"""Hand-over: one zip with the edition and what belongs to it, numbered and recorded in the journal."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from helpers.audit import Audit
from helpers.changes import Changes, changes_json, compare
from helpers.editions import edition_model, held_back
from helpers.engine import code_hash, package_hash, versions
from helpers.facts import Facts
from helpers.files import write_bytes_atomically
from helpers.items import items_of
from helpers.journal import FOLDER, FORMAT, Edition, HandOver, Journal, append, digest, keep_snapshot
from helpers.message import InputError, Message, deliverable
from helpers.page import Said, page_model, quality_model, render
from helpers.publish import hashes, inputs_of, quality_json
from helpers.snapshot import take_snapshot

FOLDER_OUT = "_handover"
MANIFEST = "manifest.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file in a zip: no clock in any output."""


@dataclass(frozen=True)
class Planned:
    """A hand-over to be made, or made before from the same state.

    Attributes:
        audit: with the journal as it was before this hand-over.
        entry: the entry in the journal, when there is one.
        since: the hand-over of the same edition before it.
        inputs: sha256 of every input by name.
    """

    audit: Audit
    edition: Edition
    nr: int
    date: str
    state: str
    entry: HandOver | None
    since: HandOver | None
    inputs: Mapping[str, str]


def plan(root: Path, audit: Audit, edition: Edition, today: str) -> Planned:
    """The next hand-over of an edition; the last one again when nothing has changed since.

    Args:
        today: DD.MM.YYYY, for a new one.
    """
    journal, inputs = audit.journal, _inputs(root, audit.name)
    last = journal.last(edition)
    if last:
        at = journal.entries.index(last)
        before = _until(journal, at)
        if all(isinstance(entry, HandOver) for entry in journal.entries[at:]):
            state = _state(inputs, edition, before)
            if state == last.state:
                since = next((one for one in journal.handovers if one.nr == last.since), None)
                return Planned(replace(audit, journal=before), edition, last.nr, last.date, state, last, since, inputs)
    nr = max((one.nr for one in journal.handovers), default=0) + 1
    return Planned(audit, edition, nr, today, _state(inputs, edition, journal), None, last, inputs)


def _until(journal: Journal, at: int) -> Journal:
    """The journal as it was before its entry number ``at``."""
    return Journal(journal.folder, journal.entries[:at], journal.entries[at].previous)


def _state(inputs: Mapping[str, str], edition: Edition, journal: Journal) -> str:
    """Hash of all a hand-over is made from: edition, inputs, journal so far, code and versions."""
    content = json.dumps([edition, inputs, journal.key, code_hash()], sort_keys=True)
    return digest(content.encode())[:32]


def _inputs(root: Path, audit: str) -> dict[str, str]:
    """sha256 of every input by name; the journal, which a hand-over adds to, counts by its key."""
    own = root / "data" / audit / FOLDER
    return hashes(root, [path for path in inputs_of(root, audit) if own not in path.parents])


@dataclass(frozen=True)
class HandedOver:
    """What a hand-over came to: its zip, or the messages that held it back."""

    path: Path | None
    nr: int
    again: bool
    held: tuple[Message, ...] = ()


def hand_over(
    root: Path, planned: Planned, facts: Facts, blocks: Sequence[Mapping[str, Any]], messages: Sequence[Message]
) -> HandedOver:
    """Write the zip of a planned hand-over and record it; what the gate holds back is not written.

    Raises:
        InputError: an edition that cannot be marked, or is not ready to leave the house; or a file was saved while
            it was made.
        OSError: the zip or the journal cannot be written.
    """
    audit, edition = planned.audit, planned.edition
    if held := held_back(audit, edition, messages):
        return HandedOver(None, planned.nr, False, held)
    items = items_of(blocks, facts)
    now = take_snapshot(audit, facts, blocks, items)
    changes = compare(audit, planned.since, now, messages)
    files: dict[str, str]
    numbered: tuple[str, ...] = ()
    if edition == "internal":
        said, draft = Said(now.content, changes, planned.nr), not deliverable(audit.params.phase, messages)
        model = page_model(audit, facts, blocks, items, messages, said, planned.state[:16], draft=draft)
        files = _internal(planned, model, messages, changes)
    else:
        heard = compare(audit, audit.journal.last("hearing", planned.nr), now, messages)
        model, numbered = edition_model(audit, edition, facts, blocks, heard, planned.nr)
        files = _sent(planned, model)
    if _inputs(root, audit.name) != planned.inputs:
        found = "En fil ble lagret mens overleveringen ble laget"
        raise InputError(f"data/{audit.name}", found, "Kjør overleveringen igjen.")
    data = _zip(_name(planned), files | {MANIFEST: _manifest(planned, files)})
    path = root / "outputs" / FOLDER_OUT / audit.name / f"{_name(planned)}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes_atomically(path, data)
    if planned.entry is None:
        snapshot = keep_snapshot(audit.journal, now)
        since = planned.since.nr if planned.since else 0
        append(audit.journal, HandOver(FORMAT, planned.nr, edition, planned.date, planned.state, since, now.content,
                                       snapshot, numbered, ""))  # fmt: skip
    return HandedOver(path, planned.nr, planned.entry is not None)


def _name(planned: Planned) -> str:
    return f"{planned.audit.name}-{planned.nr}-{planned.audit.words(f'edition_file.{planned.edition}')}"


def _internal(
    planned: Planned, model: Mapping[str, Any], messages: Sequence[Message], changes: Changes
) -> dict[str, str]:
    """The page, data quality, changes and cover for the quality assurer; its stops stand on its first screen."""
    audit = planned.audit
    page = f"{audit.name}.html"
    return {
        page: render("page", model, audit.params.language),
        "quality.json": quality_json(audit, messages),
        "changes.json": changes_json(audit, changes),
        f"{audit.words('edition_file.cover')}.txt": cover(planned, changes, messages, page),
    }


def _sent(planned: Planned, model: Mapping[str, Any]) -> dict[str, str]:
    """An edition that goes out, with its cover, and where it asks for comments their table as a file for Excel."""
    audit, words = planned.audit, planned.audit.words
    page = f"{_name(planned)}.html"
    files = {page: render("edition", model, audit.params.language)}
    if model["comments"]:
        asked = len(model["questions"])
        rows = ["Avsnitt;Kommentar;Fra;Dato", *(f"S{one['number']};;;" for one in model["questions"])]
        files[model["table"]] = "\ufeff" + "\n".join(rows) + "\n"
        said = [words(f"edition.answer_{planned.edition}")] + ([words("edition.asked", n=asked)] if asked else [])
        said += [words("edition.deadline", date=model["deadline"])] if model["deadline"] else []
        text = words(
            "edition.cover", edition=model["name"].lower(), title=audit.params.title, nr=planned.nr, date=planned.date,
            municipality=audit.params.municipality.name, file=page, table=model["table"],
            marking=model["marking"], answer=" ".join(said), sender=_person(audit, "utøvende"),
        )  # fmt: skip
        files[f"{words('edition_file.cover')}.txt"] = text + "\n"
    return files


def cover(planned: Planned, changes: Changes, messages: Sequence[Message], page: str) -> str:
    """The cover text of an internal hand-over (practice, section 6)."""
    audit, words = planned.audit, planned.audit.words
    quality = quality_model(audit.params.phase, messages)
    moved = ""
    if changes.since:
        paragraphs = sum(1 for one in changes.items if not one.moved)
        numbers = sum(1 for one in changes.facts if not one.moved)
        told = {"facts": numbers, "items": paragraphs, "doubts": len(changes.doubts), "approvals": len(changes.fallen)}
        said = {key: _counted(audit, f"edition.{key}", count) for key, count in told.items()}
        moved = words("edition.since", nr=changes.since.nr, **said) + "\n"
    counts = {**quality["counts"], "unntak": quality["waived_count"]}
    counted = [_counted(audit, f"edition.{key}", counts[key]) for key in ("stopp", "varsel", "unntak")]
    return words(
        "edition.internal_cover", to=_person(audit, "kvalitetssikrer"), title=audit.params.title,
        municipality=audit.params.municipality.name, nr=planned.nr, date=planned.date, file=page, since=moved,
        quality=", ".join(counted[:-1]) + f" {words('edition.and')} {counted[-1]}",
        ground=audit.params.legal_ground, sender=_person(audit, "utøvende"),
    ) + "\n"  # fmt: skip


def _counted(audit: Audit, key: str, count: int) -> str:
    """«1 varsel», «3 varsler»."""
    return f"{count} {audit.words(key).split('|')[count != 1]}"


def _person(audit: Audit, role: str) -> str:
    """The name of a member of the team by role, else the role."""
    named = next((one for one in audit.params.team if one.role.lower().startswith(role)), None)
    if named is None or not named.name:
        return audit.words(f"edition.{role}")
    return f"{named.name}, {audit.words(f'edition.{role}')}"


def _manifest(planned: Planned, files: Mapping[str, str]) -> str:
    """sha256 of every file, and of the inputs where these are the reader's own: what goes out names none of them."""
    inputs = planned.inputs if planned.edition == "internal" else {}
    content = {
        "audit": planned.audit.name, "edition": planned.edition, "handover": planned.nr, "date": planned.date,
        "state": planned.state, "inputs": inputs,
        "outputs": {name: digest(text.encode()) for name, text in sorted(files.items())},
        "code": package_hash(), "versions": versions(),
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _zip(folder: str, files: Mapping[str, str]) -> bytes:
    """The files in one folder of a zip: the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, text in sorted(files.items()):
            about = zipfile.ZipInfo(f"{folder}/{name}", EPOCH)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.create_system, about.external_attr = 3, 0o644 << 16
            archive.writestr(about, text.encode())
    return out.getvalue()
