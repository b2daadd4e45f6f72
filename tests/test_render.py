"""What a piece of text becomes on a page: runs, cells and terms, and the items that are marked among them."""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import jinja2
import pytest

from conftest import AUDITS, blocks_in_process, with_defect
from helpers.audit import Audit
from helpers.changes import Changes
from helpers.facts import facts_of
from helpers.items import items_of, marked
from helpers.marks import sparse
from helpers.page import Said, page_model, render
from helpers.render import cell, prepare, rows, runs, terms
from helpers.words import LANGUAGES, Words

MARKUP = "<b>\"Tall\" & 'tekst'</b>"
ESCAPED = "&lt;b&gt;&#34;Tall&#34; &amp; &#39;tekst&#39;&lt;/b&gt;"


@pytest.mark.parametrize(
    ("items", "html"),
    [
        ([], ""),
        ([{"t": "I alt "}, {"t": "328", "f": "quantities.i-alt"}], 'I alt <a class="fact" href="#f-quantities-i-alt">328</a>'),
        ([{"t": "ikke ført", "f": "quantities.x", "s": "missing"}], '<a class="fact missing" href="#f-quantities-x">ikke ført</a>'),
        ([{"t": "328", "f": ""}], "328"),
        ([{"t": "Leder", "c": "i1"}], '<a class="who" href="#c-i1">Leder</a>'),
        ([{"t": "Leder", "c": ""}], "Leder"),
        ([{"t": "a", "s": "strong"}, {"t": "b", "s": "em"}, {"t": "c", "s": "missing"}],
         '<strong>a</strong><em>b</em><span class="missing">c</span>'),
        ([{"t": "{tall}", "x": "Finnes ikke"}], '<mark class="error" title="Finnes ikke">{tall}</mark>'),
    ],
)  # fmt: skip
def test_a_run_is_a_number_a_name_a_style_or_an_error(items: list[dict[str, str]], html: str) -> None:
    assert runs(items) == html


def test_citations_beside_each_other_share_one_raised_mark() -> None:
    k1, k2, i1 = ({"t": mark, "c": mark.lower(), "s": "cite"} for mark in ("K1", "K2", "I1"))
    assert runs([{"t": "Sagt"}, k1, k2, {"t": ". Skrevet"}, i1]) == (
        'Sagt<sup class="cite"><a href="#c-k1">K1</a>, <a href="#c-k2">K2</a></sup>. Skrevet'
        '<sup class="cite"><a href="#c-i1">I1</a></sup>'
    )
    assert cell([k1, k2]) == '<a class="id" href="#c-k1">K1</a>, <a class="id" href="#c-k2">K2</a>'


def test_in_an_edition_that_goes_out_a_citation_is_a_mark_without_link() -> None:
    mark = {"t": "K1", "c": "", "s": "cite"}
    assert runs([mark]) == '<sup class="cite">K1</sup>' and cell([mark]) == '<span class="id">K1</span>'


def test_names_and_numbers_beside_each_other_in_a_cell_are_set_apart() -> None:
    names = [{"t": "Leder", "c": "i1"}, {"t": "Lærer", "c": "i2"}, {"t": " i alt"}]
    assert cell(names) == '<a class="who" href="#c-i1">Leder</a>; <a class="who" href="#c-i2">Lærer</a> i alt'


def test_what_an_auditor_writes_is_text_never_markup() -> None:
    for kind in ({}, {"f": MARKUP}, {"c": MARKUP}, {"c": MARKUP, "s": "cite"}, {"x": MARKUP}, {"s": "em"}):
        for html in (runs([{"t": MARKUP, **kind}]), cell([{"t": MARKUP, **kind}])):
            assert "<b>" not in html and '"Tall"' not in html and ESCAPED in html
    assert terms([(MARKUP, MARKUP)]) == f"<dt>{ESCAPED}<dd>{ESCAPED}"
    aside = {"cells": [[{"t": MARKUP}]], "total": False, "aside": MARKUP, "note": ""}
    shown = f'<tr><th scope="row">{ESCAPED}<span class="note">{ESCAPED}</span></th></tr>\n'
    assert rows({"columns": [{"num": False}], "rows": [aside]}) == shown


def test_terms_stay_with_what_is_said_of_them_whatever_a_cell_holds() -> None:
    """They are escaped all at once, with a mark between them that no page may hold, but a register might."""
    assert terms([]) == ""
    assert terms([("Navn", "a\0b"), ("\0", "<")]) == "<dt>Navn<dd>a\0b<dt>\0<dd>&lt;"


