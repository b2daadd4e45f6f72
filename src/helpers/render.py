"""Blocks to HTML: one set of Jinja macros serves JupyterLab and the page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from helpers.words import Words

TEMPLATES = Path(__file__).parent / "template"


@cache
def environment() -> jinja2.Environment:
    """Escaping is on: what an auditor writes is text, never markup."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def anchor(id: str) -> str:
    """A fact or row id as an HTML id."""
    return "f-" + id.replace(".", "-")


def render_block(block: Mapping[str, Any]) -> str:
    """One block by itself, as JupyterLab shows it."""
    macros: Any = (
        environment().get_template("blocks.html.j2").make_module({"w": Words(block["language"]), "anchor": anchor})
    )
    return str(macros.block(block, 3))
