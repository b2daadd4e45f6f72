"""Why a chapter runs again: which part of its key changed since it was last used.

Beside each notebook in ``.cache/chapters/`` lie the parts its key was made of, as short hashes; ``.cache/last/``
names the key each chapter of an audit last had. Both may be deleted at any time.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from helpers.audit import Audit
from helpers.engine import Task, kept_notebook, notebook_cells, package_hash, versions
from helpers.facts import Facts
from helpers.files import write_atomically, write_bytes_atomically
from helpers.folder import CACHE
from helpers.register import Row
from helpers.runs import spans
from helpers.slices import slice_parts
from helpers.words import Words

NAMED = 6
PARTS = {"params", "rows", "cells", "order", "facts", "names", "texts", "suites", "notebook", "package", "versions"}


@dataclass(frozen=True)
class Reason:
    """What is new in the key of one chapter, by the names an auditor knows.

    Attributes:
        kept: whether the executed notebook is taken from the cache.
        known: whether the chapter was run before here.
        forced: whether it is run again because somebody asked.
        changed: «Tall, F14, Verdi», «text/p3.md, linje 41», «pandas 2.2 → 2.3» …
    """

    audit: str
    chapter: str
    kept: bool
    known: bool
    forced: bool
    changed: tuple[str, ...]

    @property
    def text(self) -> str:
        """One line: «hamar-2022 · Samhandling: kjøres på nytt. Tall, F14, Verdi er endret.»"""
        place = f"{self.audit} · {Words()(f'chapter.{self.chapter}')}"
        shown = [*self.changed[:NAMED], *([f"{more} til"] if (more := len(self.changed) - NAMED) > 0 else [])]
        listed = "; ".join(shown)
        if self.kept and not self.known:
            return f"{place}: fra mellomlageret, kjørt før med dette innholdet."
        if self.kept:
            since = f"kjørt før med dette innholdet. Endret siden sist: {listed}." if listed else "ingenting er endret."
            return f"{place}: fra mellomlageret, {since}"
        if not self.known:
            return f"{place}: kjøres for første gang her."
        if listed:
            return f"{place}: kjøres på nytt. Endret: {listed}."
        why = "du har bedt om det" if self.forced else "mellomlageret har ikke kapittelet"
        return f"{place}: kjøres på nytt, for {why}. Ingenting er endret."


def unchanged(audit: str, chapter: str) -> Reason:
    """The reason of a chapter of an audit in which nothing has changed since its last run."""
    return Reason(audit, chapter, kept=True, known=True, forced=False, changed=())


def explain(root: Path, audit: Audit, facts: Facts, tasks: Iterable[Task], force: bool) -> Iterator[Reason]:
    """For each of an audit's chapters, before they run: whether it runs, and what changed since it was last used."""
    last = _read_last(root, audit.name)
    for task in tasks:
        before = _read_parts(root, task.chapter, last.get(task.chapter, ""))
        changed: tuple[str, ...] = ()
        if before is not None and last[task.chapter] != task.key:
            changed = _changes(audit, task.chapter, before, _parts(audit, facts, task))
        kept = not force and kept_notebook(task) is not None
        yield Reason(audit.name, task.chapter, kept, before is not None, force, changed)


def remember(root: Path, audit: Audit, facts: Facts, tasks: Sequence[Task]) -> None:
    """Keep what the keys of these chapters, which all have a notebook now, were made of."""
    keys = {task.chapter: task.key for task in tasks}
    for task in tasks:
        path = _parts_path(root, task.chapter, task.key)
        if not path.exists() and path.parent.is_dir():
            data = json.dumps(_parts(audit, facts, task), separators=(",", ":")).encode()
            write_bytes_atomically(path, gzip.compress(data, 1, mtime=0))
    last = _read_last(root, audit.name)
    if {**last, **keys} != last:
        path = _last_path(root, audit.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({**last, **keys}, indent=1, sort_keys=True))


def _parts(audit: Audit, facts: Facts, task: Task) -> dict[str, Any]:
    """All that a task's key covers, in parts."""
    return {
        **slice_parts(audit, facts, task.chapter),
        "notebook": [cell[:8] for cell in notebook_cells(task.notebook)],
        "package": package_hash(),
        "versions": versions(),
    }


def _parts_path(root: Path, chapter: str, key: str) -> Path:
    return root / CACHE / "chapters" / f"{chapter}-{key}.parts"


