"""The story of one run: load, gate beside chapters, pages, publish, comparison."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from helpers.audit import Audit, load_audit
from helpers.changes import changes_json, compare
from helpers.compare import MANIFEST, describe, read_published
from helpers.engine import (
    CHAPTERS,
    COMPARISON,
    ChapterError,
    Engine,
    Task,
    blocks_of,
    cache_of,
    execute,
    kept_text,
    task_key,
    write_atomically,
)
from helpers.explain import Reason, explain, remember
from helpers.facts import Facts, facts_of
from helpers.gate import Gate
from helpers.items import Item, items_of
from helpers.message import FAILED, HELD_BACK, PUBLISHED, InputError, Message, Outcome, deliverable, unfinished
from helpers.page import Said, page_model, render, site_model, warm
from helpers.params import audit_names, read_params
from helpers.publish import (
    DRAFTS,
    facts_csv,
    hashes,
    inputs_of,
    only_run,
    publish,
    quality_json,
    recover,
    stamp,
    write_draft,
)
from helpers.schema import Schema, read_schema
from helpers.sign import signed_words
from helpers.slices import slice_key
from helpers.snapshot import take_snapshot
from helpers.suites import check_suites
from helpers.validation import Validator


class Reporter(Protocol):
    """Where a run tells how far it has come."""

    def begin(self, chapters: Sequence[tuple[str, str]]) -> None: ...
    def chapter(self, audit: str, chapter: str) -> None: ...
    def phase(self, text: str) -> None: ...
    def draft(self, audit: str, page: Path) -> None: ...


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


@dataclass(frozen=True)
class Result:
    """What a run came to: an outcome for each audit (and the comparison, when it failed), and the index page."""

    outcomes: tuple[Outcome, ...]
    index: Path | None

    @property
    def code(self) -> int:
        """2 unreadable, else 3 a chapter raised, else 1 something held back, else 0."""
        codes = {outcome.code for outcome in self.outcomes}
        return next((code for code in (2, 3, 1) if code in codes), 0)


def run(
    root: Path, names: Sequence[str], *, engine: Engine, jobs: int = 0, force: bool = False, reporter: Reporter,
    tell: Callable[[Reason], None] | None = None, validator: Validator | None = None, opened: bool = False,
    comparison: bool = True,
) -> Result:  # fmt: skip
    """Execute, gate and publish audits; one audit's trouble does not stop the others.

    Args:
        names: audits to run; empty for every audit in ``params/``.
        jobs: notebooks executed at a time; 0 for one per processor.
        engine: what runs the notebooks; see ``open_engine``. It is left open.
        force: execute and judge again what the cache already holds.
        tell: told for each chapter, before it runs, whether and why it runs.
        validator: the process with Great Expectations, where the caller keeps one.
        opened: read files that are open in Excel as they were last saved, instead of refusing them.
        comparison: run the comparison over what is published, and write the index.

    Raises:
        InputError: when there is nothing to run, another run is at work, or suites or notebooks are not sound.
    """
    schema = read_sound_schema(root)
    _require_notebooks(root)
    with only_run(root):
        recover(root / "outputs")
        if force or not cache_of(root).exists():  # chapters will run; else the engine starts with the first of them
            engine.warm()
        audits, failed = load(root, names, schema, opened=opened)
        ready, raised = make_ready(
            root, audits, engine=engine, jobs=jobs, force=force, reporter=reporter, tell=tell, validator=validator
        )
        reporter.phase("Sider")
        finished = [_finish(root, one, reporter, force) for one in ready]
        outcomes = sorted([*failed, *raised, *finished], key=lambda outcome: outcome.audit)
        index, compared = _index(root, outcomes, engine, force) if comparison else (None, [])
    return Result((*outcomes, *compared), index)


def make_ready(
    root: Path, audits: Mapping[str, Audit], *, engine: Engine, jobs: int = 0, force: bool = False,
    reporter: Reporter, tell: Callable[[Reason], None] | None = None, validator: Validator | None = None,
) -> tuple[list[Ready], list[Outcome]]:  # fmt: skip
    """Execute the chapters of audits with the gate beside them; those whose chapters raised become outcomes.

    The arguments are those of `run`.
    """
    facts = {name: facts_of(audit) for name, audit in audits.items()}
    tasks = {name: _tasks(root, audit) for name, audit in audits.items()}
    gate = Gate(root, list(audits.values()), with_blocks=True, force=force, validator=validator)
    waiting = [task for mine in tasks.values() for task in mine]
    reporter.begin([(task.audit, task.chapter) for task in waiting])
    if tell:
        for name, audit in audits.items():
            for reason in explain(root, audit, facts[name], tasks[name], force):
                tell(reason)
    workers = jobs or os.cpu_count() or 1
    notebooks = execute(engine, waiting, workers, force, lambda task: reporter.chapter(task.audit, task.chapter))
    done, raised = _executed(audits, notebooks)
    blocks = {
        name: [block for text in chapters.values() for block in blocks_of(text)] for name, chapters in done.items()
    }
    for name, shown in blocks.items():
        remember(root, audits[name], facts[name], tasks[name])
        gate.blocks(name, shown)
    reporter.phase("Datakontroll")
    if gate.at_work:
        warm()
    messages = gate.verdicts()
    ready = [Ready(audits[name], facts[name], done[name], blocks[name], messages[name]) for name in done]
    return ready, raised


def check(root: Path, names: Sequence[str]) -> Result:
    """The gate on registers, facts and text; no chapter runs, nothing is written but the verdicts' cache."""
    audits, failed = load(root, names, read_sound_schema(root))
    messages = Gate(root, list(audits.values()), with_blocks=False).verdicts()
    judged = []
    for name, audit in audits.items():
        held = not deliverable(audit.params.phase, messages[name])
        state = HELD_BACK if held else PUBLISHED
        left = tuple(unfinished(audit.params.phase, messages[name]))
        facts = len(facts_of(audit).by_id)
        judged.append(Outcome(name, int(held), state, messages[name], facts=facts, unfinished=left))
    return Result(tuple(sorted([*failed, *judged], key=lambda outcome: outcome.audit)), None)


