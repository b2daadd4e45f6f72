"""The Great Expectations suites read as the schema of the registers, without importing Great Expectations.

A suite is the one place where a column, its label, type and allowed values stand: required columns are
those with ``expect_column_values_to_not_be_null``, allowed values are the ``value_set`` of
``expect_column_values_to_be_in_set``; labels, types and privacy stand in the suite's ``meta``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from helpers.message import InputError

KEPT = 20_000
"""How many words are kept in their comparable form."""
LANGUAGE_ORDER = ("nb", "nn", "en")


@dataclass(frozen=True)
class Column:
    """One column: ``type`` is id, text, ref, refs, number, figure, ordinal, date, date_or_yesno or age.

    A *number* is a fact of the audit; a *figure* is a number another document prints. An empty cell of a
    *needed* column wants a reason; ``asked_by`` names the check that asks, where it is not the general one.
    """

    key: str
    labels: Mapping[str, str]
    type: str
    required: bool
    needed: bool
    allowed: tuple[str, ...]
    refers_to: tuple[str, ...]
    privacy: str
    help: str
    unit: str
    asked_by: str = ""

    def label(self, language: str = "nb") -> str:
        return self.labels[language]

    @property
    def free_text(self) -> bool:
        """Words of the auditor's own, not one of a list of allowed values or a place in a report."""
        return self.type == "text" and not self.allowed and self.key not in ("place", "chapter", "table")

    @property
    def is_date(self) -> bool:
        return self.type in ("date", "date_or_yesno")


@dataclass(frozen=True)
class Wide:
    """Further columns named by the ids of another register (a matrix), with their allowed values."""

    register: str
    allowed: tuple[str, ...]


@dataclass(frozen=True)
class RegisterSchema:
    """What a register holds; ``main`` is the column its row's fact is named after."""

    key: str
    file: str
    sheet: str
    doc: str
    required: bool
    privacy: str
    main: str
    columns: tuple[Column, ...]
    wide: Wide | None
    suite: Mapping[str, Any]

    @cached_property
    def digest(self) -> str:
        """Hash of the suite, which all of this is read from."""
        return hashlib.sha256(json.dumps(self.suite, sort_keys=True).encode()).hexdigest()

    @cached_property
    def without_suite(self) -> tuple[Any, ...]:
        """What it is made of, with no suite: as a slice carries it, where no suite is judged."""
        made_of = {field.name: getattr(self, field.name) for field in fields(self)}
        return tuple({**made_of, "suite": {}}.values())

    @property
    def names(self) -> tuple[str, ...]:
        """What its sheet or file may be called."""
        return self.key, self.sheet, self.file

    @cached_property
    def by_key(self) -> dict[str, Column]:
        return {column.key: column for column in self.columns}

    @cached_property
    def numbers(self) -> tuple[Column, ...]:
        """The columns whose cells are facts."""
        return tuple(column for column in self.columns if column.type == "number")

    @cached_property
    def pointers(self) -> tuple[Column, ...]:
        """The columns that hold ids of other rows."""
        return tuple(column for column in self.columns if column.refers_to)

    @cached_property
    def by_heading(self) -> dict[str, str]:
        """Heading in any language, folded, to column key."""
        return {fold(label): column.key for column in self.columns for label in column.labels.values()}

    @cached_property
    def folded_labels(self) -> frozenset[str]:
        """The columns' own headings in small letters."""
        return frozenset(column.label().lower() for column in self.columns)

    def heading(self, text: str) -> str | None:
        """The column a heading means: as labelled, else folded («Betingelse n» is not «Betingelse N»)."""
        exact = (column.key for column in self.columns if text in column.labels.values())
        return next(exact, None) or self.by_heading.get(fold(text))

    def label(self, column: str, language: str = "nb") -> str:
        """The heading of a column; a column of a matrix is its own heading."""
        known = self.by_key.get(column)
        return known.label(language) if known else column


