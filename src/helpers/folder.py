"""The folder an auditor works in: where it is, and which audits it holds."""

from __future__ import annotations

from pathlib import Path

from helpers.message import InputError

CACHE = ".cache"
"""What earlier runs worked out, kept by content; it may be missing, and can be deleted at any time."""


def find_root(start: Path) -> Path:
    """The nearest folder upwards that holds ``params/``.

    Raises:
        InputError: when there is none.
    """
    for folder in (start, *start.parents):
        if (folder / "params").is_dir():
            return folder
    raise InputError(str(start), "Fant ingen mappe med params/ her eller ovenfor", "Bruk --root MAPPE.")


def chosen_root(root: Path | None) -> Path:
    """The folder of ``--root``, or else the nearest one.

    Raises:
        InputError: it holds no ``params/``, or there is none.
    """
    if root is None:
        return find_root(Path.cwd())
    if not (root / "params").is_dir():
        raise InputError(str(root), "Mappen har ingen params/", "Bruk --root MAPPE.")
    return root.resolve()


def audit_names(root: Path) -> list[str]:
    """Every audit in ``params/``, sorted."""
    return sorted(path.stem for path in (root / "params").glob("*.yaml"))
