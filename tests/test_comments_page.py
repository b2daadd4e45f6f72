"""The comment table of the verification edition: filled in offline by the municipality, and sent back as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import CHROMIUM_OPTIONS
from helpers.page import script
from helpers.render import TEMPLATES, environment
from helpers.words import Words

PAGE = """\
{% from 'comments.html.j2' import comment_table, comment_data with context %}
<!DOCTYPE html><html lang="nb"><head><meta charset="utf-8"><title>Faktaverifisering</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src '{{ script.hash }}'">
<style>{{ style|safe }}</style></head><body><main><h1>Faktaverifisering</h1>
<p data-nr="1">Kommunen fattet 328 vedtak.</p><ul><li data-nr="2">Det er åtte ansatte.</li></ul>
{{ comment_table(3) }}</main>
{{ comment_data('kommentarer-nes-2018-nr2.csv') }}<script>{{ script.text|safe }}</script></body></html>
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small verification edition with two numbered paragraphs."""
    style = "".join(
        (TEMPLATES / "revisjonsbok" / name).read_text(encoding="utf-8") for name in ("page.css", "comments.css")
    )
    html = environment().from_string(PAGE).render(w=Words("nb"), script=script("comments"), style=style)
    file = tmp_path_factory.mktemp("comments") / "verifisering.html"
    file.write_text(html, encoding="utf-8")
    return file


@pytest.fixture
def tab(browser: Any, path: Path) -> Iterator[Any]:
    context = browser.new_context()
    one = context.new_page()
    errors: list[str] = []
    one.on("pageerror", lambda error: errors.append(str(error)))
    one.goto(path.as_uri())
    yield one
    assert errors == []
    context.close()


def saved(tab: Any) -> list[list[str]]:
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Lagre kommentarer").click()
    assert download.value.suggested_filename == "kommentarer-nes-2018-nr2.csv"
    raw = Path(download.value.path()).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.browser
def test_a_comment_on_a_paragraph_comes_out_as_a_row_with_its_number(tab: Any) -> None:
    tab.get_by_role("button", name="Kommenter 2").click()
    tab.keyboard.type('Det er «ni»; se "plan"\nside 3')
    tab.get_by_role("button", name="Kommenter 1").click()
    tab.keyboard.type("326")
    tab.get_by_label("Fra (rolle eller enhet)").fill("Enhetsleder")
    rows = saved(tab)
    date = rows[1].pop()
    assert rows[2].pop() == date and len(date) == 10
    assert rows == [
        ["Avsnitt", "Kommentar", "Fra", "Dato"],
        ["2", 'Det er «ni»; se "plan"\nside 3', "Enhetsleder"], ["1", "326", "Enhetsleder"],
    ]  # fmt: skip
    assert "Kommentarer i filen: 2" in tab.locator(".comment-state").inner_text()


@pytest.mark.browser
@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", "+47 12", "-1+1", "@SUM(A1)"])
def test_a_formula_is_defused(tab: Any, formula: str) -> None:
    tab.get_by_role("button", name="Kommenter 1").click()
    tab.keyboard.type(formula)
    assert saved(tab)[1][1] == "'" + formula


@pytest.mark.browser
def test_rows_are_added_when_the_table_is_full_and_empty_ones_are_left_out(tab: Any) -> None:
    for _ in range(4):
        tab.get_by_role("button", name="Kommenter 1").click()
        tab.keyboard.type("Feil.")
    tab.get_by_role("button", name="Ny rad").click()
    assert tab.locator("#kommentarer tbody tr").count() == 5
    assert len(saved(tab)) == 1 + 4


@pytest.mark.browser
def test_nothing_written_is_said_so(tab: Any) -> None:
    tab.get_by_role("button", name="Lagre kommentarer").click()
    assert tab.locator(".comment-state").inner_text() == "Ingen kommentarer er skrevet ennå."


@pytest.mark.browser
def test_comments_survive_closing_the_browser(chromium: Any, path: Path, tmp_path: Path) -> None:
    for visit in range(2):
        context = chromium.launch_persistent_context(tmp_path / "profile", **CHROMIUM_OPTIONS)
        tab = context.new_page()
        tab.goto(path.as_uri())
        if visit == 0:
            tab.get_by_role("button", name="Kommenter 2").click()
            tab.keyboard.type("Halvferdig <b>setning")
        else:
            assert tab.locator("#kommentarer textarea").first.input_value() == "Halvferdig <b>setning"
            assert tab.locator(".comment-state").inner_text() == "Det siste er ikke lagret i fil."
        context.close()


@pytest.mark.browser
def test_without_script_and_in_print_there_is_a_table_and_no_button(browser: Any, path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(path.as_uri())
    assert tab.locator("#kommentarer tbody tr").count() == 3
    assert tab.get_by_role("button").count() == 0
    context.close()
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(path.as_uri())
    tab.emulate_media(media="print")
    assert tab.locator("button").filter(visible=True).count() == 0
    assert tab.locator("#kommentarer").is_visible()
    context.close()


@pytest.mark.browser
def test_no_serious_accessibility_violation(tab: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    violations = Axe().run(tab, options=options).response["violations"]
    assert [(found["id"], found["nodes"][0]["html"][:200]) for found in violations] == []
