"""One audit as it stands on disk: parameters, registers, text and journal, frozen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from helpers.dates import Span, parse_date
from helpers.journal import FOLDER, Journal, read_journal
from helpers.message import InputError
from helpers.params import TEXTS, Params, Question, read_params, verdict_words
from helpers.register import WORKBOOK, Register, Row, decode, read_bytes, read_registers
from helpers.schema import RegisterSchema, Schema, fold, read_schema
from helpers.words import Words

CITED = ("sources", "interviews", "samples", "surveys", "evidence")
WRITTEN = (
    "", ".csv", ".tsv", ".txt", ".md", ".markdown", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers", ".docx",
    ".doc", ".odt", ".rtf",
)  # fmt: skip
"""Endings of what a person writes tables and texts in; a PDF or a backup by a register's name is no register."""
_SHORT_ID = re.compile(r"[a-z]+\d+[a-z]?")


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
    journal: Journal = field(default_factory=Journal)

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
        return self._cited.get(id)

    @cached_property
    def _cited(self) -> Mapping[str, Row]:
        """What can be cited, by id; of two registers with the same id the first of CITED."""
        return {id: row for register in reversed(CITED) for id, row in self.registers[register].by_id.items()}

    def marker(self, id: str) -> str:
        """The short mark a citation carries: K12 for the twelfth source, I3, D45, U1; else the id."""
        row = self.cited(id)
        if row and row.register == "sources":
            return f"K{self.registers['sources'].position[id]}"
        return id.upper() if _SHORT_ID.fullmatch(id) else id

    def label(self, register: str, column: str) -> str:
        """The heading of a column in the audit's language."""
        return self.schema[register].label(column, self.words.language)

    def questions_of(self, row: Row) -> tuple[Question, ...]:
        """The audit questions a row belongs to, in the order of the parameters."""
        named = row.refs("questions")
        return tuple(question for question in self.params.questions if question.id in named) if named else ()

    def chapter_of(self, row: Row) -> str:
        """The row's own chapter, else that of its table, else that of its first question."""
        if chapter := row["chapter"] or self._chapter_of_table.get(row["table"], ""):
            return chapter
        questions = self.questions_of(row)
        return questions[0].chapter if questions else ""

    @cached_property
    def _chapter_of_table(self) -> Mapping[str, str]:
        """The chapter of each table by its id; of two with one id the first."""
        return {table.id: table.chapter for table in reversed(self.params.tables)}

    @cached_property
    def rows_of(self) -> Mapping[str, tuple[Row, ...]]:
        """The rows that belong to a chapter, by their own chapter or table or by one of their questions."""
        found: dict[str, list[Row]] = {}
        for row in self.all_rows():
            own = row["chapter"] or self._chapter_of_table.get(row["table"], "")
            for chapter in {own, *(question.chapter for question in self.questions_of(row))}:
                found.setdefault(chapter, []).append(row)
        return {chapter: tuple(rows) for chapter, rows in found.items()}

    @cached_property
    def span(self) -> Span | None:
        """From the first to the last dated milestone: the time of the audit; None when none is dated."""
        dates = [parse_date(milestone.date) for milestone in self.params.milestones if milestone.date]
        return Span(min(date.first for date in dates), max(date.last for date in dates)) if dates else None

    def verdict(self, row: Row) -> str:
        """The verdict key of an assessment; empty when none is written or the word is unknown."""
        return self.verdicts.get(fold(row["verdict"]), "")

    @cached_property
    def parts(self) -> Mapping[str, tuple[Row, ...]]:
        """The rows of *Tall* that point to a total with *Del av*, by the total's id."""
        found: dict[str, list[Row]] = {}
        for row in self.rows("quantities"):
            found.setdefault(row["part_of"], []).append(row)
        return {id: tuple(rows) for id, rows in found.items()}

    def all_rows(self) -> Iterator[Row]:
        for register in self.registers.values():
            yield from register.rows


def load_audit(root: Path, name: str, schema: Schema | None = None, *, opened: bool = False) -> Audit:
    """Read parameters, registers, text and journal of one audit.

    Args:
        opened: read registers that are open in Excel as they were last saved, instead of refusing them.

    Raises:
        InputError: for everything that cannot be read; names file, row and column.
    """
    params = read_params(root, name)
    schema = schema or read_schema(root / "expectations")
    folder = root / "data" / name
    if not folder.is_dir():
        raise InputError(f"data/{name}", "Mappen med registrene mangler", "Legg registrene der.")
    known = {*TEXTS, *(question.id for question in params.questions)}
    _refuse_unread(folder, schema, known)
    registers = read_registers(folder, name, schema, opened=opened)
    texts = {}
    for path in sorted((folder / "text").glob("*.md")):
        file = f"text/{path.name}"
        if path.stem not in known:
            raise InputError(
                f"data/{name}/{file}",
                "Teksten hører ikke til noen problemstilling",
                f"Kjente tekster: {', '.join(sorted(known))}.",
            )
        texts[path.stem] = Text(
            path.stem,
            file,
            decode(read_bytes(path, f"data/{name}/{file}"), f"data/{name}/{file}").replace("\r\n", "\n"),
        )
    journal = read_journal(folder / FOLDER, f"data/{name}/{FOLDER}")
    return Audit(params, schema, registers, texts, journal)


def _refuse_unread(folder: Path, schema: Schema, texts: Iterable[str]) -> None:
    """Refuse what has the name of a register or a text in a form or a place it is not read from.

    Raises:
        InputError: names the file, and what to save it as.
    """
    read = {*folder.glob("*.csv"), folder / WORKBOOK, *(folder / "text").glob("*.md")}
    meant = {fold(name): f"Lagre teksten som text/{name}.md" for name in texts}
    meant[fold(WORKBOOK.partition(".")[0])] = f"Lagre boken som {WORKBOOK}"
    for name, key in schema.by_name.items():
        meant[name] = f"Lagre arket som {schema[key].file}.csv, eller legg det i {WORKBOOK}"
    for path in sorted({*folder.glob("*"), *folder.glob("text/*")} - read):
        do = meant.get(fold(path.name.partition(".")[0])) if path.suffix.lower() in WRITTEN else None
        if do and path.is_file() and not path.name.startswith("~$"):
            file = path.relative_to(folder.parent.parent).as_posix()
            raise InputError(file, "Filen leses ikke", f"{do}. Skal den ikke leses, gi den et annet navn.")


def register_of(schema: Schema, name: str) -> RegisterSchema | None:
    """A register by sheet, file or English key."""
    key = schema.by_name.get(fold(name))
    return schema[key] if key else None