def test_a_row_is_called_something_and_has_a_cell_for_each_other_column() -> None:
    columns = [{"num": False}, {"num": True}, {"num": False}]
    total = {"cells": [[{"t": "Sum"}], [{"t": "7"}], []], "total": True, "aside": "", "note": "Avrundet"}
    assert rows({"columns": columns, "rows": [total]}) == (
        '<tr class="total"><th scope="row">Sum<span class="note">Avrundet</span></th><td class="num">7</td><td></td></tr>\n'
    )
    with pytest.raises(ValueError, match="zip"):
        rows({"columns": columns[:2], "rows": [total]})


@pytest.mark.parametrize("name", AUDITS)
def test_marking_finds_the_unit_each_item_was_read_from(audits: Mapping[str, Audit], name: str) -> None:
    """What an item says is read again from the unit that was marked with it; the blocks themselves are left alone."""
    audit = audits[name]
    facts, blocks = facts_of(audit), blocks_in_process(audit)
    before, items = copy.deepcopy(blocks), items_of(blocks, facts)
    shown = marked(blocks, items, lambda item: {"said": item.text})
    assert blocks == before
    again = {item.at: (item.x, item.kind, item.text) for item in items_of(before, facts)}
    assert len(items) > 50 and again == {item.at: (item.x, item.kind, item.text) for item in items}
    found = [(one["x"], one["k"], one["said"]) for one in _marked_in(shown)]
    assert sorted(found) == sorted(again.values())
    for unit in _marked_in(shown):
        words = unit["text"] if isinstance(unit.get("text"), str) else ""
        assert " ".join(words.split()) in unit["said"]


def _marked_in(node: object) -> list[dict[str, str]]:
    if isinstance(node, dict):
        return ([node] if "k" in node else []) + [one for value in node.values() for one in _marked_in(value)]
    return [one for value in node for one in _marked_in(value)] if isinstance(node, list) else []


def test_review_data_says_what_is_so_and_leaves_out_what_is_empty() -> None:
    empty = {"kind": "avsnitt", "about": "", "changed": False, "facts": [], "marks": [], "messages": []}
    told = {**empty, "changed": True, "messages": ["m"]}
    review = {"audit": "x", "handover": 0, "items": {"a": empty, "b": told}, "facts": {"f": {"value": "", "marks": []}}}
    assert sparse(review) == {
        "audit": "x", "handover": 0, "facts": {"f": {"value": ""}},
        "items": {"a": {"kind": "avsnitt", "about": ""},
                  "b": {"kind": "avsnitt", "about": "", "changed": True, "messages": ["m"]}},
    }  # fmt: skip


def test_no_character_breaks_the_data_of_a_page(audits: Mapping[str, Audit]) -> None:
    """Python breaks lines at more than line feeds; in the data a page's script reads they stand as they are."""
    audit, label = audits["nes-2018"], "a\u2028b\u0085c\x0bd\x1ce </script>"
    facts, blocks = facts_of(audit), blocks_in_process(audit)
    model = page_model(audit, facts, blocks, items_of(blocks, facts), (), Said("", Changes()), "0", draft=True)
    for fact in model["review"]["facts"].values():
        fact["label"] = label
    html = render("page", model, "nb")
    (data,) = re.findall(r'<script type="application/json" id="kontroll">(.*?)</script>', html, re.S)
    assert {one["label"] for one in json.loads(data)["facts"].values()} == {label}


def test_a_card_says_its_heading_and_its_place_once(audits: Mapping[str, Audit]) -> None:
    audit = audits["hamar-2022"]
    facts, blocks = facts_of(audit), blocks_in_process(audit)
    model = page_model(audit, facts, blocks, items_of(blocks, facts), (), Said("", Changes()), "0", draft=True)
    cards = {card["id"]: card for card in model["cited"]}
    row = audit.row("evidence", "d101")
    assert row and cards["d101"]["title"] == row["text"] and cards["d101"]["place"] == row["place"]
    told = dict(cards["d101"]["row"])
    assert told["Tema"] == row["theme"] and told["Id"] == "d101"
    assert not {"Setning", "Sted"} & set(told), "they stand above"
    (card,) = (one for one in model["cards"] if one["id"] == "measures.styrk-uten-ip")
    assert {"Navn", "Sted"} <= set(dict(card["row"])), "the row behind a number is shown whole"


def test_a_number_is_shown_with_the_decimals_it_was_written_with_whatever_was_shown_before() -> None:
    shown = [[Words(one).decimal(Decimal(text)) for text in ("12", "12.0", "12", "1096.50")] for one in LANGUAGES]
    assert shown[0] == shown[1] == ["12", "12,0", "12", "1\u00a0096,50"]
    assert shown[2] == ["12", "12.0", "12", "1,096.50"]


