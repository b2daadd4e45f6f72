"""The gate: what the checks find and what Great Expectations says of the suites, as messages; waivers applied.

Checks are pure functions and run here, beside the chapters. GX runs the suites in a process of its own
(`helpers.validation`); a suite whose rows and findings are as last time is not run again, and a run where none
has to be run imports no GX.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from helpers.audit import Audit
from helpers.checks import Evidence, Hit, all_checks
from helpers.engine import code_hash, write_atomically
from helpers.facts import facts_of
from helpers.identity import hide
from helpers.message import SEVERITIES, Message, Place, severity_in
from helpers.prose import read_prose
from helpers.register import Row
from helpers.sign import accepted
from helpers.slices import whole_key
from helpers.suites import Sheet, sheets_of
from helpers.validation import CUSTOM, Answer, Question, Validator, validate


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

    @property
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


class Gate:
    """A gate at work beside the chapters: checks in a thread of this process, GX in a process of its own.

    ``blocks`` hands over what the chapters of an audit displayed; ``verdicts`` waits for the messages.

    Args:
        with_blocks: whether chapters run; without, what they display is not judged.
        force: judge again what is kept.
        validator: the process with GX, where the caller keeps one; else one is started if it is needed, and ended.
    """

    def __init__(
        self,
        root: Path,
        audits: Sequence[Audit],
        *,
        with_blocks: bool,
        force: bool = False,
        validator: Validator | None = None,
    ) -> None:
        self._folder = root / ".cache" / "gate"
        self._paths = {audit.name: self._folder / f"{_key(root, audit, with_blocks)}.json" for audit in audits}
        kept = {} if force else {name: _verdict(_json(path)) for name, path in self._paths.items()}
        self._known = {name: messages for name, messages in kept.items() if messages is not None}
        self._waiting = [audit for audit in audits if audit.name not in self._known]
        self._answers = {audit.name: {} if force else self._kept_answers(audit.name) for audit in self._waiting}
        self._blocks: dict[str, Sequence[Mapping[str, Any]]] = {}
        self._with_blocks = with_blocks
        self._validator, self._lent = validator or Validator(), validator is not None
        if self._waiting:
            self._pool = ThreadPoolExecutor(1)
            self._inputs = self._pool.submit(self._ask, [gather(audit) for audit in self._waiting])

    @property
    def at_work(self) -> bool:
        """Whether there is anything to wait for."""
        return bool(self._waiting)

    def blocks(self, audit: str, blocks: Sequence[Mapping[str, Any]]) -> None:
        """Hand over what the chapters of an audit displayed."""
        self._blocks[audit] = blocks

    def verdicts(self) -> dict[str, tuple[Message, ...]]:
        """The messages of every audit, waivers applied, worst first.

        Raises:
            InputError: a suite that Great Expectations cannot run.
        """
        found = dict(self._known)
        if not self._waiting:
            return found
        try:
            asked = self._inputs.result()
            messages = self._messages(asked)
            if self._with_blocks:
                shown = {name: blocks for name, blocks in self._blocks.items() if name in messages}
                evidence = {looked.audit.name: looked.evidence for looked in asked.looked}
                asked = self._ask(
                    [replace(evidence[name], blocks=blocks) for name, blocks in shown.items()], blocks=True
                )
                for name, more in self._messages(asked).items():
                    messages[name] += more
        finally:
            self._pool.shutdown(wait=False)
            if not self._lent:
                self._validator.close()
        for audit in self._waiting:
            found[audit.name] = tuple(waive(audit, messages[audit.name], with_blocks=self._with_blocks))
            if not self._with_blocks or audit.name in self._blocks:  # else a chapter raised, and not all is judged
                self._keep(audit.name, found[audit.name])
        return found

    def _ask(self, evidence: Sequence[Evidence], *, blocks: bool = False) -> _Asked:
        """Run the checks, and ask about the sheets whose answer is not kept. GX starts as soon as a row is new."""
        sheets = [(one, sheet) for one in evidence for sheet in sheets_of(one, blocks=blocks)]
        if any(self._answers[one.audit.name].get(sheet.name, _NONE).sheet != sheet.key for one, sheet in sheets):
            self._validator.start()
        looked = tuple(_Looked(one, sheet, look(one, sheet)) for one, sheet in sheets)
        new = tuple(one for one in looked if self._kept(one).asked != one.key)
        return _Asked(looked, new, self._validator.ask([one.question for one in new]) if new else 0)

    def _messages(self, asked: _Asked) -> dict[str, list[Message]]:
        """The messages of each audit, once what was asked is answered."""
        answers = self._validator.answers(asked.ticket) if asked.new else []
        for looked, answer in zip(asked.new, answers, strict=True):
            self._answers[looked.audit.name][looked.sheet.name] = _Kept(looked.sheet.key, looked.key, answer)
        found: dict[str, list[Message]] = {}
        for looked in asked.looked:
            found.setdefault(looked.audit.name, []).extend(looked.messages(self._kept(looked).answer))
        return found

    def _kept(self, looked: _Looked) -> _Kept:
        return self._answers[looked.audit.name].get(looked.sheet.name, _NONE)

    def _kept_answers(self, audit: str) -> dict[str, _Kept]:
        """What GX said of each suite the last time it was asked about this audit, by this code."""
        kept = _json(self._folder / f"{audit}.answers.json")
        try:
            return {
                name: _Kept(sheet, asked, tuple((int(rule), int(number)) for rule, number in answer))
                for name, (sheet, asked, answer) in (kept["suites"] if kept["code"] == code_hash() else {}).items()
            }
        except (KeyError, TypeError, ValueError):
            return {}

    def _keep(self, audit: str, messages: Sequence[Message]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        said = [asdict(message) for message in messages]
        write_atomically(self._paths[audit], json.dumps(said, ensure_ascii=False))
        answers = {name: (kept.sheet, kept.asked, kept.answer) for name, kept in self._answers[audit].items()}
        write_atomically(self._folder / f"{audit}.answers.json", json.dumps({"code": code_hash(), "suites": answers}))


@dataclass(frozen=True)
class _Kept:
    """What GX said of one sheet: the content of the sheet, that of all it was asked, and the answer."""

    sheet: str
    asked: str
    answer: Answer


_NONE = _Kept("", "", ())


@dataclass(frozen=True)
class _Asked:
    """Sheets looked at, those of them that GX is asked about, and the ticket for its answers."""

    looked: tuple[_Looked, ...]
    new: tuple[_Looked, ...]
    ticket: int


def _key(root: Path, audit: Audit, with_blocks: bool) -> str:
    """Content address of all that is judged of an audit."""
    digest = hashlib.sha256(f"{code_hash()} {with_blocks} {whole_key(audit, facts_of(audit))}".encode())
    if with_blocks:
        for notebook in sorted((root / "workbooks").glob("*.ipynb")):
            digest.update(notebook.read_bytes())
    return digest.hexdigest()[:32]


def _json(path: Path) -> Any:
    """What an earlier run kept; None when there is nothing, or it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _verdict(kept: Any) -> tuple[Message, ...] | None:
    try:
        return tuple(_message_of(item) for item in kept)
    except (KeyError, TypeError):
        return None


def _message_of(item: Mapping[str, Any]) -> Message:
    places = tuple(Place(**place) for place in item["touches"])
    return Message(**{**item, "place": Place(**item["place"]), "touches": places})


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
