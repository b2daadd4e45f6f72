"""What is done to one audit in a run, stage by stage; each is a function of the ones before, in whatever process.

opened → looked at by the checks, while its chapters run → its chapters read → ready → finished
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers import page
from helpers.audit import Audit, load_audit
from helpers.changes import changes_json, compare
from helpers.checks import all_checks
from helpers.compare import describe
from helpers.engine import CHAPTERS, Task, blocks_of, import_charts, kept_notebook
from helpers.explain import Reason, explain, remember
from helpers.facts import Facts, facts_of
from helpers.gate import Docket, Seen, call_up, conclude, questions, see
from helpers.items import Item, items_of
from helpers.laws import candidates
from helpers.message import FAILED, HELD_BACK, PUBLISHED, Message, Outcome, deliverable, unfinished, unwritable
from helpers.names import given_names, municipalities
from helpers.page import Said, page_model, render
from helpers.publish import facts_csv, publish, quality_json, stamp, write_draft
from helpers.sealed import Sealed
from helpers.sign import signed_words
from helpers.slices import packed, slice_key, take_slice
from helpers.snapshot import take_snapshot
from helpers.validation import Answer, Question


@dataclass(frozen=True)
class How:
    """How a run works on every audit.

    Attributes:
        force: execute and judge again what the cache already holds.
        opened: read files that are open in Excel as they were last saved, instead of refusing them.
        explained: say of each chapter whether and why it runs.
        at_once: run the checks where an audit is opened: with many audits no chapter waits for that.
        chapters: whether chapters run; without, the gate judges registers, facts and text alone.
    """

    root: Path
    force: bool = False
    opened: bool = False
    explained: bool = False
    at_once: bool = False
    chapters: bool = True


@dataclass(frozen=True)
class Content:
    """An audit as it was read: its chapters by content address, and its docket before the gate."""

    audit: Audit
    tasks: tuple[Task, ...]
    docket: Docket


@dataclass(frozen=True)
class Opened:
    """An audit that was read.

    Attributes:
        missing: the chapters to execute, with their slices.
        asks: whether Great Expectations will be asked for certain.
        looked: what the checks found, where they have run already.
    """

    audit: str
    missing: tuple[Task, ...]
    reasons: tuple[Reason, ...]
    asks: bool
    content: Sealed[Content]
    looked: Looked | None = None


@dataclass(frozen=True)
class Looked:
    """What the checks found, and what Great Expectations is asked."""

    questions: tuple[Question, ...]
    seen: Sealed[Seen]


@dataclass(frozen=True)
class Shown:
    """What the chapters displayed, what the checks found there, and what Great Expectations is asked."""

    questions: tuple[Question, ...]
    content: Sealed[tuple[list[dict[str, Any]], Seen]]


@dataclass(frozen=True)
class Ready:
    """An audit whose chapters ran and whose gate has spoken: all that an edition is made from."""

    audit: Audit
    facts: Facts
    chapters: Mapping[str, str]
    blocks: Sequence[Mapping[str, Any]]
    messages: tuple[Message, ...]

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item of the blocks."""
        return items_of(self.blocks, self.facts)


def warm() -> None:
    """Import and compile what the stages need, once, where they are called many times."""
    page.warm()
    import_charts()
    all_checks()
    candidates("lov")
    municipalities()
    given_names()


def open_audit(how: How, name: str) -> Opened:
    """Read an audit.

    Raises:
        InputError: it cannot be read.
    """
    return call(how, load_audit(how.root, name, opened=how.opened))


def call(how: How, audit: Audit) -> Opened:
    """Find out what an audit needs: which chapters run, and what the gate already knows."""
    facts = facts_of(audit)
    tasks, missing = [], []
    for chapter in CHAPTERS if how.chapters else ():
        slice = take_slice(audit, facts, chapter)
        task = Task.of(how.root, audit.name, chapter, (("audit", audit.name),), [slice_key(*slice)])
        tasks.append(task)
        if how.force or kept_notebook(task) is None:
            missing.append(replace(task, slice=packed(chapter, *slice)))
    docket = call_up(how.root, audit, chapters=[task.key for task in tasks], force=how.force)
    reasons = tuple(explain(how.root, audit, facts, tasks, how.force)) if how.explained else ()
    content = Sealed(Content(audit, tuple(tasks), docket))
    looked = look_at(content) if how.at_once else None
    return Opened(audit.name, tuple(missing), reasons, docket.asks, content, looked)