Compile = Callable[..., list[str]]


@pytest.fixture
def compiling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compile:
    """Load templates in a new environment; tells which had to be compiled. Python keeps what it compiles here too."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "kompilert"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    module = tmp_path / "modul.py"
    module.write_text("# lager et miljø", encoding="utf-8")

    def load(sources: dict[str, str], maker: Path = module) -> list[str]:
        compiled = []

        class Noted(jinja2.Environment):
            def _generate(self, source: jinja2.nodes.Template, name: str | None, *more: object, **named: object) -> str:
                compiled.append(str(name))
                return super()._generate(source, name, *more, **named)  # type: ignore[arg-type]

        environment = Noted(loader=jinja2.DictLoader(sources))
        prepare(environment, str(maker))
        for template, source in sources.items():
            assert environment.get_template(template).render() == source
        return compiled

    return load


def kept(folder: Path) -> list[Path]:
    return [path for path in (folder / "kompilert").rglob("*") if path.is_file()]


def test_a_template_is_compiled_once_for_all_processes(compiling: Compile, tmp_path: Path) -> None:
    assert compiling({"a": "Tall", "b": "Tekst"}) == ["a", "b"]
    assert not compiling({"a": "Tall", "b": "Tekst"})
    assert {path.suffix for path in kept(tmp_path)} == {".pyc"}


def test_it_is_compiled_anew_when_it_is_changed(compiling: Compile, tmp_path: Path) -> None:
    assert compiling({"a": "Tall"}) == compiling({"a": "Andre tall"}) == ["a"]
    assert len(kept(tmp_path)) == 1


def test_it_is_compiled_anew_when_who_makes_the_environment_is_changed(compiling: Compile, tmp_path: Path) -> None:
    assert compiling({"a": "Tall"}) == ["a"]
    (tmp_path / "modul.py").write_text("# lager et annet", encoding="utf-8")
    assert compiling({"a": "Tall"}) == ["a"]


def test_two_modules_keep_it_beside_each_other(compiling: Compile, tmp_path: Path) -> None:
    other = tmp_path / "annen.py"
    other.touch()
    assert compiling({"a": "Tall"}) == compiling({"a": "Tall"}, other) == ["a"]
    assert not [*compiling({"a": "Tall"}), *compiling({"a": "Tall"}, other)]


@pytest.mark.parametrize("left", [0, 20, 60])
def test_one_that_is_damaged_is_compiled_anew(compiling: Compile, tmp_path: Path, left: int) -> None:
    compiling({"a": "Tall"})
    (file,) = kept(tmp_path)
    file.write_bytes(file.read_bytes()[:left])
    assert compiling({"a": "Tall"}) == ["a"]
    assert not compiling({"a": "Tall"})


def test_where_nothing_can_be_kept_it_is_compiled_each_time(
    compiling: Compile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kompilert").touch()
    assert compiling({"a": "Tall"}) == compiling({"a": "Tall"}) == ["a"]
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "annet"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert compiling({"a": "Tall"}) == ["a"]
    assert not (tmp_path / "annet").exists()


SAID = [
    ("recommendations", "responsible", "Ansvarlig: Kommunalsjefen for helse"),
    ("recommendations", "decision", "Vedtak: Kommunestyret sluttet seg til anbefalingen"),
    ("recommendations", "followup", "Status ved oppfølging: Planen er vedtatt"),
    ("assessments", "outside_frame", "Utenfor rammen fordi: Ett kriterium veier tyngre enn de andre"),
]


@pytest.mark.parametrize(("register", "column", "said"), SAID)
def test_what_the_gate_asks_for_is_read_on_the_page_and_an_approval_is_of_it(
    audits: Mapping[str, Audit], register: str, column: str, said: str
) -> None:
    """Who reads it can object to it, and what was approved without it is not approved."""

    def shown(audit: Audit) -> tuple[str, set[str]]:
        facts, blocks = facts_of(audit), blocks_in_process(audit)
        items = items_of(blocks, facts)
        model = page_model(audit, facts, blocks, items, (), Said("", Changes()), "0", draft=True)
        return render("page", model, "nb"), {item.x for item in items if f"{register}.{row}" in item.of}

    row = audits["hamar-2022"].rows(register)[0].id
    defect = {"register": register, "row": row, "column": column, "value": said.partition(": ")[2]}
    page, approved = shown(audits["hamar-2022"])
    changed, now = shown(with_defect(audits["hamar-2022"], defect))
    assert said in changed and said not in page
    assert approved and not approved & now
