"""The gate: what the checks find and what Great Expectations says of the suites, as messages; waivers applied.

Checks are pure functions, called in whatever process an audit is worked on. GX runs the suites in a process of its own
(`helpers.validation`); a suite whose rows and findings are as last time is not run again, and a run where none
has to be run imports no GX.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from helpers.audit import Audit
from helpers.checks import Evidence, Hit, all_checks
from helpers.engine import code_hash
from helpers.facts import facts_of
from helpers.files import write_bytes_atomically
from helpers.folder import CACHE
from helpers.identity import hide
from helpers.message import SEVERITIES, Message, Place, severity_in
from helpers.prose import read_prose
from helpers.register import Row
from helpers.sign import accepted
from helpers.slices import whole_key
from helpers.suites import Sheet, sheets_of
from helpers.validation import CUSTOM, Answer, Question, validate

FOLDER = Path(CACHE, "gate")


def gather(audit: Audit, blocks: Sequence[Mapping[str, Any]] = ()) -> Evidence:
    """The evidence of one audit: facts worked out, prose read."""
    facts = facts_of(audit)
    prose = {name: read_prose(audit, facts, text) for name, text in audit.texts.items()}
    return Evidence(audit, facts, prose, blocks)


def look(evidence: Evidence, sheet: Sheet) -> dict[str, tuple[Hit, ...]]:
    """What each check that a suite lists finds in one audit."""
    return {name: tuple(all_checks()[name](evidence, sheet.register)) for name in sheet.checks}


def judge(evidence: Sequence[Evidence]) -> list[Message]:
    """Judge registers, facts, text and (where there are any) blocks in this process; waivers applied."""
    asked = [
        _Looked(one, sheet, look(one, sheet))
        for one in evidence
        for sheet in sheets_of(one) + (sheets_of(one, blocks=True) if one.blocks else [])
    ]
    found: dict[str, list[Message]] = {one.audit.name: [] for one in evidence}
    for looked, answer in zip(asked, validate([looked.question for looked in asked]), strict=True):
        found[looked.audit.name] += looked.messages(answer)
    return [
        message for one in evidence for message in waive(one.audit, found[one.audit.name], with_blocks=bool(one.blocks))
    ]


@dataclass(frozen=True)
class _Looked:
    """A sheet, and what the checks of its suite found there."""

    evidence: Evidence
    sheet: Sheet
    hits: Mapping[str, Sequence[Hit]]

    @property
    def audit(self) -> Audit:
        return self.evidence.audit

    @property
    def question(self) -> Question:
        counts = {name: len(hits) for name, hits in self.hits.items()}
        return Question(self.audit.name, self.sheet.suite, self.sheet.columns, self.sheet.rows, counts)

    @cached_property
    def key(self) -> str:
        """Content address of the question; the audit's name is no part of the answer."""
        counts = sorted((name, len(hits)) for name, hits in self.hits.items())
        return hashlib.sha256(f"{self.sheet.key} {counts}".encode()).hexdigest()[:32]

    def messages(self, answer: Answer) -> Iterator[Message]:
        """A message at its cell for everything that is not as the suite expects."""
        for place, number in answer:
            rule = self.sheet.suite["expectations"][place]
            kwargs, meta = rule["kwargs"], rule["meta"]
            if rule["type"] == CUSTOM:
                yield _message(self.audit, meta, self.hits[kwargs["check"]][number])
                continue
            column = str(kwargs.get("column") or kwargs.get("column_A") or "id").split("#")[0]
            if hit := _unexpected(self.sheet.subjects[number], column, meta):
                yield _message(self.audit, meta, hit)


def _unexpected(subject: Row | Place, column: str, meta: Mapping[str, Any]) -> Hit | None:
    """What a native expectation says of a row; nothing where the heading itself is missing, which is told once."""
    if isinstance(subject, Place):
        return Hit(subject, f"{subject.row} oppfyller ikke regelen", f"Ventet: {meta['expected']}", meta["do"])
    if column not in subject.letters:
        return None
    place, written = subject.place(column), subject[column]
    found = f"{place.column or column} er «{written}»" if written else f"{place.column or column} er tom"
    return Hit(place, found, f"Ventet: {meta['expected']}", meta["do"])