def _last_path(root: Path, audit: str) -> Path:
    return root / CACHE / "last" / f"{audit}.json"


def _read_last(root: Path, audit: str) -> dict[str, str]:
    try:
        found = json.loads(_last_path(root, audit).read_text(encoding="utf-8"))
        return {str(chapter): str(key) for chapter, key in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _read_parts(root: Path, chapter: str, key: str) -> dict[str, Any] | None:
    try:
        found = json.loads(gzip.decompress(_parts_path(root, chapter, key).read_bytes()))
    except (OSError, ValueError, EOFError):
        return None
    return found if isinstance(found, dict) and found.keys() == PARTS else None


def _changes(audit: Audit, chapter: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """What differs between two sets of parts; what only follows from something named is not named itself."""
    found = [*_rows(audit, old["rows"], new["rows"])]
    found += [place for place in _cells(audit, old["cells"], new["cells"]) if place not in found]
    found += _texts(old["texts"], new["texts"])
    found += [f"params/{audit.name}.yaml, {_parameter(audit, key)}" for key in _differ(old["params"], new["params"])]
    found += [f"expectations/{key}.json" for key in _differ(old["suites"], new["suites"])]
    if not found:
        found += [f"rekkefølgen i {audit.schema[key].sheet}" for key in _differ(old["order"], new["order"])]
        found += [f"tallet {id.partition('.')[2]}" for id in _differ(old["facts"], new["facts"])]
    found += _notebook(chapter, old["notebook"], new["notebook"])
    if old["package"] != new["package"]:
        found.append("programmet")
    for name in _differ(old["versions"], new["versions"]):
        was, now = (parts["versions"].get(name, "ikke brukt") for parts in (old, new))
        found.append(f"{name} {was} → {now}")
    return tuple(found or ["navnene tallene har"])


def _differ(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [key for key in dict.fromkeys((*new, *old)) if old.get(key) != new.get(key)]


def _rows(audit: Audit, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Changed cells; rows that came, went or moved, counted together."""
    for register in _differ(old, new):
        before, after = old.get(register, {}), new.get(register, {})
        sheet, moved = audit.schema[register].sheet, 0
        come = sorted(after[id]["line"] for id in after if id not in before)
        gone = [id for id in before if id not in after]
        for id in (id for id in _differ(before, after) if id in before and id in after):
            columns = [column for column in _differ(before[id], after[id]) if column != "line"]
            yield from (_cell(audit, register, id, column) for column in columns)
            moved += not columns
        if come:
            lines = [line for line in come if line]
            yield f"{sheet}, ny rad {spans(lines)}" if lines else f"{sheet}, {len(come)} rader er kommet til"
        if gone:
            yield f"{sheet}, {', '.join(gone[:3])}{' og flere' if len(gone) > 3 else ''} er ikke lenger med"
        if moved:
            yield f"{sheet}, {moved} rader er flyttet"


def _cells(audit: Audit, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Changed cells behind facts: of rows the chapter does not read itself."""
    for register in _differ(old, new):
        before, after = old.get(register, {}), new.get(register, {})
        for id in _differ(before, after):
            schema = audit.schema[register]
            labels = {column.label(): column.key for column in schema.columns}
            for label in _differ(before.get(id, {}), after.get(id, {})):
                yield _cell(audit, register, id, labels.get(label, label))


def _cell(audit: Audit, register: str, id: str, column: str) -> str:
    row: Row | None = audit.row(register, id)
    return str(row.place(column)) if row else f"{audit.schema[register].sheet}, {id}"


def _texts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in _differ(old, new):
        before, after = old.get(name), new.get(name)
        file = f"text/{name}.md"
        if before is None or after is None:
            yield f"{file} er {'ny' if before is None else 'tatt ut'}"
            continue
        first = _first(before, after)
        only = len(before) == len(after) and before[first + 1 :] == after[first + 1 :]
        yield f"{file}, {'' if only else 'fra '}linje {first + 1}"


def _first(before: Sequence[str], after: Sequence[str]) -> int:
    """The index of the first difference."""
    same = (index for index, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1])
    return next(same, min(len(before), len(after)))


def _parameter(audit: Audit, key: str) -> str:
    """The key as it is written in the file."""
    return next(field.encode_name for field in msgspec.structs.fields(audit.params) if field.name == key)


def _notebook(chapter: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    if old != new:
        first = _first(old, new)
        yield f"workbooks/{chapter}.ipynb, {f'celle {first}' if first else 'kjernen'}"
