"""Checks: pure functions from evidence to hits, listed with severity and wording in ``expectations/*.json``.

A check knows no municipality, id or number of any audit, no Great Expectations and no severity.
One file holds one family.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from helpers.audit import Audit
from helpers.facts import Facts
from helpers.message import Place
from helpers.prose import Prose

FAMILIES = ("structure", "arithmetic", "sources", "text", "rsk", "blocks")


@dataclass(frozen=True)
class Evidence:
    """What checks look at: one audit, its facts, its prose read, and its blocks once the chapters have run."""

    audit: Audit
    facts: Facts
    prose: Mapping[str, Prose]
    blocks: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Hit:
    """One thing a check found; ``mild`` lowers it one level («ca.», only truncated)."""

    place: Place
    found: str
    expected: str = ""
    do: str = ""
    touches: tuple[Place, ...] = field(default=())
    mild: bool = False


Check = Callable[[Evidence, str], Iterator[Hit]]
_CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under the name the suites use; it is called with evidence and a register's key."""

    def register(function: Check) -> Check:
        _CHECKS[name] = function
        return function

    return register


@cache
def all_checks() -> Mapping[str, Check]:
    """Every check by name."""
    for family in FAMILIES:
        import_module(f"helpers.checks.{family}")
    return _CHECKS
