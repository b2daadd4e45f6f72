"""The comparison over published audits: what is shared, with year, and never a ranking."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.audit import Audit
from helpers.blocks import Block
from helpers.chapter import display_block
from helpers.facts import Facts
from helpers.folder import audit_names, find_root
from helpers.numbers import PERCENT
from helpers.params import verdict_words
from helpers.tables import line, table
from helpers.words import Words

FACTS, MANIFEST = "facts.csv", "manifest.json"


@dataclass(frozen=True)
class Published:
    """What one published audit tells the comparison: its manifest's ``about`` and its facts by id."""

    name: str
    about: Mapping[str, Any]
    facts: Mapping[str, Mapping[str, str]]


def read_published(root: Path) -> list[Published]:
    """Every published audit that is still in ``params/``, by name; one that cannot be read is left out."""
    found = []
    for name in audit_names(root):
        folder = root / "outputs" / name
        try:
            about = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["about"]
            with (folder / FACTS).open(encoding="utf-8-sig", newline="") as lines:
                facts = {row["id"]: row for row in csv.DictReader(lines, delimiter=";")}
        except (OSError, ValueError, KeyError):
            continue
        found.append(Published(name, about, facts))
    return found


def describe(audit: Audit, facts: Facts) -> dict[str, Any]:
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
    yield from re.findall(r"\b(?:19|20)\d\d\b", text)


def _sections(text: str, source: str) -> list[str]:
    """The sections a criterion names for one source: «hol § 3-4; pbrl § 2-5» gives «§ 3-4» for hol."""
    found = []
    parts = [part.strip() for part in text.split(";")]
    named = [part for part in parts if part.lower().startswith(source.lower())]
    for part in named or ([part for part in parts if part.startswith("§")]):
        found += re.findall(r"\b\d+[a-z]?-\d+\s?[a-z]?\b|(?<=§ )\d+", part)
    return [f"§ {section.strip()}" for section in dict.fromkeys(found)]


def _law(title: str) -> str:
    """A law by its short title, lower case, so that two audits' spellings meet."""
    short = re.search(r"\(([a-zæøå\- ]+(?:loven|lova))\)", title.lower())
    return short[1] if short else title.lower()


@dataclass(frozen=True)
class Comparison:
    """The chapter *Sammenlikning*; a verb for every block."""

    published: Sequence[Published]
    show: Callable[[Block], None]
    words: Words

    def audits(self) -> None:
        """How large each audit is; its verdicts stand on its own page, on its own scale."""
        lines = [
            line(
                about["municipality"],
                about["year"],
                *(str(about[key]) for key in ("asked", "criteria", "recommendations")),
            )
            for about in (one.about for one in self.published)
        ]
        heads = ("label.audit", "label.year", "heading.questions", "heading.criteria", "heading.recommendations")
        self._table("audits", "heading.extent", heads, lines, numeric=(2, 3, 4))

    def indicators(self) -> None:
        """Measures that two audits or more name with the same words in *Felles mål*."""
        found: dict[str, list[tuple[Published, Mapping[str, str]]]] = {}
        for one in self.published:
            for about in one.about["indicators"]:
                found.setdefault(about["name"], []).append((one, about))
        lines = []
        for name, entries in sorted(found.items()):
            if len({one.name for one, _ in entries}) < 2:
                continue
            for one, about in entries:
                fact = one.facts[about["id"]]
                share = fact["unit"] == PERCENT and fact["text"].endswith("%")
                base = f"{fact['n']} {self.words('label.of')} {fact['base']}" if share and fact["base"] else ""
                place = f"{one.about['municipality']} {one.about['year']}"
                lines.append(line(name, place, fact["text"], base, about["label"], about["as_of"]))
        heads = ("label.indicator", "label.audit", "label.value", "label.share", "label.definition", "label.as_of")
        self._table("indicators", "heading.shared_indicators", heads, lines, numeric=(2,))

    def rules(self) -> None:
        """Sections of law that two audits or more take criteria from; no verdicts side by side."""
        used: dict[str, list[tuple[str, list[str]]]] = {}
        for one in self.published:
            for rule, criteria in one.about["rules"].items():
                used.setdefault(rule, []).append((f"{one.about['municipality']} {one.about['year']}", criteria))
        lines = [
            line(rule, audit, " · ".join(criteria))
            for rule, audits in sorted(used.items())
            if len(audits) > 1
            for audit, criteria in audits
        ]
        self._table("rules", "heading.shared_rules", ("label.paragraph", "label.audit", "heading.criteria"), lines)

    def _table(self, name: str, title: str, heads: Sequence[str], lines: Sequence[dict[str, Any]],
               numeric: Sequence[int] = ()) -> None:  # fmt: skip
        said = self.words(title)
        if lines:
            data = table([self.words(head) for head in heads], lines, numeric=numeric)
            self.show(Block(f"comparison-{name}", "table", "figures", "comparison", "", said, data))
        else:
            nothing = {"paragraphs": [{"kind": "p", "line": 0, "runs": [{"t": self.words("label.none_shared")}]}]}
            self.show(Block(f"comparison-{name}", "text", "figures", "comparison", "", said, nothing))


def open_comparison(root: str | Path = "", show: Callable[[Block], None] | None = None) -> Comparison:
    """Open the comparison over what is published under ``root`` (default: upwards from the working directory)."""
    folder = Path(root) if root else find_root(Path.cwd())
    return Comparison(read_published(folder), show or display_block, Words())
