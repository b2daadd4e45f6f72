"""Review in the page, as the quality assurer does it: offline, in a real browser, with the mouse or by keys alone.

The pages are published audits; what the journal and the gate know of them is given.
"""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from conftest import CHROMIUM_OPTIONS, PROJECT
from helpers.audit import load_audit
from helpers.changes import Changes
from helpers.engine import CHAPTERS, blocks_of
from helpers.facts import facts_of
from helpers.items import items_of
from helpers.message import Message, Place
from helpers.page import Said, external_references, page_model, render
from helpers.words import LANGUAGES

TEMPLATE = PROJECT / "src/helpers/template"
MESSAGE = Message(
    "hamar-2022", "total-mot-deler", 1, "varsel", Place("Tall", "i-alt"), "Det står 328.", "326.", "Rett tallet."
)
HOSTILE = "</script><script>window.bad = 1</script><img src=x onerror='window.bad = 2'>"
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
KEY = "revisjonsbok:hamar-2022"


def units(node: Any) -> Iterator[dict[str, Any]]:
    """Everything in a page that can be marked."""
    if isinstance(node, Mapping):
        if "x" in node and "k" in node:
            assert isinstance(node, dict)
            yield node
        for value in node.values():
            yield from units(value)
    elif isinstance(node, list):
        for value in node:
            yield from units(value)


def review_page(
    root: Path,
    name: str,
    prepare: Callable[[dict[str, Any]], None] = lambda _: None,
    correct: tuple[str, str] = ("", ""),
) -> tuple[str, dict[str, Any]]:
    """The page of a published audit with review, and the data its script reads.

    Args:
        prepare: what the journal and the gate know of the items.
        correct: wording to replace everywhere, as after a correction.
    """
    audit = load_audit(PROJECT, name)
    notebooks = root / "outputs" / name / "notebooks"
    blocks = [b for c in CHAPTERS for b in blocks_of((notebooks / f"{c}.ipynb").read_text(encoding="utf-8"))]
    if correct[0]:
        written = json.dumps(blocks, ensure_ascii=False)
        assert correct[0] in written
        blocks = json.loads(written.replace(*correct))
    model = page_model(
        audit,
        facts_of(audit),
        blocks,
        items_of(blocks, facts_of(audit)),
        [MESSAGE],
        Said("c" * 16, Changes(), 3),
        "0" * 16,
        draft=False,
    )
    review = model["review"]
    prepare(review)
    for unit in units([model["chapters"], model["parts"]]):
        unit["x_changed"] = review["items"][unit["x"]]["changed"]
    return render("page", model, "nb"), review


def of_kind(review: Mapping[str, Any], kind: str) -> list[str]:
    return [x for x, item in review["items"].items() if item["kind"] == kind]


def known(review: dict[str, Any]) -> None:
    """Two statements changed, one criterion with a message, one table read, one statement asked about and answered."""
    statements = of_kind(review, "utsagn")
    for x in statements[2:4]:
        review["items"][x]["changed"] = True
    review["items"][of_kind(review, "kriterium")[0]]["messages"] = [MESSAGE.id]
    read = {"mark": "lest", "text": "", "who": "kvalitetssikrer", "date": "22.11.2026", "answer": ""}
    review["items"][of_kind(review, "tabell")[0]]["marks"] = [read]
    asked = {"mark": "sporsmal", "text": f"Gjelder det alle? {HOSTILE}", "answer": "Ja, alle fire."}
    review["items"][statements[0]]["marks"] = [{**read, **asked}]
    review["items"][statements[0]]["about"] = HOSTILE


