"""The page as a quality assurer opens it: one file, no host, every number opens its fact."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from conftest import AUDITS, ROWS, Small, blocks_in_process, with_defect
from helpers.audit import Audit
from helpers.changes import Changes
from helpers.facts import facts_of
from helpers.items import items_of
from helpers.page import Said, external_references, page_model, render, script


def page(root: Path, audit: str) -> str:
    return (root / "outputs" / audit / f"{audit}.html").read_text(encoding="utf-8")


def model_of(audit: Audit) -> dict[str, Any]:
    """What the page shows of an audit, made in this process."""
    blocks, facts = blocks_in_process(audit), facts_of(audit)
    return page_model(audit, facts, blocks, items_of(blocks, facts), [], Said("", Changes()), "0", draft=True)


class Anchors(HTMLParser):
    """Ids and the fragments linked to."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "a" and (values.get("href") or "").startswith("#"):
            self.links.add(str(values["href"])[1:])


@pytest.mark.parametrize("audit", AUDITS)
def test_no_request_to_any_host_and_no_script_but_our_own(published: Path, audit: str) -> None:
    html = page(published, audit)
    assert external_references(html) == []
    assert "default-src 'none'" in html
    assert re.findall(r"<script[^>]*>", html) == ['<script type="application/json" id="kontroll">', "<script>"]
    assert f"script-src '{script('review').hash}'" in html
    assert f"<script>{script('review').text}</script>" in html


@pytest.mark.parametrize("audit", AUDITS)
def test_every_link_leads_somewhere_and_every_id_stands_once(published: Path, audit: str) -> None:
    found = Anchors()
    found.feed(page(published, audit))
    twice = {id for id in found.ids if found.ids.count(id) > 1}
    assert not twice
    assert found.links - set(found.ids) == {"lukk"}


@pytest.mark.parametrize("audit", AUDITS)
def test_the_first_screen_in_its_order(published: Path, audit: str) -> None:
    html = page(published, audit)
    order = [html.index(mark) for mark in ('id="kan-leveres"', 'class="overview"', 'class="basis"', 'id="sammendrag"')]
    assert order == sorted(order)
    assert "begrunne" in html[order[0] : order[1]]


@pytest.mark.parametrize("audit", AUDITS)
def test_a_verdict_is_word_icon_and_colour_together(published: Path, audit: str) -> None:
    verdicts = re.findall(
        r'<span class="verdict v-(\w+)"><span class="icon"[^>]*>([^<]+)</span>\s*([^<]*)</span>', page(published, audit)
    )
    assert verdicts
    assert all(key and icon.strip() and word.strip() for key, icon, word in verdicts)


def test_no_case_row_reaches_any_page(published: Path) -> None:
    for audit in AUDITS:
        html = page(published, audit)
        assert not re.search(r"<td[^>]*>sak-\d", html)
        assert "Raden som den står" in html
        for card in re.findall(r'<aside class="card" id="f-cases-.*?</aside>', html, re.S):
            assert "Raden som den står" not in card


def test_a_chapter_without_a_question_says_so(published: Path) -> None:
    html = page(published, "nes-2018")
    assert "Dette kapittelet har ingen egen problemstilling i denne revisjonen." in html


def test_charts_are_inline_with_a_text_alternative_and_their_data(published: Path) -> None:
    html = page(published, "eigersund-2022")
    figures = re.findall(r"<figure[^>]*>.*?</figure>", html, re.S)
    assert figures
    for figure in figures:
        assert "<svg" in figure
        assert 'role="img" aria-label="' in figure
        assert "<table" in figure


@pytest.mark.browser
@pytest.mark.parametrize("audit", AUDITS)
def test_in_a_browser_a_number_opens_its_fact_and_nothing_is_asked_of_any_host(
    published: Path, browser: object, audit: str
) -> None:
    tab = browser.new_page(viewport={"width": 1400, "height": 900})  # type: ignore[attr-defined]
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto((published / "outputs" / audit / f"{audit}.html").as_uri())
    fact = tab.locator("#sammendrag a.fact").first
    card = tab.locator(fact.get_attribute("href"))
    assert not card.is_visible()
    fact.click()
    assert card.is_visible()
    assert "Som skrevet" in card.inner_text()
    card.locator("a.close").click()
    assert not card.is_visible()
    assert all(url.startswith("file:") for url in asked)
    tab.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", ["eidskog-2015/eidskog-2015.html", "hamar-2022/hamar-2022.html", "index.html"])
def test_no_serious_accessibility_violation(published: Path, browser: object, name: str) -> None:
    """axe-core against WCAG 2.1 A and AA, the law for the Norwegian public sector."""
    from axe_playwright_python.sync_playwright import Axe

    tab = browser.new_page()  # type: ignore[attr-defined]
    tab.goto((published / "outputs" / name).as_uri())
    tags = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    violations = Axe().run(tab, options=tags).response["violations"]
    assert [(found["id"], found["nodes"][0]["html"][:200]) for found in violations] == []
    tab.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1400, 900, 420])
def test_the_page_never_scrolls_sideways(published: Path, browser: object, width: int) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 900})  # type: ignore[attr-defined]
    tab.goto((published / "outputs/eidskog-2015/eidskog-2015.html").as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()


def test_a_printed_figure_whose_fact_is_gone_is_told_on_the_page(audits: Mapping[str, Audit]) -> None:
    printed = audits["nes-2018"].rows("printed")[0]
    defect = {"register": "printed", "row": printed.id, "column": "fact", "value": "finnes-ikke"}
    audit = with_defect(audits["nes-2018"], defect)
    model = model_of(audit)
    assert [line["state"] for line in model["reconciliation"]["open"]].count("ukjent") == 1
    assert "Tallet «finnes-ikke» finnes ikke i registrene." in render("page", model, "nb")


def test_a_misspelt_chapter_stands_on_the_card_as_it_was_written(audits: Mapping[str, Audit]) -> None:
    """The gate says that the value is unknown; the page is where one looks for it."""
    defect = {"register": "evidence", "row": "d2", "column": "chapter", "value": "økonomi"}
    model = model_of(with_defect(audits["nes-2018"], defect))
    (card,) = [one for one in model["cited"] if one["id"] == "d2"]
    assert ("Kapittel", "økonomi") in card["row"]


@pytest.mark.parametrize("number", ["²", "①", "2b"])
def test_a_recommendation_is_listed_by_the_number_it_was_given(audits: Mapping[str, Audit], number: str) -> None:
    advice = audits["nes-2018"].rows("recommendations")[0]
    defect = {"register": "recommendations", "row": advice.id, "column": "number", "value": number}
    model = model_of(with_defect(audits["nes-2018"], defect))
    assert number in " ".join(question["recommendations"] for question in model["questions"])


def test_persons_interviewed_are_summed_as_they_were_counted(small: Small) -> None:
    """Four to six and one more are five to seven, not five."""
    group = {**ROWS["intervjuer"][1], "Antall personer": "4–6"}
    audit = small.write(intervjuer=[ROWS["intervjuer"][0], group]).load()
    assert "(5–7 personer)" in model_of(audit)["basis"][0]
