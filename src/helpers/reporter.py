"""Where a run tells how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol


class Reporter(Protocol):
    """Where a run tells how far it has come."""

    def begin(self, chapters: Sequence[tuple[str, str]]) -> None: ...
    def chapter(self, audit: str, chapter: str) -> None: ...
    def without(self, audit: str) -> None: ...
    def phase(self, text: str) -> None: ...
    def draft(self, audit: str, page: Path) -> None: ...


class Quiet:
    """Tells nobody."""

    def begin(self, chapters: Sequence[tuple[str, str]]) -> None:
        """The chapters of the audits that will be opened."""

    def chapter(self, audit: str, chapter: str) -> None:
        """A chapter is done, or was kept."""

    def without(self, audit: str) -> None:
        """An audit could not be read: its chapters do not run."""

    def phase(self, text: str) -> None:
        """What the run does now."""

    def draft(self, audit: str, page: Path) -> None:
        """The draft of an audit is written."""