def _message(audit: Audit, meta: Mapping[str, Any], hit: Hit) -> Message:
    severity = severity_in(audit.params.phase, meta["severity"])
    if hit.mild and severity == "stopp":
        severity = "varsel"
    place = replace(hit.place, row=hide(hit.place.row))
    return Message(
        audit.name, meta["check"], meta["class"], severity, place, hide(hit.found), hit.expected, hit.do, hit.touches
    )


@dataclass(frozen=True)
class Docket:
    """An audit called up before the gate: its evidence, sheet by sheet, and what the gate said before.

    Attributes:
        key: content address of all that is judged.
        verdict: the messages, where all that is judged is as it was; else None.
        kept: what Great Expectations said of each suite the last time it was asked about this audit.
    """

    evidence: Evidence
    key: str
    verdict: tuple[Message, ...] | None
    sheets: tuple[Sheet, ...]
    kept: Mapping[str, _Kept]

    @property
    def asks(self) -> bool:
        """Whether Great Expectations is needed for certain, before any check has run: a row is new."""
        return any(self.kept.get(sheet.name, _NONE).sheet != sheet.key for sheet in self.sheets)

    def of(self, blocks: Sequence[Mapping[str, Any]]) -> Docket:
        """The same audit with what its chapters displayed as the evidence."""
        evidence = replace(self.evidence, blocks=blocks)
        sheets = tuple(sheets_of(evidence, blocks=True)) if self.verdict is None else ()
        return replace(self, evidence=evidence, sheets=sheets)


Seen = tuple[Mapping[str, Sequence[Hit]], ...]
"""What the checks found on each sheet of a docket."""


def call_up(root: Path, audit: Audit, *, chapters: Sequence[str] = (), force: bool = False) -> Docket:
    """Call up an audit.

    Args:
        chapters: content addresses of those that run; what they display is judged as well.
        force: judge again what is kept.
    """
    key = _key(audit, chapters)
    verdict = None if force else _verdict(_verdict_path(root, key))
    evidence = gather(audit)
    if verdict is not None:
        return Docket(evidence, key, verdict, (), {})
    return Docket(evidence, key, None, tuple(sheets_of(evidence)), {} if force else _kept_answers(root, audit.name))


def has_judged(root: Path) -> bool:
    """Whether any verdict is kept here; without, Great Expectations is needed for certain."""
    return (root / FOLDER).exists()


def see(docket: Docket) -> Seen:
    """Run the checks; where the verdict is known there is nothing to see."""
    return tuple(look(docket.evidence, sheet) for sheet in docket.sheets)


def questions(docket: Docket, seen: Seen) -> tuple[Question, ...]:
    """What Great Expectations is asked: about the suites whose rows or findings are not as they were."""
    return tuple(looked.question for looked in _looked(docket, seen) if _is_new(docket, looked))


def conclude(
    root: Path, heard: Sequence[tuple[Docket, Seen, Sequence[Answer]]], *, with_blocks: bool
) -> tuple[Message, ...]:
    """The messages of an audit, waivers applied, worst first; they are kept for the next time.

    Args:
        heard: its docket, what the checks saw, and the answers to the questions; the same for the blocks.
    """
    docket = heard[0][0]
    if docket.verdict is not None:
        return docket.verdict
    audit, answered, found = docket.evidence.audit, dict(docket.kept), list[Message]()
    for judged, seen, answers in heard:
        fresh = iter(answers)
        for looked in _looked(judged, seen):
            if _is_new(judged, looked):
                answered[looked.sheet.name] = _Kept(looked.sheet.key, looked.key, next(fresh))
            found += looked.messages(answered[looked.sheet.name].answer)
    verdict = tuple(waive(audit, found, with_blocks=with_blocks))
    folder = _verdict_path(root, docket.key).parent
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes_atomically(_verdict_path(root, docket.key), msgspec.json.encode(verdict))
    data = msgspec.json.encode(_Answers(code_hash(), answered))
    write_bytes_atomically(folder / f"{audit.name}.answers.json", data)
    return verdict