@dataclass(frozen=True)
class Schema:
    """All registers in the order of the sheets, and the suites over what comes out."""

    registers: Mapping[str, RegisterSchema]
    output_suites: Mapping[str, Mapping[str, Any]]

    def __getitem__(self, key: str) -> RegisterSchema:
        return self.registers[key]

    def checks(self, *, with_blocks: bool = True) -> set[str]:
        """The names of the checks the suites list; without those on blocks, which only a run makes."""
        suites = [register.suite for register in self.registers.values()]
        suites += [suite for name, suite in self.output_suites.items() if with_blocks or name != "blocks"]
        return {rule["meta"]["check"] for suite in suites for rule in suite["expectations"]}

    @cached_property
    def by_name(self) -> dict[str, str]:
        """Sheet, file or English key, folded, to register key."""
        return {fold(name): key for key, register in self.registers.items() for name in register.names}


ORDER = (
    "criteria",
    "sources",
    "interviews",
    "evidence",
    "answers",
    "samples",
    "control_points",
    "cases",
    "quantities",
    "surveys",
    "arrangements",
    "assessments",
    "recommendations",
    "comments",
    "corrections",
    "waivers",
    "printed",
    "measures",
)


@lru_cache(maxsize=KEPT)
def fold(text: str) -> str:
    """Comparable form of a heading: lower case, hyphens for spaces, no punctuation. The same words come again."""
    kept = "".join(char for char in text.lower().strip() if char.isalnum() or char in " -_/")
    return "-".join(kept.replace("/", " ").replace("_", " ").replace("-", " ").split())


def read_schema(folder: Path) -> Schema:
    """Read ``expectations/*.json``.

    Raises:
        InputError: when a suite is missing or is no JSON.
    """
    suites = {path.stem: _read(path) for path in sorted(folder.glob("*.json"))}
    missing = [key for key in ORDER if key not in suites]
    if missing:
        raise InputError(f"expectations/{missing[0]}.json", "Filen mangler", "Hent den tilbake fra arbeidsboken.")
    try:
        registers = {key: _register(suites[key]) for key in ORDER}
    except (KeyError, TypeError, AttributeError) as error:
        broken = next(key for key in ORDER if not _whole(suites[key]))
        raise InputError(f"expectations/{broken}.json", f"Suiten beskriver ikke registeret ({error})") from None
    suites = {name: suite for name, suite in suites.items() if name not in ORDER}
    return Schema(registers, suites)


def _read(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(f"expectations/{path.name}", "Filen er ikke gyldig JSON", "Hent den tilbake.") from None
    if not isinstance(loaded, dict) or not isinstance(loaded.get("expectations"), list):
        raise InputError(
            f"expectations/{path.name}", "Filen er ingen suite", "En suite har name, expectations og meta."
        )
    return loaded


def _whole(suite: Mapping[str, Any]) -> bool:
    try:
        _register(suite)
    except (KeyError, TypeError, AttributeError):
        return False
    return True


def _register(suite: Mapping[str, Any]) -> RegisterSchema:
    meta = suite["meta"]
    required = {e["kwargs"]["column"] for e in suite["expectations"] if e["type"].endswith("_not_be_null")}
    allowed = {
        e["kwargs"]["column"]: tuple(e["kwargs"]["value_set"])
        for e in suite["expectations"]
        if e["type"].endswith("_be_in_set")
    }
    columns = tuple(
        Column(
            key,
            about["label"],
            about["type"],
            key in required,
            about.get("needed", False),
            allowed.get(key, ()),
            tuple(about.get("refers_to", ())),
            about.get("privacy", "none"),
            about.get("help", ""),
            about.get("unit", ""),
            about.get("asked_by", ""),
        )
        for key, about in meta["columns"].items()
    )
    wide = meta.get("wide")
    return RegisterSchema(
        meta["register"],
        meta["file"],
        meta["sheet"],
        meta["doc"],
        meta["required"],
        meta.get("privacy", "none"),
        meta.get("main", ""),
        columns,
        Wide(wide["register"], tuple(wide["allowed"])) if wide else None,
        suite,
    )