def read_sound_schema(root: Path) -> Schema:
    """The suites, refused when they would judge less than they say."""
    schema = read_schema(root / "expectations")
    check_suites(schema)
    return schema


def _require_notebooks(root: Path) -> None:
    for name in (*CHAPTERS, COMPARISON):
        if not (root / "workbooks" / f"{name}.ipynb").is_file():
            raise InputError(f"workbooks/{name}.ipynb", "Kapittelet mangler", "Hent filen tilbake fra arbeidsboken.")


def load(
    root: Path, names: Sequence[str], schema: Schema, *, opened: bool = False
) -> tuple[dict[str, Audit], list[Outcome]]:
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
            audits[name] = load_audit(root, name, schema, opened=opened)
        except InputError as error:
            failed.append(Outcome(name, 2, FAILED, error=str(error)))
    return audits, failed


def _tasks(root: Path, audit: Audit) -> list[Task]:
    facts = facts_of(audit)
    keys = {chapter: task_key(root, chapter, [slice_key(audit, facts, chapter)]) for chapter in CHAPTERS}
    return [Task(root, audit.name, chapter, (("audit", audit.name),), key) for chapter, key in keys.items()]


def _executed(
    audits: Mapping[str, Audit], notebooks: Mapping[Task, str | ChapterError]
) -> tuple[dict[str, dict[str, str]], list[Outcome]]:
    """The notebooks of the audits whose chapters all ran, and an outcome for each other audit."""
    done: dict[str, dict[str, str]] = {}
    raised = []
    for name in audits:
        mine = {task.chapter: result for task, result in notebooks.items() if task.audit == name}
        errors = [str(result) for result in mine.values() if isinstance(result, ChapterError)]
        if errors:
            raised.append(Outcome(name, 3, FAILED, error=" ".join(sorted(errors))))
        else:
            done[name] = {chapter: str(mine[chapter]) for chapter in CHAPTERS}
    return done, raised


