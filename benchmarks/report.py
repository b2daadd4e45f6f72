"""Tables of a measurement: printed plainly, and written into a document between two marker lines."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PACKAGES = ("papermill", "nbconvert", "great-expectations", "ipykernel", "pandas", "matplotlib")


@dataclass(frozen=True)
class Table:
    """What was measured, in words and cells; the first column names, the others hold numbers.

    Attributes:
        notes: sentences beneath it.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def plain(self) -> str:
        """As a terminal shows it."""
        widths = [max(len(row[place]) for row in (self.heads, *self.rows)) for place in range(len(self.heads))]
        lines = [
            "  ".join(cell.rjust(width) if place else cell.ljust(width)
                      for place, (cell, width) in enumerate(zip(row, widths, strict=True)))
            for row in (self.heads, *self.rows)
        ]  # fmt: skip
        return "\n".join([self.title, *lines, *self.notes])

    def markdown(self) -> str:
        """As a document holds it."""
        rule = "|".join(["---", *["---:"] * (len(self.heads) - 1)])
        lines = [f"| {' | '.join(row)} |" for row in self.rows]
        notes = [line for note in self.notes for line in ("", note)]
        return "\n".join([f"### {self.title}", "", f"| {' | '.join(self.heads)} |", f"|{rule}|", *lines, *notes])


def machine(floor: Path | None = None) -> str:
    """The machine and what ran on it, in one sentence."""
    packages = [f"{name} {version(name)}" for name in PACKAGES]
    if floor:
        asked = "from importlib.metadata import version; print(version('ploomber-engine'))"
        packages.append(f"ploomber-engine {subprocess.check_output([floor, '-c', asked], text=True).strip()}")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Run of {time.strftime('%-d %B %Y')}: {_processor()}, {os.cpu_count()} processors, {memory:.0f} GiB of "
        f"memory, {platform.system()} {platform.machine()}, Python {platform.python_version()}, {', '.join(packages)}."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "a processor without a name"


def write(path: Path, parts: Sequence[str]) -> None:
    """Put parts between the two marker lines of a document, in place of what stands there.

    Raises:
        ValueError: the document does not have each marker once.
    """
    text = path.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{path.name} does not have {BEGIN} and {END} once each")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text("\n\n".join([before + BEGIN, *parts, END]) + after, encoding="utf-8")