@pytest.fixture(scope="session")
def hamar(published: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Hamar's page and the data of its review."""
    html, review = review_page(published, "hamar-2022", known)
    path = tmp_path_factory.mktemp("review") / "hamar-2022.html"
    path.write_text(html, encoding="utf-8")
    return path, review


class Desk:
    """A reviewer at the page."""

    def __init__(self, context: Any, path: Path) -> None:
        self.context, self.path = context, path
        self.tab = context.new_page()
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.goto(path.as_uri())

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tab.keyboard.press(key)

    def row(self, x: str) -> Any:
        """The marks of the first place where this content stands."""
        return self.tab.locator(f'.marks[data-row="{x}"]').first

    def button(self, x: str, mark: str) -> Any:
        return self.row(x).locator(f'button[data-act="{mark}"]').first

    def mark(self, x: str, mark: str) -> None:
        """With the mouse."""
        self.row(x).hover()
        self.button(x, mark).click()

    def write(self, x: str, mark: str, text: str) -> None:
        self.mark(x, mark)
        self.row(x).locator("textarea").fill(text)
        self.row(x).locator("[data-act=done]").click()

    def pressed(self, x: str, mark: str) -> bool:
        return bool(self.button(x, mark).get_attribute("aria-pressed") == "true")

    @property
    def tally(self) -> str:
        return str(self.tab.locator(".tally-left").text_content())

    @property
    def told(self) -> str:
        return str(self.tab.locator(".told").text_content())

    @property
    def file_state(self) -> str:
        return str(self.tab.locator(".file-state").text_content())

    @property
    def at(self) -> str:
        """Mark of the item with focus."""
        return str(self.tab.evaluate("document.activeElement.dataset.x || ''"))

    def named(self, name: str = "Kari Nordmann") -> None:
        self.tab.locator("[data-act=more]").click()
        self.tab.locator("#review-name").fill(name)
        self.press("Escape")

    def save(self) -> dict[str, Any]:
        """The saved file."""
        with self.tab.expect_download() as download:
            self.tab.locator("[data-act=save]").click()
        return read(download.value)

    def load(self, content: object) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        before = self.told
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "kontroll.json")
            file.write_bytes(data)
            self.tab.locator("#review-file").set_input_files(file)
            self.tab.wait_for_function("old => document.querySelector('.told').textContent !== old", arg=before)


def read(download: Any) -> dict[str, Any]:
    assert download.suggested_filename == "kontroll-hamar-2022-3.json"
    content: dict[str, Any] = json.loads(Path(download.path()).read_text(encoding="utf-8"))
    return content


