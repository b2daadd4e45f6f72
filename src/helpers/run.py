"""The story of one run: load, gate beside chapters, pages, publish, comparison."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from helpers.audit import Audit, audit_names, load_audit, slice_key
from helpers.compare import MANIFEST, read_published
from helpers.engine import CHAPTERS, COMPARISON, ChapterError, Task, blocks_of, execute, task_key, write_atomically
from helpers.facts import facts_of
from helpers.gate import Gate
from helpers.message import InputError, Message, Outcome
from helpers.page import page_model, render, site_model
from helpers.params import read_params
from helpers.publish import DRAFTS, facts_csv, hashes, inputs_of, publish, quality_json, recover, stamp, write_draft
from helpers.publish import about as describe
from helpers.schema import Schema, read_schema

PUBLISHED, HELD_BACK, FAILED = "published", "held_back", "failed"


class Reporter(Protocol):
    """Where a run tells how far it has come."""

    def begin(self, total: int) -> None: ...
    def chapter(self, audit: str, chapter: str) -> None: ...
    def phase(self, text: str) -> None: ...


@dataclass(frozen=True)
class Result:
    """What a run came to: an outcome for each audit, and the index page."""

    outcomes: tuple[Outcome, ...]
    index: Path | None

    @property
    def code(self) -> int:
        """2 unreadable, else 3 a chapter raised, else 1 something held back, else 0."""
        codes = {outcome.code for outcome in self.outcomes}
        return next((code for code in (2, 3, 1) if code in codes), 0)


def run(root: Path, names: Sequence[str], *, jobs: int = 0, force: bool = False, reporter: Reporter) -> Result:
    """Execute, gate and publish audits; one audit's trouble does not stop the others.

    Args:
        names: audits to run; empty for every audit in ``params/``.
        jobs: notebooks executed at a time; 0 for one per processor.
        force: execute and judge again what the cache already holds.

    Raises:
        InputError: when there is nothing to run, or the suites cannot be read.
    """
    schema = read_schema(root / "expectations")
    audits, failed = load(root, names, schema)
    gate = Gate(root, list(audits.values()), with_blocks=True, force=force)
    tasks = [task for audit in audits.values() for task in _tasks(root, audit)]
    reporter.begin(len(tasks))
    notebooks = execute(
        tasks, jobs or os.cpu_count() or 1, force, lambda task: reporter.chapter(task.audit, task.chapter)
    )
    outcomes = list(failed)
    done: dict[str, dict[str, str]] = {}
    for name in audits:
        mine = {task.chapter: notebooks[task] for task in tasks if task.audit == name}
        errors = [str(error) for error in mine.values() if isinstance(error, ChapterError)]
        if errors:
            outcomes.append(Outcome(name, 3, FAILED, error="Et kapittel stoppet: " + " · ".join(errors)))
        else:
            done[name] = {chapter: str(text) for chapter, text in mine.items()}
    for name, chapters in done.items():
        gate.blocks(name, [block for text in chapters.values() for block in blocks_of(text)])
    reporter.phase("Datakontroll")
    messages = gate.verdicts()
    reporter.phase("Sider")
    outcomes += [_finish(root, audits[name], chapters, messages[name]) for name, chapters in done.items()]
    index = _index(root, outcomes, force)
    return Result(tuple(sorted(outcomes, key=lambda outcome: outcome.audit)), index)


def check(root: Path, names: Sequence[str]) -> Result:
    """The gate on registers, facts and text; no chapter runs, nothing is written but the verdicts' cache."""
    audits, failed = load(root, names, read_schema(root / "expectations"))
    messages = Gate(root, list(audits.values()), with_blocks=False).verdicts()
    judged = [
        Outcome(
            name,
            int(any(m.stops for m in messages[name])),
            HELD_BACK if any(m.stops for m in messages[name]) else PUBLISHED,
            messages[name],
            facts=len(facts_of(audit).by_id),
        )
        for name, audit in audits.items()
    ]
    return Result(tuple(sorted([*failed, *judged], key=lambda outcome: outcome.audit)), None)


def load(root: Path, names: Sequence[str], schema: Schema) -> tuple[dict[str, Audit], list[Outcome]]:
    """Load the audits named, or all; those that cannot be read become outcomes.

    Raises:
        InputError: when ``params/`` holds no audit.
    """
    wanted = list(dict.fromkeys(names)) or audit_names(root)
    if not wanted:
        raise InputError(str(root / "params"), "Fant ingen revisjoner", "Legg en <revisjon>.yaml i params/.")
    audits, failed = {}, []
    for name in wanted:
        try:
            audits[name] = load_audit(root, name, schema)
            recover(root, name)
        except InputError as error:
            failed.append(Outcome(name, 2, FAILED, error=str(error)))
    return audits, failed


