"""Bokmål first; nynorsk and English for labels and formats."""

import pytest

from conftest import Small
from helpers.blocks import Block
from helpers.changes import Changes
from helpers.chapter import open_chapter
from helpers.facts import facts_of
from helpers.items import items_of
from helpers.page import Said, page_model, render


def blocks(small: Small, language: str) -> list[Block]:
    path = small.write().root / "params" / "liten.yaml"
    path.write_text(path.read_text(encoding="utf-8") + f"målform: {language}\n", encoding="utf-8")
    shown: list[Block] = []
    for name, verbs in {
        "governance": ("questions", "criteria", "figures", "assessments"),
        "method": ("sources",),
    }.items():
        chapter = open_chapter("liten", name, root=small.root, show=shown.append)
        for verb in verbs:
            getattr(chapter, verb)()
    return shown


@pytest.mark.parametrize(
    ("language", "titles", "heading"),
    [
        ("nb", {"Problemstilling", "Vurdering av hvert kriterium", "Kilder"}, "Enhet"),
        ("nn", {"Problemstilling", "Vurdering av kvart kriterium", "Kjelder"}, "Eining"),
        ("en", {"Audit question", "Assessment by criterion", "Sources"}, "Unit"),
    ],
)
def test_headings_labels_and_page_follow_the_language(
    small: Small, language: str, titles: set[str], heading: str
) -> None:
    shown = blocks(small, language)
    assert titles <= {block.title for block in shown}
    figures = next(block for block in shown if block.id == "governance-p1-figures")
    assert heading in [column["t"] for column in figures.data["columns"]]
    audit = small.load()
    facts, made = facts_of(audit), [block.as_dict() for block in shown]
    model = page_model(audit, facts, made, items_of(made, facts), [], Said("", Changes()), "x", draft=False)
    html = render("page", model, language)
    assert f'<html lang="{language}">' in html
