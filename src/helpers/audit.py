"""One audit as it stands on disk: parameters, registers and text, frozen; and the slice a chapter reads."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from helpers.message import InputError
from helpers.params import QUESTION_CHAPTERS, Params, Question, audit_names, read_params, verdict_words
from helpers.register import Register, Row, decode, read_registers
from helpers.schema import RegisterSchema, Schema, fold, read_schema
from helpers.words import Words

TEXTS = ("summary", "background", "method", "conclusion")
CITED = ("sources", "interviews", "samples", "surveys", "evidence")


@dataclass(frozen=True)
class Text:
    """One file of prose; ``file`` is its name as the auditor knows it."""

    name: str
    file: str
    content: str


@dataclass(frozen=True)
class Audit:
    """Everything an auditor has written down about one audit."""

    params: Params
    schema: Schema
    registers: Mapping[str, Register]
    texts: Mapping[str, Text]

    @property
    def name(self) -> str:
        return self.params.audit

    @cached_property
    def words(self) -> Words:
        return Words(self.params.language)

    @cached_property
    def verdicts(self) -> Mapping[str, str]:
        """The firm's word, folded, to the verdict key."""
        return {fold(word): key for key, word in verdict_words(self.params).items()}

    def rows(self, register: str) -> tuple[Row, ...]:
        return self.registers[register].rows

    def row(self, register: str, id: str) -> Row | None:
        return self.registers[register].by_id.get(id)

    def cited(self, id: str) -> Row | None:
        """The row a citation means: a source, interview, sample, survey or statement."""
        return next((row for register in CITED if (row := self.row(register, id))), None)

    def marker(self, id: str) -> str:
        """The short mark a citation carries: K12 for the twelfth source, I3, D45, U1; else the id."""
        row = self.cited(id)
        if row and row.register == "sources":
            return f"K{self.registers['sources'].position[id]}"
        return id.upper() if re.fullmatch(r"[a-z]+\d+[a-z]?", id) else id

    def label(self, register: str, column: str) -> str:
        """The heading of a column in the audit's language."""
        return self.schema[register].label(column, self.words.language)

    def questions_of(self, row: Row) -> tuple[Question, ...]:
        """The audit questions a row belongs to, in the order of the parameters."""
        named = row.refs("questions")
        return tuple(question for question in self.params.questions if question.id in named)

    def chapter_of(self, row: Row) -> str:
        """The row's own chapter, else that of its table, else that of its first question."""
        if row["chapter"]:
            return row["chapter"]
        table = next((table for table in self.params.tables if table.id == row["table"]), None)
        if table and table.chapter:
            return table.chapter
        questions = self.questions_of(row)
        return questions[0].chapter if questions else ""

    def verdict(self, row: Row) -> str:
        """The verdict key of an assessment; empty when none is written or the word is unknown."""
        return self.verdicts.get(fold(row["verdict"]), "")

    def all_rows(self) -> Iterator[Row]:
        for register in self.registers.values():
            yield from register.rows


def find_root(start: Path) -> Path:
    """The nearest folder upwards that holds ``params/``.

    Raises:
        InputError: when there is none.
    """
    for folder in (start, *start.parents):
        if (folder / "params").is_dir():
            return folder
    raise InputError(str(start), "Fant ingen mappe med params/ her eller ovenfor", "Bruk --root MAPPE.")


def load_audit(root: Path, name: str, schema: Schema | None = None) -> Audit:
    """Read parameters, registers and text of one audit.

    Raises:
        InputError: for everything that cannot be read; names file, row and column.
    """
    params = read_params(root, name)
    schema = schema or read_schema(root / "expectations")
    folder = root / "data" / name
    if not folder.is_dir():
        raise InputError(f"data/{name}", "Mappen med registrene mangler", "Legg registrene der.")
    registers = read_registers(folder, name, schema)
    known = {*TEXTS, *(question.id for question in params.questions)}
    texts = {}
    for path in sorted((folder / "text").glob("*.md")):
        file = f"text/{path.name}"
        if path.stem not in known:
            raise InputError(
                f"data/{name}/{file}",
                "Teksten hører ikke til noen problemstilling",
                f"Kjente tekster: {', '.join(sorted(known))}.",
            )
        texts[path.stem] = Text(path.stem, file, decode(path.read_bytes(), f"data/{name}/{file}").replace("\r\n", "\n"))
    return Audit(params, schema, registers, texts)


def slice_audit(audit: Audit, chapter: str) -> Audit:
    """What one chapter may read: the rows of its questions and chapter, and what they point to.

    The chapters *method* and *conclusion* look across the questions and read everything.
    """
    if chapter not in QUESTION_CHAPTERS:
        return audit
    own = {question.id for question in audit.params.questions if question.chapter == chapter}
    kept: dict[str, set[str]] = {key: set() for key in audit.registers}
    queue: list[Row] = []
    for row in audit.all_rows():
        mine = audit.chapter_of(row) == chapter or own & set(row.refs("questions"))
        if mine or row.register in ("measures", "waivers", "control_points"):
            queue.append(row)
    while queue:
        row = queue.pop()
        if row.id in kept[row.register]:
            continue
        kept[row.register].add(row.id)
        for column in row.schema.columns:
            for target in column.refers_to:
                if target in audit.registers:
                    queue += (found for id in row.refs(column.key) if (found := audit.row(target, id)))
        if row.register == "samples":
            queue += (case for case in audit.rows("cases") if case["sample"] == row.id)
        if row.register == "quantities":
            queue += (part for part in audit.rows("quantities") if part["part_of"] == row.id)
    registers = {key: register.keep(kept[key]) for key, register in audit.registers.items()}
    texts = {name: text for name, text in audit.texts.items() if name in own}
    return replace(audit, registers=registers, texts=texts)


def slice_key(audit: Audit, chapter: str) -> str:
    """Content hash of what a chapter reads, independent of file format and order of columns."""
    part = slice_audit(audit, chapter)
    canonical = {
        "params": repr(part.params),
        "registers": {
            key: [(row.line, sorted(row.cells.items())) for row in register.rows]
            for key, register in part.registers.items()
        },
        "texts": {name: text.content for name, text in part.texts.items()},
        "suites": {key: register.suite for key, register in part.schema.registers.items()},
    }
    data = json.dumps(canonical, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(data.encode()).hexdigest()


def register_of(schema: Schema, name: str) -> RegisterSchema | None:
    """A register by sheet, file or English key."""
    key = schema.by_name.get(fold(name))
    return schema[key] if key else None


__all__ = ["Audit", "Text", "audit_names", "find_root", "load_audit", "register_of", "slice_audit", "slice_key"]