def _tasks(root: Path, audit: Audit) -> list[Task]:
    return [
        Task(root, audit.name, chapter, (("audit", audit.name),), task_key(root, chapter, [slice_key(audit, chapter)]))
        for chapter in CHAPTERS
    ]


def _finish(root: Path, audit: Audit, chapters: Mapping[str, str], messages: Sequence[Message]) -> Outcome:
    """Render the draft; publish when nothing stops it."""
    facts = facts_of(audit)
    blocks = [block for text in chapters.values() for block in blocks_of(text)]
    inputs = hashes(root, inputs_of(root, audit.name))
    held = any(message.stops for message in messages)
    quality = quality_json(audit, messages)

    def page(*, draft: bool) -> str:
        model = page_model(audit, facts, blocks, messages, stamp(inputs), draft=draft)
        return render("page", model, audit.params.language)

    pages = {"draft": str(write_draft(root, audit.name, page(draft=True), quality))}
    if held:
        return Outcome(audit.name, 1, HELD_BACK, tuple(messages), facts=len(facts.by_id), pages=pages)
    files = {
        f"{audit.name}.html": page(draft=False),
        "facts.csv": facts_csv(audit, facts, blocks),
        "quality.json": quality,
        **{f"notebooks/{chapter}.ipynb": text for chapter, text in chapters.items()},
    }
    pages["internal"] = str(publish(root, audit.name, files, inputs, describe(audit, facts)))
    return Outcome(audit.name, 0, PUBLISHED, tuple(messages), facts=len(facts.by_id), pages=pages)


def _index(root: Path, outcomes: Sequence[Outcome], force: bool) -> Path:
    """Run the comparison over what is published, and write ``outputs/index.html``."""
    outputs = root / "outputs"
    outputs.mkdir(exist_ok=True)
    manifests = [(outputs / one.name / MANIFEST).read_text(encoding="utf-8") for one in read_published(outputs)]
    task = Task(root, COMPARISON, COMPARISON, (), task_key(root, COMPARISON, manifests))
    result = execute([task], 1, force, lambda _: None)[task]
    blocks: list[dict[str, Any]] = [] if isinstance(result, ChapterError) else blocks_of(result)
    model = site_model([_entry(root, name, outcomes) for name in _all_names(root, outcomes)], blocks, task.key[:16])
    write_atomically(outputs / "index.html", render("site", model, "nb"))
    return outputs / "index.html"


def _all_names(root: Path, outcomes: Sequence[Outcome]) -> list[str]:
    return sorted({*audit_names(root), *(outcome.audit for outcome in outcomes)})


def _entry(root: Path, name: str, outcomes: Sequence[Outcome]) -> dict[str, str]:
    """An audit on the index: its state from this run, else from what lies on disk."""
    outputs = root / "outputs"
    outcome = next((one for one in outcomes if one.audit == name), None)
    page, draft = outputs / name / f"{name}.html", outputs / DRAFTS / name / f"{name}.html"
    state = outcome.state if outcome else _state(outputs, name)
    try:
        params = read_params(root, name)
        title, municipality = params.title, params.municipality.name
    except InputError:
        title, municipality = name, ""
    about = _about(outputs / name / MANIFEST)
    note = outcome.error if outcome and outcome.error else _counts(outputs / DRAFTS / name / "quality.json")
    return {
        "title": title,
        "municipality": municipality,
        "year": str(about.get("year", "")),
        "verdicts": " · ".join(f"{count} {word.lower()}" for word, count in about.get("verdicts", ())),
        "state": state,
        "note": note,
        "href": f"{name}/{name}.html" if page.exists() else "",
        "draft": f"{DRAFTS}/{name}/{name}.html" if draft.exists() else "",
    }


def _state(outputs: Path, name: str) -> str:
    """The state an earlier run left an audit in."""
    try:
        deliverable = json.loads((outputs / DRAFTS / name / "quality.json").read_text(encoding="utf-8"))["deliverable"]
    except (OSError, ValueError, KeyError):
        return FAILED
    return PUBLISHED if deliverable else HELD_BACK


def _counts(quality: Path) -> str:
    """«0 stopp · 2 varsler · 3 begrunnede unntak», of the last draft."""
    try:
        messages = json.loads(quality.read_text(encoding="utf-8"))["messages"]
    except (OSError, ValueError, KeyError):
        return ""
    opened = [message["severity"] for message in messages if not message["waived"]]
    waived = len(messages) - len(opened)
    return f"{opened.count('stopp')} stopp · {opened.count('varsel')} varsler · {waived} begrunnede unntak"


def _about(manifest: Path) -> dict[str, Any]:
    """What the published edition says of itself; nothing when there is none."""
    try:
        loaded: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))["about"]
    except (OSError, ValueError, KeyError):
        return {}
    return loaded