def _looked(docket: Docket, seen: Seen) -> list[_Looked]:
    return [_Looked(docket.evidence, sheet, hits) for sheet, hits in zip(docket.sheets, seen, strict=True)]


def _is_new(docket: Docket, looked: _Looked) -> bool:
    return docket.kept.get(looked.sheet.name, _NONE).asked != looked.key


@dataclass(frozen=True)
class _Kept:
    """What GX said of one sheet: the content of the sheet, that of all it was asked, and the answer."""

    sheet: str
    asked: str
    answer: Answer


_NONE = _Kept("", "", ())


@dataclass(frozen=True)
class _Answers:
    """What GX said of each suite the last time it was asked about an audit, and the code that asked."""

    code: str
    suites: dict[str, _Kept]


def _verdict_path(root: Path, key: str) -> Path:
    return root / FOLDER / f"{key}.json"


def _key(audit: Audit, chapters: Sequence[str]) -> str:
    """Content address of all that is judged of an audit."""
    content = " ".join((code_hash(), whole_key(audit, facts_of(audit)), *chapters))
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _verdict(path: Path) -> tuple[Message, ...] | None:
    """What an earlier run kept; None when there is nothing, or it is damaged."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Message, ...])
    except (OSError, msgspec.DecodeError):
        return None


def _kept_answers(root: Path, audit: str) -> dict[str, _Kept]:
    try:
        kept = msgspec.json.decode((root / FOLDER / f"{audit}.answers.json").read_bytes(), type=_Answers)
    except (OSError, msgspec.DecodeError):
        return {}
    return kept.suites if kept.code == code_hash() else {}


def waive(audit: Audit, messages: Sequence[Message], *, with_blocks: bool) -> list[Message]:
    """Apply the waivers of one audit, worst first; tell of those that cover nothing any more.

    A waiver names check, sheet, row, column and what was found, and falls when that changes; the
    waiver of a stop also needs the assurer, who is another than those who did the work.
    """
    found = []
    used: set[str] = set()
    seen: set[tuple[str, str, str]] = set()
    for message in messages:
        if message.audit != audit.name or (message.id, message.found, message.severity) in seen:
            continue
        seen.add((message.id, message.found, message.severity))
        waiver = next((row for row in audit.rows("waivers") if covers(row, message)), None)
        if waiver and (message.severity != "stopp" or accepted(audit, waiver)):
            used.add(waiver.id)
            message = replace(message, waived=_why(waiver))
        found.append(message)
    ran = audit.schema.checks(with_blocks=with_blocks)
    for row in audit.rows("waivers"):
        if row.id not in used and row["check"] in ran:
            needs = "Unntak fra stopp må også ha kvalitetssikrer" if any(covers(row, m) for m in found) else ""
            found.append(
                Message(
                    audit.name,
                    "unntak-falt",
                    0,
                    "varsel",
                    row.place("found"),
                    f"Unntaket {row.id} dekker ikke lenger noen kontrollmelding",
                    needs or "Det som ble funnet, har endret seg, eller er rettet",
                    "Vurder meldingen på nytt, eller ta ut unntaket.",
                )
            )
    return sorted(
        found,
        key=lambda m: (
            bool(m.waived),
            SEVERITIES.index(m.severity),
            m.defect,
            m.check,
            m.place.register,
            m.place.line or 0,
            m.id,
        ),
    )


def _why(row: Row) -> str:
    """The reason with who gave it and who accepted it."""
    who = ", ".join(filter(None, (row["who"], row["date"], row["assurer"] and f"godtatt av {row['assurer']}")))
    return f"{row['why']} ({who})"


_LINES = re.compile(r"rad \d+(?:–\d+)?(?:, \d+(?:–\d+)?)*")


def covers(row: Row, message: Message) -> bool:
    """Whether a waiver is of this message; line numbers move when rows are added, so they do not count."""
    waived = (row["check"], row["register"], row["row"], row["column"], _LINES.sub("rad", row["found"]))
    place = message.place
    return waived == (message.check, place.register, place.row, place.column, _LINES.sub("rad", message.found))