@pytest.fixture
def desk(browser: Any, hamar: tuple[Path, dict[str, Any]]) -> Iterator[Desk]:
    """A browser that has never seen the page."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    one = Desk(context, hamar[0])
    yield one
    assert one.errors == []
    assert [url for url in one.asked if not url.startswith(("file:", "blob:"))] == []
    context.close()


@pytest.fixture
def review(hamar: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    return hamar[1]


def count(review: Mapping[str, Any], *kinds: str) -> int:
    return sum(1 for item in review["items"].values() if item["kind"] in kinds)


@pytest.mark.browser
def test_the_bar_counts_what_is_left_and_a_mark_takes_from_it(desk: Desk, review: dict[str, Any]) -> None:
    paragraphs = count(review, "avsnitt", "utsagn", "kriterium")
    tables = count(review, "tabell", "figur")
    assert desk.tally.startswith(
        f"Gjenstår: {paragraphs} av {paragraphs} avsnitt · {tables - 1} av {tables} tabeller · "
    )
    one, other = of_kind(review, "avsnitt")[:2]
    desk.mark(one, "lest")
    assert desk.pressed(one, "lest")
    assert desk.button(one, "lest").inner_text() == "✓ Lest"
    desk.mark(other, "kilde")
    assert desk.button(other, "kilde").inner_text() == "✓✓ Kontrollert på kilde"
    assert f"{paragraphs - 2} av {paragraphs} avsnitt" in desk.tally
    desk.mark(one, "lest")
    assert not desk.pressed(one, "lest")
    assert f"{paragraphs - 1} av {paragraphs} avsnitt" in desk.tally


@pytest.mark.browser
def test_one_mark_covers_the_same_content_in_two_places(desk: Desk, review: dict[str, Any]) -> None:
    twice = next(x for x in review["items"] if desk.tab.locator(f'main [data-x="{x}"]').count() > 1)
    desk.mark(twice, "lest")
    rows = desk.tab.locator(f'.marks[data-row="{twice}"] button[data-act=lest]')
    assert rows.count() > 1
    assert {rows.nth(at).get_attribute("aria-pressed") for at in range(rows.count())} == {"true"}


@pytest.mark.browser
def test_the_numbers_of_a_paragraph_open_on_demand_with_a_mark_and_a_card_each(
    desk: Desk, review: dict[str, Any]
) -> None:
    x, item = next((x, item) for x, item in review["items"].items() if len(item["facts"]) > 2)
    fact = review["facts"][item["facts"][0]]
    desk.row(x).hover()
    assert desk.button(x, "tall").inner_text() == f"Tall ({len(item['facts'])})"
    desk.button(x, "tall").click()
    line = desk.row(x).locator(".numbers li").first
    line.get_by_role("button").click()
    assert line.get_by_role("button").inner_text() == "✓✓ Kontrollert på kilde"
    line.locator("a.fact").click()
    card = desk.tab.locator(f"#{fact['anchor']}")
    assert card.is_visible()
    assert card.get_by_role("button", name="Kontrollert på kilde").get_attribute("aria-pressed") == "true"
    assert [(m["x"], m["kind"]) for m in saved_marks(desk)] == [(fact["x"], "tall")]


def saved_marks(desk: Desk) -> Sequence[Mapping[str, Any]]:
    """What the browser has kept."""
    kept = json.loads(desk.tab.evaluate(f"localStorage.getItem('{KEY}')"))
    return [mark for marks in kept["marks"].values() for mark in marks]


@pytest.mark.browser
def test_the_source_behind_a_statement_is_one_click_away(desk: Desk, review: dict[str, Any]) -> None:
    x = of_kind(review, "utsagn")[1]
    desk.row(x).hover()
    desk.button(x, "tall").click()
    link = desk.row(x).locator('.numbers a[href^="#c-"]').first
    link.click()
    assert desk.tab.locator(str(link.get_attribute("href"))).is_visible()


@pytest.mark.browser
def test_marks_survive_closing_the_browser(chromium: Any, hamar: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    path, review = hamar
    one, other = of_kind(review, "utsagn")[1:3]
    profile = tmp_path / "profile"
    context = chromium.launch_persistent_context(profile, **CHROMIUM_OPTIONS)
    desk = Desk(context, path)
    desk.mark(one, "lest")
    desk.mark(other, "merknad")
    desk.tab.keyboard.type("Halvferdig setning")  # no Ferdig: what is typed is kept all the same
    context.close()
    context = chromium.launch_persistent_context(profile, **CHROMIUM_OPTIONS)
    desk = Desk(context, path)
    assert desk.pressed(one, "lest")
    assert desk.row(other).locator(".noted").inner_text() == "Merknad: Halvferdig setning"
    assert "2 merker er ikke lagret i fil" in desk.file_state
    context.close()


@pytest.mark.browser
def test_the_saved_file_is_the_review_and_the_page_says_when(desk: Desk, review: dict[str, Any]) -> None:
    one, other = of_kind(review, "vurdering")[:2]
    desk.mark(one, "kilde")
    desk.write(other, "sporsmal", "Er <b>alle</b> spurt? n <5, </p> <!-- -->")
    assert desk.file_state == "2 merker er ikke lagret i fil"
    desk.tab.locator("[data-act=save]").click()
    assert desk.told.startswith("Skriv navnet ditt først")
    desk.press("Escape")
    desk.named()
    content = desk.save()
    saved = content.pop("saved")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", saved)
    base = {"date": saved[:10], "kind": "vurdering"}
    assert content == {
        "format": "1", "type": "revisjonsbok-kontroll", "audit": "hamar-2022", "edition": "internal", "handover": 3,
        "content": "c" * 16, "role": "kvalitetssikrer", "name": "Kari Nordmann", "drawn": [],
        "marks": [
            {**base, "x": one, "about": review["items"][one]["about"], "mark": "kilde", "text": ""},
            {**base, "x": other, "about": review["items"][other]["about"], "mark": "sporsmal",
             "text": "Er ‹b>alle‹/b> spurt? n <5, ‹/p> ‹!-- -->"},
        ],
    }  # fmt: skip
    assert desk.file_state == f"Lagret i fil {saved[8:10]}.{saved[5:7]}. kl. {saved[11:13]}.{saved[14:16]}"
    desk.mark(one, "lest")
    assert desk.file_state.startswith("1 merke er ikke lagret i fil · Lagret i fil ")


@pytest.mark.browser
def test_a_saved_review_goes_on_on_another_computer(desk: Desk, browser: Any, review: dict[str, Any]) -> None:
    one, other, third = of_kind(review, "utsagn")[1:4]
    desk.mark(one, "lest")
    desk.write(other, "merknad", "Fra kontoret.")
    desk.press("?")
    desk.tab.locator("[data-act=draw]").click()
    desk.press("Escape")
    desk.named()
    content = desk.save()
    context = browser.new_context()
    home = Desk(context, desk.path)
    home.mark(third, "kilde")
    home.write(other, "merknad", "Hjemmefra.")
    home.load(content)
    assert home.told == "Hentet 2 merker."
    assert home.pressed(one, "lest") and home.pressed(third, "kilde")
    assert home.row(other).locator(".noted").inner_text() == "Merknad: Hjemmefra.\n\nFra kontoret."
    home.load({**content, "drawn": []})  # once more changes nothing
    assert len(saved_marks(home)) == 3
    both = home.save()
    assert both["name"] == "Kari Nordmann" and both["drawn"] == content["drawn"] and len(both["drawn"]) == 10
    assert home.errors == []
    context.close()


def refused_files() -> Iterator[tuple[str, Callable[[dict[str, Any]], object], str]]:
    def mark(**cells: object) -> Callable[[dict[str, Any]], object]:
        return lambda content: {**content, "marks": [{**content["marks"][0], **cells}]}

    yield "another audit", lambda content: {**content, "audit": "nes-2018"}, "Filen gjelder revisjonen nes-2018"
    yield "another kind", lambda content: {**content, "type": "noe annet"}, "Filen er ikke en lagret kontroll"
    yield "no JSON", lambda _: b"PK\x03\x04", "Filen er ikke en lagret kontroll"
    yield "nothing", lambda _: None, "Filen er ikke en lagret kontroll"
    yield "another format", lambda content: {**content, "format": "2"}, "Filen er laget av en annen versjon"
    yield "altered hash", mark(x="../../etc/passwd"), "Filen er endret eller skadet"
    yield "prototype", mark(x="__proto__"), "Filen er endret eller skadet"
    yield "invented mark", mark(mark="godkjent av alle"), "Filen er endret eller skadet"
    yield "long remark", mark(mark="merknad", text="x" * 4001), "Filen er endret eller skadet"
    yield "marks no list", lambda content: {**content, "marks": {"length": 1}}, "Filen er endret eller skadet"
    yield "many marks", lambda content: {**content, "marks": content["marks"] * 10001}, "Filen er endret eller skadet"
    yield "50 MB", lambda _: b" " * 50_000_000, "Filen er for stor"
    yield "another role", lambda content: {**content, "role": "utøvende"}, "Filen er lagret av utøvende revisor"


@pytest.mark.browser
@pytest.mark.parametrize(("spoil", "why"), [pytest.param(*rest, id=id) for id, *rest in refused_files()])
def test_a_hostile_or_foreign_file_is_refused_with_a_reason_and_nothing_is_lost(
    desk: Desk, review: dict[str, Any], spoil: Callable[[dict[str, Any]], object], why: str
) -> None:
    x = of_kind(review, "utsagn")[1]
    desk.mark(x, "lest")
    desk.named()
    content = desk.save()
    before = saved_marks(desk)
    desk.load(spoil(content))
    assert desk.told.startswith(why)
    assert desk.told.endswith("Ingenting er hentet.")
    assert saved_marks(desk) == before
    assert desk.pressed(x, "lest")


@pytest.mark.browser
def test_markup_in_a_remark_in_a_file_or_in_the_page_stays_text(desk: Desk, review: dict[str, Any]) -> None:
    x = of_kind(review, "utsagn")[1]
    desk.write(x, "merknad", HOSTILE)
    assert desk.row(x).locator(".noted").inner_text() == f"Merknad: {HOSTILE}"
    desk.named(HOSTILE)
    content = desk.save()
    content["marks"][0] |= {"text": HOSTILE + " igjen", "about": HOSTILE, "kind": "<b>"}
    content["marks"].append({**content["marks"][0], "x": "0" * 16})
    desk.load(content)
    desk.press("?")
    assert HOSTILE in desk.tab.locator(".fallen").inner_text()
    assert desk.tab.locator(".marks img, .fallen img, .earlier img, .earlier script").count() == 0
    assert desk.tab.evaluate("window.bad") is None


def test_nothing_in_the_page_points_outwards(hamar: tuple[Path, dict[str, Any]]) -> None:
    html = hamar[0].read_text(encoding="utf-8")
    assert external_references(html) == []
    assert html.count("<script") == 2
    assert not re.search(r"<[a-z][^>]*\son\w+=", html.split('<script type="application/json"')[0])


@pytest.mark.browser
def test_the_policy_lets_no_other_script_run(browser: Any, hamar: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    html = hamar[0].read_text(encoding="utf-8")
    more = "<script>window.bad = 1</script><img src='data:,' onerror='window.bad = 2'><a id='j' href='javascript:window.bad=3'>x</a>"
    path = tmp_path / "page.html"
    path.write_text(html.replace("</main>", more + "</main>"), encoding="utf-8")
    context = browser.new_context()
    desk = Desk(context, path)
    desk.tab.locator("#j").click()
    assert desk.tab.evaluate("window.bad") is None
    assert desk.tally.startswith("Gjenstår")
    altered = tmp_path / "altered.html"
    altered.write_text(html.replace("'use strict';", "'use strict';window.bad = 4;"), encoding="utf-8")
    other = Desk(context, altered)
    assert other.tab.evaluate("window.bad") is None
    assert other.tab.locator(".review-bar").count() == 0
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", ["left", "changed", "messages"])
def test_a_filter_shows_only_what_it_says_and_no_empty_heading(desk: Desk, review: dict[str, Any], name: str) -> None:
    wanted = {
        "left": {x for x, item in review["items"].items() if not any(m["mark"] == "lest" for m in item["marks"])},
        "changed": {x for x, item in review["items"].items() if item["changed"]},
        "messages": {x for x, item in review["items"].items() if item["messages"]},
    }[name]
    desk.tab.locator("#review-filter").select_option(name)
    assert f"({len(wanted)})" in desk.tab.locator(f'#review-filter option[value="{name}"]').inner_text()
    shown = desk.tab.evaluate(
        "[...document.querySelectorAll('main [data-x]')].filter(e => !e.closest('.off')).map(e => e.dataset.x)"
    )
    assert set(shown) == wanted
    empty = desk.tab.evaluate(
        """[...document.querySelectorAll('main h2, main h3, main h4, main h5')].filter(h => h.offsetHeight).filter(h => {
          const all = [...document.querySelectorAll('main h2, main h3, main h4, main h5, main [data-x]:not(.off)')]
            .filter(e => e.dataset.x ? !e.closest('.off') : e.offsetHeight);
          const next = all.slice(all.indexOf(h) + 1).find(e => e.dataset.x || e.tagName <= h.tagName);
          return !next || !next.dataset.x;
        }).map(h => h.textContent)"""
    )
    assert empty == []
    desk.tab.locator("#review-filter").select_option("all")
    assert desk.tab.locator(".off").count() == 0


@pytest.mark.browser
def test_what_has_changed_is_marked_with_the_word(desk: Desk) -> None:
    assert desk.tab.locator("main .was-changed").all_inner_texts() == ["endret", "endret"]


@pytest.mark.browser
def test_next_walks_through_all_that_is_left_and_shows_each_below_the_bar(desk: Desk, review: dict[str, Any]) -> None:
    left = sum(1 for item in review["items"].values() if not any(m["mark"] == "lest" for m in item["marks"]))
    seen = []
    for _ in range(left):
        desk.press("n")
        seen.append(desk.at)
        top, bar, bottom = desk.tab.evaluate(
            """[document.activeElement.getBoundingClientRect().top, document.querySelector('.review-bar').offsetHeight,
                innerHeight]"""
        )
        assert bar <= top < bottom, seen[-1]
        desk.press("l")
    assert len(set(seen)) == left
    assert desk.tally == "Ingenting gjenstår"
    desk.press("n")
    assert desk.told == "Ingenting gjenstår"


@pytest.mark.browser
def test_previous_walks_back_and_past_what_is_done(desk: Desk) -> None:
    desk.press("n")
    first = desk.at
    desk.press("n")
    second = desk.at
    desk.press("n", "p", "l", "p")
    assert desk.at == first
    desk.press("n")
    assert desk.at not in (first, second)


@pytest.mark.browser
def test_ten_numbers_are_drawn_remembered_and_saved(desk: Desk, review: dict[str, Any]) -> None:
    desk.press("?")
    desk.tab.locator("[data-act=draw]").click()
    lines = desk.tab.locator(".drawn li")
    assert lines.count() == 10
    labels = lines.locator(".what").all_inner_texts()
    lines.first.get_by_role("button").click()
    desk.tab.reload()
    desk.press("?")
    assert lines.locator(".what").all_inner_texts() == labels
    assert desk.tab.get_by_text("1 av 10 er kontrollert på kilde").is_visible()
    lines.first.locator("a.fact").click()
    assert desk.tab.locator(".card:target").is_visible()
    desk.named()
    drawn = desk.save()["drawn"]
    assert len(set(drawn)) == 10
    assert [review["facts"][id]["label"] for id in drawn] == labels


@pytest.mark.browser
def test_the_draw_is_random(browser: Any, hamar: tuple[Path, dict[str, Any]]) -> None:
    draws = set()
    for _ in range(3):
        context = browser.new_context()
        desk = Desk(context, hamar[0])
        desk.press("?")
        desk.tab.locator("[data-act=draw]").click()
        draws.add(tuple(desk.tab.locator(".drawn .what").all_inner_texts()))
        context.close()
    assert len(draws) == 3


@pytest.mark.browser
def test_the_whole_review_by_keys_alone(desk: Desk) -> None:
    desk.press("n", "l")
    first = desk.at
    desk.press("n", "k")
    second = desk.at
    desk.press("n", "m")
    desk.tab.keyboard.type("nkl: se også tabell 2")  # letters are text here, not commands
    desk.press("Escape")
    assert desk.tab.evaluate("document.activeElement.dataset.act") == "merknad"
    third = str(desk.tab.evaluate("document.activeElement.dataset.of"))
    desk.press("Tab", "Space")  # on to Spørsmål, by Tab and Space as in any page
    desk.tab.keyboard.type("Hvem sa det?")
    desk.press("Tab", "Enter")  # Ferdig
    desk.press("t")
    numbers = desk.row(third).locator(".numbers")
    assert numbers.count() == 1
    desk.press("Escape")
    assert numbers.count() == 0
    desk.press("f")
    assert desk.tab.evaluate("document.activeElement.id") == "review-name"
    desk.tab.keyboard.type("Kari Nordmann")
    desk.press("Escape")
    with desk.tab.expect_download() as download:
        desk.press("f")
    marks = [(m["x"], m["mark"], m["text"]) for m in read(download.value)["marks"]]
    assert marks == [
        (first, "lest", ""), (second, "kilde", ""), (third, "merknad", "nkl: se også tabell 2"),
        (third, "sporsmal", "Hvem sa det?"),
    ]  # fmt: skip
    desk.press("v", "ArrowDown", "ArrowDown")
    assert desk.tab.locator("#review-filter").input_value() == "changed"


@pytest.mark.browser
def test_letters_can_be_switched_off(desk: Desk) -> None:
    """WCAG 2.1.4; the choice is remembered."""
    desk.press("?")
    desk.tab.get_by_label("Bruk taster").uncheck()
    desk.press("Escape", "n")
    assert desk.at == ""
    desk.tab.reload()
    desk.press("n")
    assert desk.at == ""
    desk.press("Tab", "Tab")
    assert desk.tab.evaluate("document.activeElement.dataset.act") == "previous"


@pytest.mark.browser
def test_focus_goes_into_a_card_and_back_to_the_number(desk: Desk) -> None:
    fact = desk.tab.locator("#sammendrag a.fact").nth(2)
    fact.focus()
    desk.press("Enter")
    desk.tab.wait_for_function("document.activeElement.classList.contains('card')")
    assert desk.tab.locator(".card:target").is_visible()
    desk.press("Escape")
    assert desk.tab.locator(".card:target").count() == 0
    assert desk.tab.evaluate("document.activeElement.getAttribute('href')") == fact.get_attribute("href")
    desk.press("Enter")
    desk.tab.wait_for_function("document.activeElement.classList.contains('card')")
    desk.press("Tab", "Enter")  # the cross
    assert desk.tab.evaluate("document.activeElement.getAttribute('href')") == fact.get_attribute("href")


@pytest.mark.browser
def test_marks_stand_in_the_next_version_where_the_content_does_and_the_page_tells_what_fell(
    desk: Desk, published: Path, tmp_path: Path, review: dict[str, Any]
) -> None:
    same = of_kind(review, "utsagn")[4]
    changed = next(
        x
        for x, item in review["items"].items()
        if "tre år" in item["about"] or "helhetlig og koordinert" in item["about"]
    )
    desk.mark(same, "lest")
    desk.write(changed, "merknad", "Mangler kilde.")
    about = review["items"][changed]["about"]
    html, _ = review_page(published, "hamar-2022", correct=(about[20:60], about[20:60].upper()))
    path = tmp_path / "next.html"
    path.write_text(html, encoding="utf-8")
    later = Desk(desk.context, path)
    assert later.pressed(same, "lest")
    assert later.told == "1 av merkene dine har falt bort: innholdet er endret."
    later.press("?")
    assert "Mangler kilde." in later.tab.locator(".fallen").inner_text()
    later.press("Escape")
    later.named()
    assert [mark["x"] for mark in later.save()["marks"]] == [same]
    assert "ikke lagret" not in later.file_state
    assert later.errors == []
    later.press("?")
    later.tab.locator("[data-act=forget]").click()
    assert [mark["x"] for mark in saved_marks(later)] == [same]


@pytest.mark.browser
def test_an_approval_in_the_journal_stands_and_counts_for_its_role_only(desk: Desk, review: dict[str, Any]) -> None:
    x = of_kind(review, "tabell")[0]
    tables = count(review, "tabell", "figur")
    assert desk.pressed(x, "lest")
    desk.mark(x, "lest")
    assert desk.pressed(x, "lest")
    assert desk.told.startswith("Godkjenningen står i journalen")
    desk.press("?")
    desk.tab.locator("#review-role").select_option("oppdragsansvarlig")
    assert f"{tables} av {tables} tabeller" in desk.tally
    assert not desk.pressed(x, "lest")


@pytest.mark.browser
def test_where_the_browser_does_not_remember_the_page_says_so_and_warns_before_closing(
    browser: Any, hamar: tuple[Path, dict[str, Any]]
) -> None:
    path, review = hamar
    context = browser.new_context()
    context.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
    )
    desk = Desk(context, path)
    asked: list[str] = []
    desk.tab.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    assert desk.file_state.startswith("Nettleseren husker ikke merkene")
    desk.mark(of_kind(review, "utsagn")[1], "lest")
    desk.tab.close(run_before_unload=True)
    desk.tab.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    desk.named()
    desk.save()
    desk.tab.close(run_before_unload=True)
    context.close()
    assert asked == ["beforeunload"]


@pytest.mark.browser
def test_nothing_is_asked_on_closing_while_the_browser_remembers(desk: Desk, review: dict[str, Any]) -> None:
    asked: list[str] = []
    desk.tab.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    desk.mark(of_kind(review, "utsagn")[1], "lest")
    with desk.tab.expect_event("close"):
        desk.tab.close(run_before_unload=True)
    assert asked == []


@pytest.mark.browser
def test_without_script_the_page_reads_as_before_with_questions_and_answers(
    browser: Any, hamar: tuple[Path, dict[str, Any]]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(hamar[0].as_uri())
    assert tab.get_by_role("button").count() == 0
    earlier = tab.locator(".earlier").first.inner_text()
    assert HOSTILE in earlier
    assert "Besvart" in earlier and "Ja, alle fire." in earlier
    tab.locator("#sammendrag a.fact").first.click()
    assert tab.locator(".card:target").is_visible()
    context.close()


@pytest.mark.browser
def test_print_hides_every_control(desk: Desk) -> None:
    desk.press("n", "m")
    desk.tab.keyboard.type("Se kilde")
    desk.tab.emulate_media(media="print")
    visible = desk.tab.locator(".review-bar, .marks, button, textarea, select, input").filter(visible=True)
    assert visible.count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("width", [1400, 420])
def test_no_serious_accessibility_violation_in_the_controls_in_use(
    browser: Any, hamar: tuple[Path, dict[str, Any]], width: int
) -> None:
    """Only where there are controls in every state; test_page.py holds the whole page to the same rules."""
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": 900})
    desk = Desk(context, hamar[0])
    desk.press("n", "l", "n", "k", "n", "m")
    desk.tab.keyboard.type("Se kilde")
    desk.press("Escape", "s")
    desk.tab.keyboard.type("Hvem?")
    desk.press("Escape", "t", "n", "m")
    desk.tab.locator("#sammendrag a.fact").first.click()
    for where in ("#sammendrag", ".card:target", ".review-bar"):
        if where == ".review-bar":
            desk.tab.locator("[data-act=more]").click()
            desk.tab.locator("[data-act=draw]").click()
        violations = Axe().run(desk.tab, context=where, options=WCAG).response["violations"]
        assert [(found["id"], found["nodes"][0]["html"][:200]) for found in violations] == [], where
    assert desk.tab.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


@pytest.mark.parametrize("name", ["review", "comments"])
def test_the_scripts_are_plain_and_write_data_as_text_only(name: str) -> None:
    source = (TEMPLATE / f"revisjonsbok/{name}.js").read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|fetch\(|XMLHttp", source
    )
    assert not re.search(r"https?:|import\s|\?\.|\?\?", source)
    assert "</script" not in source


@pytest.mark.parametrize("section", ["review", "comments"])
def test_every_word_of_the_scripts_is_used_and_every_used_word_exists(section: str) -> None:
    script = (TEMPLATE / f"revisjonsbok/{section}.js").read_text(encoding="utf-8")
    templates = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATE.rglob("*.j2"))
    words = tomllib.loads((PROJECT / "src/helpers/reference/words.toml").read_text(encoding="utf-8"))[section]
    by_variable = {f"filter_{key}" for key in ("all", "left", "changed", "messages")}
    by_variable |= {f"key_{at}" for at in range(11)} | {f"role_{at}" for at in range(3)}
    named = set(re.findall(r"\bwords\.(\w+)|'(\w+)'", script))
    used = {one or other for one, other in named} | set(re.findall(rf"w\('{section}\.(\w+)'\)", templates))
    assert set(words) - used == (by_variable if section == "review" else set())
    assert set(re.findall(r"\bwords\.(\w+)|\bsay\('(\w+)'", script)) <= {(word, "") for word in words} | {
        ("", word) for word in words
    }
    assert all(len(texts) == len(LANGUAGES) for texts in words.values())