def _finish(root: Path, ready: Ready, reporter: Reporter, force: bool) -> Outcome:
    """Render the draft; publish when nothing stops it. A file that cannot be written leaves the last edition."""
    audit, messages = ready.audit, ready.messages
    inputs = hashes(root, inputs_of(root, audit.name))
    held = not deliverable(audit.params.phase, messages)
    quality = quality_json(audit, messages)
    now = take_snapshot(audit, ready.facts, ready.blocks, ready.items)
    changes = compare(audit, audit.journal.last("internal"), now, messages)
    said = Said(now.content, changes)
    outcome = Outcome(
        audit.name, int(held), HELD_BACK if held else PUBLISHED, messages, facts=len(ready.facts.by_id),
        unfinished=tuple(unfinished(audit.params.phase, messages)) if held else (),
        said=tuple(signed_words(audit, now.content)),
    )  # fmt: skip

    made_from = stamp(inputs)

    def rendered() -> str:
        model = page_model(audit, ready.facts, ready.blocks, ready.items, messages, said, made_from, draft=held)
        return render("page", model, audit.params.language)

    try:
        page = kept_text(root / ".cache" / "pages", audit.name, made_from, rendered, force=force)
        told = {"quality.json": quality, "changes.json": changes_json(audit, changes)}
        draft = write_draft(root, audit.name, page, told)
        reporter.draft(audit.name, draft)
        pages = {"draft": str(draft)}
        if held:
            return replace(outcome, pages=pages)
        files = {
            f"{audit.name}.html": page,
            "facts.csv": facts_csv(audit, ready.facts, ready.blocks),
            **told,
            **{f"notebooks/{chapter}.ipynb": text for chapter, text in ready.chapters.items()},
        }
        pages["internal"] = str(publish(root, audit.name, files, inputs, describe(audit, ready.facts)))
    except OSError as error:
        place = f"outputs/{audit.name}"
        locked = InputError(place, f"Kan ikke skrive ({error.strerror or error})", "Lukk filene derfra, og kjør igjen.")
        return Outcome(audit.name, 2, FAILED, error=str(locked))
    return replace(outcome, pages=pages)


def _index(root: Path, outcomes: Sequence[Outcome], engine: Engine, force: bool) -> tuple[Path | None, list[Outcome]]:
    """Run the comparison over what is published, and write ``outputs/index.html``; its trouble is an outcome."""
    outputs = root / "outputs"
    try:
        manifests = [(outputs / one.name / MANIFEST).read_text(encoding="utf-8") for one in read_published(root)]
        task = Task(root, COMPARISON, COMPARISON, (), task_key(root, COMPARISON, manifests))
        result = execute(engine, [task], 1, force, lambda _: None)[task]
        failed = [Outcome(COMPARISON, 3, FAILED, error=str(result))] if isinstance(result, ChapterError) else []
        blocks = [] if failed else blocks_of(str(result))
        entries = [_entry(root, name, outcomes) for name in audit_names(root)]
        outputs.mkdir(exist_ok=True)
        model = site_model(entries, blocks, task.key[:16], failed[0].error if failed else "")
        made_from = stamp({"index": json.dumps(model, sort_keys=True)})
        site = kept_text(
            root / ".cache" / "pages", "index", made_from, lambda: render("site", model, "nb"), force=force
        )
        write_atomically(outputs / "index.html", site)
    except OSError as error:
        trouble = InputError("outputs/index.html", f"Kan ikke skrive ({error.strerror or error})")
        return None, [Outcome(COMPARISON, 2, FAILED, error=str(trouble))]
    return outputs / "index.html", failed


def _entry(root: Path, name: str, outcomes: Sequence[Outcome]) -> dict[str, str]:
    """An audit on the index: its state from this run, else from what lies on disk."""
    outputs = root / "outputs"
    outcome = next((one for one in outcomes if one.audit == name), None)
    page, draft = outputs / name / f"{name}.html", outputs / DRAFTS / name / f"{name}.html"
    quality = _json(outputs / DRAFTS / name / "quality.json")
    left = FAILED if not quality else PUBLISHED if quality["deliverable"] else HELD_BACK
    try:
        params = read_params(root, name)
        title, municipality = params.title, params.municipality.name
    except InputError:
        title, municipality = name, ""
    about = _json(outputs / name / MANIFEST).get("about", {})
    return {
        "title": title,
        "municipality": municipality,
        "year": str(about.get("year", "")),
        "verdicts": " · ".join(f"{count} {word.lower()}" for word, count in about.get("verdicts", ())),
        "state": outcome.state if outcome else left,
        "note": outcome.error if outcome and outcome.error else _counts(quality),
        "href": f"{name}/{name}.html" if page.exists() else "",
        "draft": f"{DRAFTS}/{name}/{name}.html" if draft.exists() else "",
    }


def _counts(quality: Mapping[str, Any]) -> str:
    """«0 stopp · 2 varsler · 3 begrunnede unntak», of the last draft."""
    if not quality:
        return ""
    opened = [message["severity"] for message in quality["messages"] if not message["waived"]]
    waived = len(quality["messages"]) - len(opened)
    return f"{opened.count('stopp')} stopp · {opened.count('varsel')} varsler · {waived} begrunnede unntak"


def _json(path: Path) -> dict[str, Any]:
    """A file an earlier run wrote; empty when there is none or it is damaged."""
    try:
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return loaded
