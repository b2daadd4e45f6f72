"""Processes a run from cold is certain to need, started while the command still imports what it needs itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from helpers.folder import CACHE, audit_names
from helpers.forks import FORK_IS_SAFE, SERVE_CHAPTERS, WARM_STAGES, Forks
from helpers.validation import Validator


@dataclass(frozen=True)
class Ahead:
    """What was started.

    Attributes:
        forks: the parent of forks; None where it may not be needed.
        validator: Great Expectations, started or not.
    """

    forks: Forks | None
    validator: Validator


@contextmanager
def start_ahead(root: Path, names: Sequence[str], engine: str, force: bool) -> Iterator[Ahead]:
    """Start what is waited for longest, where no earlier run left anything. The arguments are the run's.

    That is the parent of forks where there are many audits, for it opens them; and Great Expectations.
    """
    cold, many = force or not (root / CACHE).exists(), len(names or audit_names(root)) > 1
    with ExitStack() as started:
        validator, forks = started.enter_context(closing(Validator())), None
        if cold and many and FORK_IS_SAFE and engine in ("", "fork"):
            forks = started.enter_context(closing(Forks(SERVE_CHAPTERS, WARM_STAGES)))
        if cold:
            validator.start()
        yield Ahead(forks, validator)
