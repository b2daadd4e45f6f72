"""Synthetic municipalities: copies of the project's own audits under other names, in a folder outside the project.

Every copy is marked: its name and its title begin with a word that says so. Its parameters differ from those of its
original and of every other copy, and so do the content addresses of its chapters, verdict and page: nothing kept of one
copy serves another, each is worked through fully. Its registers and texts are those of the original, the name of the
municipality with them; a text about one municipality under the name of another is just what the gate protests against.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import yaml

from helpers.folder import audit_names

ROOT = Path(__file__).resolve().parents[1]
SHARED = ("expectations", "workbooks")
MARK = "syntetisk"
_NAME = re.compile(r"^revisjon: .*$", re.M)
_TITLE = re.compile(r"^tittel: .*$", re.M)


def names(count: int) -> list[str]:
    """``syntetisk-001`` and on."""
    return [f"{MARK}-{number:03d}" for number in range(1, count + 1)]


def originals() -> list[str]:
    """The audits that are copied, in turn."""
    return audit_names(ROOT)


def make(folder: Path, count: int) -> list[str]:
    """Fill a new or empty folder with this many synthetic audits, and what a run needs beside them.

    Returns:
        Their names; each fourth is of the same original.

    Raises:
        ValueError: a folder that holds something, or one within the project: no synthetic audit is ever among the real.
    """
    if ROOT in (folder.resolve(), *folder.resolve().parents):
        raise ValueError(f"{folder} is within the project")
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty")
    for name in SHARED:
        shutil.copytree(ROOT / name, folder / name)
    (folder / "params").mkdir()
    sources = originals()
    for number, name in enumerate(names(count)):
        original = sources[number % len(sources)]
        params = (ROOT / "params" / f"{original}.yaml").read_text(encoding="utf-8")
        (folder / "params" / f"{name}.yaml").write_text(_renamed(params, name), encoding="utf-8")
        shutil.copytree(ROOT / "data" / original, folder / "data" / name)
    return names(count)


def _renamed(params: str, name: str) -> str:
    title = f"Syntetisk kopi {int(name.rpartition('-')[2])}. {yaml.safe_load(params)['tittel']}"
    changed, found = _NAME.subn(f"revisjon: {name}", params, count=1)
    marked, titled = _TITLE.subn(lambda _: f"tittel: {json.dumps(title, ensure_ascii=False)}", changed, count=1)
    if not (found and titled):
        raise ValueError(f"{name}: its original has no name or no title")
    return marked
