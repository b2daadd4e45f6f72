"""From pages to files: the draft always, the published folder by an atomic swap, never half."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers.audit import Audit
from helpers.engine import code_hash, package_hash, versions
from helpers.facts import Facts, show_value
from helpers.files import HALF, write_atomically
from helpers.folder import CACHE
from helpers.message import InputError, Message, deliverable
from helpers.numbers import Number
from helpers.page import shown_in

DRAFTS = "_draft"


def facts_csv(audit: Audit, facts: Facts, blocks: Sequence[Mapping[str, Any]]) -> str:
    """``id;value;unit;n;base;text;shown_in;sources``: UTF-8 with BOM, decimal point, n of base."""
    places = shown_in(blocks)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(["id", "value", "unit", "n", "base", "text", "shown_in", "sources"])
    for fact in facts:
        text = show_value(audit, fact)
        cells = " ".join(f"{cell.place.register}!{cell.place.cell}" for cell in fact.cells)
        writer.writerow(
            [
                fact.id,
                _plain(fact.number),
                fact.unit,
                _blank(fact.n),
                _blank(fact.base),
                text,
                " ".join(block["id"] for block in places.get(fact.id, ())),
                cells,
            ]
        )
    return "\ufeff" + out.getvalue()


def _plain(number: Number | None) -> str:
    if number is None:
        return ""
    return f"{number.value}–{number.high}" if number.high is not None else str(number.value)


def _blank(value: int | None) -> str:
    return "" if value is None else str(value)


def quality_json(audit: Audit, messages: Sequence[Message]) -> str:
    """Every message of the gate, with the answer to *Kan leveres?*."""
    content = {
        "audit": audit.name,
        "phase": audit.params.phase,
        "deliverable": deliverable(audit.params.phase, messages),
        "messages": [message.as_dict() for message in messages],
    }
    return _json(content)


def inputs_of(root: Path, audit: str) -> list[Path]:
    """Every file an audit's page is made from."""
    return sorted([*_own_inputs(root, audit), *_shared_inputs(root)])


def _own_inputs(root: Path, audit: str) -> list[Path]:
    return [root / "params" / f"{audit}.yaml", *_under(root / "data" / audit)]


def _shared_inputs(root: Path) -> list[Path]:
    return [path for name in ("expectations", "workbooks") for path in _under(root / name)]


def _under(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if name != ".ipynb_checkpoints"]
        for name in names:
            path = Path(parent, name)
            if not name.startswith((".", "~")) and path.is_file():
                yield path


class Inputs:
    """Hashes of the inputs of audits, as they were when first asked for; what the audits share is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._shared_then = _states(_shared_inputs(root))
        self._shared = hashes(root, list(self._shared_then))
        self._own_then: dict[str, _States] = {}
        self._known: dict[str, dict[str, str]] = {}

    def of(self, audit: str) -> dict[str, str]:
        """Path under the root to sha256, in the order of the paths."""
        if audit not in self._known:
            own = self._own_then[audit] = _states(_own_inputs(self._root, audit))
            found = self._shared | hashes(self._root, list(own))
            self._known[audit] = dict(sorted(found.items(), key=lambda item: item[0].split("/")))
        return self._known[audit]

    def untouched(self, audit: str) -> bool:
        """Whether nobody saved one of these files since: then what was read since is what was hashed."""
        own, shared = _own_inputs(self._root, audit), _shared_inputs(self._root)
        return _states(own) == self._own_then[audit] and _states(shared) == self._shared_then


_States = dict[Path, tuple[int, int]]


def _states(files: Sequence[Path]) -> _States:
    """Size and time of those of these files that are there."""
    return {path: (about.st_size, about.st_mtime_ns) for path in files if path.is_file() for about in [path.stat()]}


def hashes(root: Path, files: Sequence[Path]) -> dict[str, str]:
    """Path under ``root`` to sha256."""
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def stamp(inputs: Mapping[str, str]) -> str:
    """The run stamp: a hash of inputs and code; it stands for the clock."""
    return hashlib.sha256((_json(inputs) + code_hash()).encode()).hexdigest()[:16]


def write_draft(root: Path, audit: str, page: str, told: Mapping[str, str]) -> Path:
    """Write ``outputs/_draft/<audit>/``, the page last; returns it.

    Args:
        told: further files by name.
    """
    folder = root / "outputs" / DRAFTS / audit
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in told.items():
        write_atomically(folder / name, content)
    write_atomically(folder / f"{audit}.html", page)
    return folder / f"{audit}.html"


def publish(
    root: Path, audit: str, files: Mapping[str, str], inputs: Mapping[str, str], about: Mapping[str, Any]
) -> Path:
    """Replace ``outputs/<audit>/`` by these files and their manifest, in one swap; returns the page.

    Args:
        about: what the index and the comparison say of the audit.
    """
    outputs = root / "outputs"
    target, fresh, old = outputs / audit, outputs / f".{audit}.new", outputs / f".{audit}.old"
    shutil.rmtree(fresh, ignore_errors=True)
    for name, content in files.items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    written = {name: hashlib.sha256(content.encode()).hexdigest() for name, content in sorted(files.items())}
    manifest = {"about": about, "inputs": inputs, "outputs": written, "code": package_hash(), "versions": versions()}
    (fresh / "manifest.json").write_text(_json(manifest), encoding="utf-8", newline="\n")
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
    return target / f"{audit}.html"


def recover(root: Path) -> None:
    """Clean up after a run that was cut off: the last edition back in its place, nothing half left."""
    outputs = root / "outputs"
    for old in outputs.glob(".*.old"):
        target = outputs / old.name.removeprefix(".").removesuffix(".old")
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(target)
    for fresh in outputs.glob(".*.new"):
        shutil.rmtree(fresh, ignore_errors=True)
    for place in (outputs.glob(f"*{HALF}"), outputs.glob(f"{DRAFTS}/*/*{HALF}"), root.glob(f"{CACHE}/*/*{HALF}")):
        for half in place:
            half.unlink(missing_ok=True)


@contextmanager
def only_run(root: Path) -> Iterator[None]:
    """Hold the one lock of a folder; it falls with the process.

    Raises:
        InputError: another run holds it.
    """
    path = root / CACHE / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(str(root), "En annen kjøring pågår i denne mappen", "Vent til den er ferdig.") from None
        yield


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