def look_at(content: Sealed[Content]) -> Looked:
    """Run the checks on registers, facts and text."""
    docket = content.open().docket
    seen = see(docket)
    return Looked(questions(docket, seen), Sealed(seen))


def read_chapters(content: Sealed[Content]) -> Shown:
    """Read what the chapters displayed, and run the checks on it."""
    opened = content.open()
    blocks = [block for task in opened.tasks for block in blocks_of(task.cached.read_text(encoding="utf-8"))]
    docket = opened.docket.of(blocks)
    seen = see(docket)
    return Shown(questions(docket, seen), Sealed((blocks, seen)))


@dataclass(frozen=True)
class Heard:
    """What was found in an audit, with the answers to what was asked about it."""

    seen: Sealed[Seen]
    answers: Sequence[Answer]
    shown: Sealed[tuple[list[dict[str, Any]], Seen]]
    more: Sequence[Answer]


def make_ready(how: How, content: Sealed[Content], heard: Heard) -> Ready:
    """Put together what an edition is made from."""
    opened = content.open()
    audit, facts = opened.audit, facts_of(opened.audit)
    blocks, seen = heard.shown.open()
    before = (opened.docket, heard.seen.open(), heard.answers)
    messages = conclude(how.root, [before, (opened.docket.of(blocks), seen, heard.more)], with_blocks=True)
    remember(how.root, audit, facts, opened.tasks)
    chapters = {task.chapter: task.cached.read_text(encoding="utf-8") for task in opened.tasks}
    return Ready(audit, facts, chapters, blocks, messages)


def judged(how: How, content: Sealed[Content], seen: Sealed[Seen], answers: Sequence[Answer]) -> Outcome:
    """What the gate says of an audit whose chapters did not run."""
    opened = content.open()
    audit = opened.audit
    messages = conclude(how.root, [(opened.docket, seen.open(), answers)], with_blocks=False)
    held = not deliverable(audit.params.phase, messages)
    state, left = HELD_BACK if held else PUBLISHED, tuple(unfinished(audit.params.phase, messages))
    return Outcome(audit.name, int(held), state, messages, facts=len(facts_of(audit).by_id), unfinished=left)


def finish(how: How, content: Sealed[Content], heard: Heard, inputs: Mapping[str, str]) -> Outcome:
    """Render the draft; publish when nothing stops it. A file that cannot be written leaves the last edition.

    Args:
        inputs: sha256 of the files the audit was read from.
    """
    ready = make_ready(how, content, heard)
    root, audit, facts, messages = how.root, ready.audit, ready.facts, ready.messages
    held = not deliverable(audit.params.phase, messages)
    now = take_snapshot(audit, facts, ready.blocks, ready.items)
    changes = compare(audit, audit.journal.last("internal"), now, messages)
    outcome = Outcome(
        audit.name, int(held), HELD_BACK if held else PUBLISHED, messages, facts=len(facts.by_id),
        unfinished=tuple(unfinished(audit.params.phase, messages)) if held else (),
        said=tuple(signed_words(audit, now.content)),
        title=audit.params.title, municipality=audit.params.municipality.name,
    )  # fmt: skip
    said = Said(now.content, changes)
    model = page_model(audit, facts, ready.blocks, ready.items, messages, said, stamp(inputs), draft=held)
    shown = render("page", model, audit.params.language)
    told = {"quality.json": quality_json(audit, messages), "changes.json": changes_json(audit, changes)}
    pages: dict[str, str] = {}
    try:
        pages["draft"] = str(write_draft(root, audit.name, shown, told))
        if held:
            return replace(outcome, pages=pages)
        files = {
            f"{audit.name}.html": shown,
            "facts.csv": facts_csv(audit, facts, ready.blocks),
            **told,
            **{f"notebooks/{chapter}.ipynb": text for chapter, text in ready.chapters.items()},
        }
        pages["internal"] = str(publish(root, audit.name, files, inputs, describe(audit, facts)))
    except OSError as error:
        locked = unwritable(f"outputs/{audit.name}", error, "Lukk filene derfra, og kjør igjen.")
        return Outcome(audit.name, 2, FAILED, error=str(locked), pages=pages)
    return replace(outcome, pages=pages)
