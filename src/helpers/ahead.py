"""Processes a run from cold is certain to need, started while the command still imports what it needs itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.folder import CACHE, audit_names, chosen_root
from helpers.forks import FORK_IS_SAFE, SERVE_CHAPTERS, WARM_STAGES, Forks
from helpers.message import InputError
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

    def close(self) -> None:
        """End what is not ended."""
        if self.forks:
            self.forks.close()
        self.validator.close()


def start_ahead(root: Path, names: Sequence[str], engine: str = "", force: bool = False) -> Ahead:
    """Start what is waited for longest, where no earlier run left anything. The arguments are the run's.

    That is the parent of forks where there are many audits, for it opens them; and Great Expectations.
    """
    cold, many = force or not (root / CACHE).exists(), len(names or audit_names(root)) > 1
    ahead = Ahead(
        Forks(SERVE_CHAPTERS, WARM_STAGES) if cold and many and FORK_IS_SAFE and engine in ("", "fork") else None,
        Validator(),
    )
    if cold:
        ahead.validator.start()
    return ahead


def start_early(arguments: Sequence[str]) -> Ahead | None:
    """Start it from the words of a command line, before what reads command lines is imported.

    None where they do not say plainly what to run: other commands and other options than ``--root`` and ``--force``
    are for who reads them all, as is what is wrong with them.
    """
    words = iter(arguments)
    if next(words, "") != "run":
        return None
    names, root, force = list[str](), None, False
    for word in words:
        if word == "--root" and (given := next(words, "")):
            root = Path(given)
        elif word == "--force":
            force = True
        elif word.startswith("-"):
            return None
        else:
            names.append(word)
    try:
        folder = chosen_root(root)
    except InputError:
        return None
    return start_ahead(folder, names, force=force) if {*names} <= {*audit_names(folder)} else None
