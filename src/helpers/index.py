"""The comparison over what is published, and the page that lists every audit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from helpers.compare import MANIFEST
from helpers.engine import COMPARISON, ChapterError, Engine, Task, blocks_of, execute, kept_text
from helpers.files import write_atomically
from helpers.folder import CACHE, audit_names
from helpers.forks import Died
from helpers.message import FAILED, HELD_BACK, PUBLISHED, InputError, Outcome, unwritable
from helpers.page import render, site_model
from helpers.params import read_params
from helpers.publish import DRAFTS, stamp
from helpers.words import plural


def write_index(
    root: Path, outcomes: Sequence[Outcome], engine: Engine, submit: Callable[..., Future[Any]], force: bool
) -> tuple[Path | None, list[Outcome]]:
    """Run the comparison over what is published, and write ``outputs/index.html``; its trouble is an outcome.

    Args:
        outcomes: of the audits that were run now.
        submit: has a function called where pages are rendered.
        force: make both again.
    """
    outputs = root / "outputs"
    try:
        names = audit_names(root)
        manifests = {name: text for name in names if (text := _text(outputs / name / MANIFEST))}
        task = Task.of(root, COMPARISON, COMPARISON, (), manifests.values())
        result = execute(engine, [task], force, lambda _: None)[task]
        failed = [Outcome(COMPARISON, 3, FAILED, error=str(result))] if isinstance(result, ChapterError) else []
        blocks = [] if failed else blocks_of(str(result))
        ended = {outcome.audit: outcome for outcome in outcomes}
        entries = [_entry(root, name, ended.get(name), manifests.get(name, "")) for name in names]
        outputs.mkdir(exist_ok=True)
        model = site_model(entries, blocks, task.key[:16], failed[0].error if failed else "")
        made_from = stamp({"index": json.dumps(model, sort_keys=True)})
        pages = root / CACHE / "pages"
        site = kept_text(pages, "index", made_from, lambda: submit(render, "site", model, "nb").result(), force=force)
        write_atomically(outputs / "index.html", site)
    except (Died, BrokenProcessPool):
        died = InputError("outputs/index.html", "Prosessen som laget siden, døde", "Kjør på nytt.")
        return None, [Outcome(COMPARISON, 3, FAILED, error=str(died))]
    except OSError as error:
        trouble = unwritable("outputs/index.html", error)
        return None, [Outcome(COMPARISON, 2, FAILED, error=str(trouble))]
    return outputs / "index.html", failed


def _entry(root: Path, name: str, outcome: Outcome | None, manifest: str) -> dict[str, str]:
    """An audit on the index: its state from this run, else from what lies on disk."""
    outputs = root / "outputs"
    page, draft = outputs / name / f"{name}.html", outputs / DRAFTS / name / f"{name}.html"
    about = _json(manifest).get("about", {})
    quality = {} if outcome and outcome.state != FAILED else _json(_text(outputs / DRAFTS / name / "quality.json"))
    if outcome and outcome.state != FAILED:
        title, municipality, state = outcome.title, outcome.municipality, outcome.state
        note = _counts((message.severity, message.waived) for message in outcome.messages)
    else:
        title, municipality = _called(root, name, about)
        left = FAILED if not quality else PUBLISHED if quality["deliverable"] else HELD_BACK
        state, note = (outcome.state, outcome.error) if outcome else (left, "")
        if not note and quality:
            note = _counts((message["severity"], message["waived"]) for message in quality["messages"])
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


def _called(root: Path, name: str, about: Mapping[str, Any]) -> tuple[str, str]:
    """Title and municipality of an audit that was not run now: as published, else as its parameters say."""
    if about:
        return about["title"], about["municipality"]
    try:
        params = read_params(root, name)
    except InputError:
        return name, ""
    return params.title, params.municipality.name


def _counts(messages: Iterable[tuple[str, str]]) -> str:
    """«0 stopp · 2 varsler · 3 begrunnede unntak», from severity and waiver of each message."""
    found = list(messages)
    opened = [severity for severity, waived in found if not waived]
    waived = len(found) - len(opened)
    warnings, reasons = opened.count("varsel"), ("begrunnet unntak", "begrunnede unntak")
    return f"{opened.count('stopp')} stopp · {plural(warnings, 'varsel', 'varsler')} · {plural(waived, *reasons)}"


def _text(path: Path) -> str:
    """A file an earlier run wrote; empty when there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _json(text: str) -> dict[str, Any]:
    """What an earlier run wrote; empty when it is damaged."""
    try:
        loaded: dict[str, Any] = json.loads(text)
    except ValueError:
        return {}
    return loaded
