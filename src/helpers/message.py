"""Kontrollmeldinger: what the gate says, how severe it is in which phase, and what a waiver covers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PHASES = ("arbeid", "høring", "endelig")
UNWRITTEN = "rsk-del-mangler"
SEVERITIES = ("stopp", "varsel", "orientering")


@dataclass(frozen=True)
class Place:
    """Where something stands: sheet or file as the auditor names it, row id, line and Excel cell."""

    register: str
    row: str = ""
    column: str = ""
    line: int | None = None
    cell: str = ""

    def __str__(self) -> str:
        """``Tall, F14, Verdi`` as in practice: sheet, cell, column; or a file with its line."""
        where = self.cell or (f"linje {self.line}" if self.line else self.row)
        return ", ".join(part for part in (self.register, where, self.column) if part)


@dataclass(frozen=True)
class Message:
    """One hit of the gate.

    Attributes:
        check: the named check, for example ``total-mot-deler``.
        defect: the class of defect, 1 to 30 (0: the register itself is malformed).
        severity: ``stopp``, ``varsel`` or ``orientering`` in the audit's phase.
        found: what stands there; a waiver holds for exactly this.
        expected: what should stand there.
        do: what the auditor can do.
        touches: other places the same defect touches.
        waived: the reason, when a waiver covers it.
    """

    audit: str
    check: str
    defect: int
    severity: str
    place: Place
    found: str
    expected: str
    do: str
    touches: tuple[Place, ...] = ()
    waived: str = ""

    @property
    def id(self) -> str:
        """Hash of audit, check, register, row and column: stays when lines move."""
        parts = (self.audit, self.check, self.place.register, self.place.row, self.place.column)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:10]

    @property
    def stops(self) -> bool:
        return self.severity == "stopp" and not self.waived

    @property
    def text(self) -> str:
        """Level · sheet, cell, column. What stands there. What was expected. What you can do."""
        said = " ".join(sentence(part) for part in (self.found, self.expected, self.do) if part)
        return f"{self.severity.upper()} · {self.place}. {said}"

    def as_dict(self) -> dict[str, object]:
        """The row of ``quality.json``."""
        return {
            "id": self.id,
            "check": self.check,
            "class": self.defect,
            "severity": self.severity,
            "register": self.place.register,
            "row": self.place.row,
            "line": self.place.line,
            "cell": self.place.cell,
            "column": self.place.column,
            "found": self.found,
            "expected": self.expected,
            "do": self.do,
            "touches": [str(place) for place in self.touches],
            "waived": self.waived or None,
        }


def sentence(text: str) -> str:
    """The text ended as a sentence."""
    return text if text.endswith((".", "?", "!", ":", "…")) else f"{text}."


def unfinished(phase: str, messages: Sequence[Message]) -> list[str]:
    """In phase *arbeid*: the parts of the report that are still to be written.

    They stop nobody's work, but an audit without them is no edition and never replaces one.
    """
    return sorted(m.place.row for m in messages if phase == PHASES[0] and m.check == UNWRITTEN and not m.waived)


def deliverable(phase: str, messages: Sequence[Message]) -> bool:
    """Whether an audit may be published: no stop, and nothing left to write."""
    return not any(message.stops for message in messages) and not unfinished(phase, messages)


def severity_in(phase: str, levels: Mapping[str, str]) -> str:
    """The severity of a check in the audit's phase; an unknown phase is judged as the last."""
    return levels.get(phase, levels["endelig"])


class InputError(Exception):
    """Input that cannot be read: the audit stops here, the others go on (exit 2).

    Args:
        place: file, row and column as the auditor knows them.
        found: what stands there.
        do: what to do about it.
    """

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        """Travels whole between processes."""
        return InputError, (self.place, self.found, self.do)

    def __init__(self, place: str, found: str, do: str = "") -> None:
        self.place, self.found, self.do = place, found, do
        super().__init__(f"STOPP · {place}. {' '.join(sentence(part) for part in (found, do) if part)}")


def unwritable(place: str, error: OSError, do: str = "") -> InputError:
    """What to say where a file cannot be written."""
    return InputError(place, f"Kan ikke skrive ({error.strerror or error})", do)


PUBLISHED, HELD_BACK, FAILED = "published", "held_back", "failed"


@dataclass(frozen=True)
class Outcome:
    """How one audit ended; ``code`` is its exit code (0, 1, 2 or 3), ``said`` what is told besides messages.

    ``details`` is for who mends the program: where an error that nobody expected was raised.
    """

    audit: str
    code: int
    state: str
    messages: tuple[Message, ...] = ()
    error: str = ""
    facts: int = 0
    unfinished: tuple[str, ...] = ()
    pages: Mapping[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    title: str = ""
    municipality: str = ""
    details: str = ""
