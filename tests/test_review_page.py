"""Review in the page, as the quality assurer does it: offline, in a real browser, with the mouse or by keys alone.

The pages here are the published audits with marks of content put on their paragraphs, tables and numbers.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from conftest import CHROMIUM_OPTIONS, PROJECT
from helpers.audit import load_audit
from helpers.blocks import facts_in
from helpers.engine import CHAPTERS, blocks_of
from helpers.facts import facts_of
from helpers.page import page_model, render, script
from helpers.words import Words

pytestmark = pytest.mark.browser

TEMPLATE = PROJECT / "src/helpers/template/revisjonsbok"
MESSAGE = "0123456789"


def said(node: object) -> str:
    """All text in a unit of a block."""
    if isinstance(node, Mapping):
        keys = ("t", "text", "reason", "title", "runs", "columns", "rows", "cells", "svg", "table", "who")
        return " ".join(said(node[key]) for key in keys if key in node)
    if isinstance(node, list):
        return " ".join(said(one) for one in node)
    return node if isinstance(node, str) else ""


def units(block: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """What a reviewer can mark in a block, and its kind."""
    data = block["data"]
    if block["kind"] == "text":
        yield from ((p, "avsnitt") for p in data["paragraphs"] if p["kind"] in ("p", "li"))
    elif block["kind"] in ("table", "chart"):
        yield data, {"table": "tabell", "chart": "figur"}[block["kind"]]
    elif block["kind"] == "statement":
        yield from ((one, "utsagn") for group in data["groups"] for one in group["items"])
    for key, kind in (
        ("criteria", "kriterium"), ("overall", "vurdering"), ("assessments", "vurdering"), ("recommendations", "anbefaling"),
    ):  # fmt: skip
        yield from ((one, kind) for one in data.get(key, ()))


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def review_page(root: Path, name: str, handover: int = 3, **changes: str) -> tuple[str, dict[str, Any]]:
    """The page of a published audit with review, and the data the script reads.

    Args:
        changes: `content="old=new"` words to replace in the paragraphs, as after a correction.
    """
    audit = load_audit(PROJECT, name)
    facts = facts_of(audit)
    notebooks = root / "outputs" / name / "notebooks"
    blocks = [b for c in CHAPTERS for b in blocks_of((notebooks / f"{c}.ipynb").read_text(encoding="utf-8"))]
    if "content" in changes:
        old, new = changes["content"].split("=")
        assert old in json.dumps(blocks, ensure_ascii=False)
        blocks = json.loads(json.dumps(blocks, ensure_ascii=False).replace(old, new))
    model = page_model(audit, facts, blocks, [], "0" * 16, draft=False)
    review: dict[str, Any] = {
        "audit": name, "edition": "internal", "handover": handover, "content": "c" * 64, "language": "nb", "items": {},
        "facts": {}, "words": Words("nb").terms("review"),
    }  # fmt: skip
    for card in model["cards"]:
        card |= {"x": hashed("fact " + card["id"] + card["value"]), "k": "tall"}
        review["facts"][card["id"]] = {
            "x": card["x"], "label": card["label"], "value": card["value"], "marks": [],
            "anchor": "f-" + card["id"].replace(".", "-"),
        }  # fmt: skip
    for block in blocks:
        for unit, kind in units(block):
            text = said(unit)
            unit |= {"x": hashed(f"{kind} {text}"), "k": kind}
            review["items"][unit["x"]] = {
                "kind": kind, "about": text[:80], "changed": False, "messages": [], "marks": [],
                "facts": [id for id in facts_in(unit) if id in review["facts"]],
            }  # fmt: skip
    return render("page", {**model, "review": review}, "nb"), review


@pytest.fixture(scope="session")
def hamar(published: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Hamar's page with review: some items changed since last, one with a message, one with an answered question."""
    _, review = review_page(published, "hamar-2022")
    folder = tmp_path_factory.mktemp("review")
    html, _ = review_page(published, "hamar-2022", touch=prepared(review))
    path = folder / "hamar-2022.html"
    path.write_text(html, encoding="utf-8")
    return path, json.loads(kontroll(html))
