"""What the last run of an audit came to, and whether it still stands: then there is nothing to do for it.

A record holds the run stamp and what lies in the audit's folders: name, size and time of each file. It stands while
inputs and code give the same stamp and nobody has touched the files. Records may be deleted at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from helpers.files import write_bytes_atomically
from helpers.folder import CACHE
from helpers.message import Outcome
from helpers.publish import DRAFTS

Files = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class _Record:
    stamp: str
    files: Files
    outcome: Outcome


def standing(root: Path, audit: str, stamp: str) -> Outcome | None:
    """What the last run came to, if a run now would come to the same and leave the same files."""
    record = _read(_path(root, audit))
    if record is None or record.stamp != stamp or record.files != dict(_files(root, audit)):
        return None
    pages = {edition: str(root / page) for edition, page in record.outcome.pages.items()}
    return replace(record.outcome, pages=pages)


def keep_record(root: Path, outcome: Outcome, stamp: str) -> None:
    """Keep what a run came to, once its files are written."""
    path = _path(root, outcome.audit)
    path.parent.mkdir(parents=True, exist_ok=True)
    pages = {edition: Path(page).relative_to(root).as_posix() for edition, page in outcome.pages.items()}
    record = _Record(stamp, dict(_files(root, outcome.audit)), replace(outcome, pages=pages))
    write_bytes_atomically(path, msgspec.json.encode(record))


def _path(root: Path, audit: str) -> Path:
    return root / CACHE / "records" / f"{audit}.json"


def _read(path: Path) -> _Record | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Record)
    except (OSError, msgspec.DecodeError):
        return None


def _files(root: Path, audit: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """What lies in the folders of an audit under ``outputs/``."""
    outputs = root / "outputs"
    for folder in (outputs / audit, outputs / DRAFTS / audit):
        for path in sorted(folder.rglob("*")):
            about = path.lstat()
            yield path.relative_to(outputs).as_posix(), (about.st_size, about.st_mtime_ns)
