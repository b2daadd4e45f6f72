"""From pages to files: the draft always, the published folder by an atomic swap, never half."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from helpers.audit import Audit
from helpers.engine import code_hash, write_atomically
from helpers.facts import Facts, show_value
from helpers.message import Message
from helpers.numbers import Number
from helpers.page import shown_in
from helpers.params import verdict_words

DRAFTS = "_draft"
PACKAGES = ("babel", "great-expectations", "jinja2", "markdown-it-py", "matplotlib", "nbconvert", "papermill")


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
        "deliverable": not any(message.stops for message in messages),
        "messages": [message.as_dict() for message in messages],
    }
    return _json(content)


def about(audit: Audit, facts: Facts) -> dict[str, Any]:
    """What the index and the comparison say of an audit."""
    words = verdict_words(audit.params)
    keys = [audit.verdict(row) for row in audit.rows("assessments") if row["level"] == "kriterium"]
    years = sorted({year for m in audit.params.milestones for year in _years(m.date)})
    rules: dict[str, list[str]] = {}
    for row in audit.rows("criteria"):
        for id in row.refs("source"):
            source = audit.row("sources", id)
            if source and source["type"] in ("lov", "forskrift"):
                for section in _sections(row["paragraph"], id):
                    rules.setdefault(f"{_law(source['title'])} {section}", []).append(row["text"])
    return {
        "title": audit.params.title,
        "municipality": audit.params.municipality.name,
        "year": years[-1] if years else "",
        "phase": audit.params.phase,
        "asked": len(audit.params.questions),
        "criteria": len(audit.rows("criteria")),
        "recommendations": len(audit.rows("recommendations")),
        "verdicts": [[words[key], keys.count(key)] for key in words if keys.count(key)],
        "indicators": [
            {"name": fact.indicator, "id": fact.id, "label": fact.label, "as_of": fact.as_of}
            for fact in facts
            if fact.indicator and fact.number
        ],
        "rules": rules,
    }


def _years(text: str) -> Iterator[str]:
    import re

    yield from re.findall(r"\b(?:19|20)\d\d\b", text)


def _sections(text: str, source: str) -> list[str]:
    """The sections a criterion names for one source: «hol § 3-4; pbrl § 2-5» gives «§ 3-4» for hol."""
    import re

    found = []
    parts = [part.strip() for part in text.split(";")]
    named = [part for part in parts if part.lower().startswith(source.lower())]
    for part in named or ([part for part in parts if part.startswith("§")]):
        found += re.findall(r"\b\d+[a-z]?-\d+\s?[a-z]?\b|(?<=§ )\d+", part)
    return [f"§ {section.strip()}" for section in dict.fromkeys(found)]


def _law(title: str) -> str:
    """A law by its short title, lower case, so that two audits' spellings meet."""
    import re

    short = re.search(r"\(([a-zæøå\- ]+(?:loven|lova))\)", title.lower())
    return short[1] if short else title.lower()


def inputs_of(root: Path, audit: str) -> list[Path]:
    """Every file an audit's page is made from."""
    files = [root / "params" / f"{audit}.yaml"]
    for folder in (root / "data" / audit, root / "expectations", root / "workbooks"):
        files += [
            path
            for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith((".", "~")) and ".ipynb_checkpoints" not in path.parts
        ]
    return sorted(files)


def hashes(root: Path, files: Sequence[Path]) -> dict[str, str]:
    """Path under ``root`` to sha256."""
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def stamp(inputs: Mapping[str, str]) -> str:
    """The run stamp: a hash of inputs and code; it stands for the clock."""
    return hashlib.sha256((_json(inputs) + code_hash()).encode()).hexdigest()[:16]


def write_draft(root: Path, audit: str, page: str, quality: str) -> Path:
    """Write ``outputs/_draft/<audit>/``; returns the page."""
    folder = root / "outputs" / DRAFTS / audit
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "quality.json", quality)
    write_atomically(folder / f"{audit}.html", page)
    return folder / f"{audit}.html"


def publish(
    root: Path, audit: str, files: Mapping[str, str], inputs: Mapping[str, str], description: Mapping[str, Any]
) -> Path:
    """Replace ``outputs/<audit>/`` by these files and their manifest, in one swap; returns the page."""
    outputs = root / "outputs"
    target, fresh, old = outputs / audit, outputs / f".{audit}.new", outputs / f".{audit}.old"
    recover(root, audit)
    shutil.rmtree(fresh, ignore_errors=True)
    for name, content in files.items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    written = {name: hashlib.sha256(content.encode()).hexdigest() for name, content in sorted(files.items())}
    manifest = {
        "about": description,
        "inputs": inputs,
        "outputs": written,
        "code": code_hash(),
        "versions": {
            "python": ".".join(platform.python_version_tuple()[:2]),
            **{name: version(name) for name in PACKAGES},
        },
    }
    (fresh / "manifest.json").write_text(_json(manifest), encoding="utf-8", newline="\n")
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return target / f"{audit}.html"


def recover(root: Path, audit: str) -> None:
    """Put the last edition back if a run was cut off between the two renames of a swap."""
    target, old = root / "outputs" / audit, root / "outputs" / f".{audit}.old"
    if old.exists() and not target.exists():
        old.rename(target)


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=False) + "\n"
