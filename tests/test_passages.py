"""Passages searched as one text, and texts that share their words: the quick ways find what the slow ones find."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.audit import Audit
from helpers.checks.matching import Nearest, pairs_alike
from helpers.checks.persons import may_hold_names, person_names
from helpers.gate import gather
from helpers.identity import hidden_in_cell, may_hold_numbers
from helpers.laws import _ANCHOR, SIGN
from helpers.message import Place
from helpers.names import readable
from helpers.passages import Passage, Passages

NUMBER = "01019012057"
TEXTS = st.lists(st.text(alphabet="Kari Ola Nordmann.N§kap 2\u200b\n", max_size=30), max_size=6)
WORDS = st.lists(st.frozensets(st.sampled_from("abcdef")), max_size=8)


@given(TEXTS)
def test_a_search_over_all_passages_finds_each_that_holds_the_sign(texts: list[str]) -> None:
    passages = Passages(Passage(Place("Tall"), text) for text in texts)
    for sign in (re.compile(r"\d"), re.compile("[A-Z]a"), re.compile("§|[Kk]ap")):
        found = [id(passage) for passage in passages.holding(sign)]
        assert found == [id(passage) for passage in passages if sign.search(readable(passage.text))]


@given(TEXTS)
def test_a_passage_with_one_of_some_words_is_found_with_those_that_hold_the_sign(texts: list[str]) -> None:
    """Each once, in their order; a word is one between signs, in letters of any size."""
    passages = Passages(Passage(Place("Tall"), text) for text in texts)
    sign, words = re.compile("§"), frozenset(("kari", "n"))
    found = [id(passage) for passage in passages.holding(sign, words)]
    wanted = re.compile(r"§|(?<![^\W_])(?:kari|n)(?![^\W_])", re.IGNORECASE)
    assert found == [id(passage) for passage in passages if wanted.search(readable(passage.text))]


@given(WORDS)
def test_texts_that_share_their_words_are_found_as_by_comparing_each_with_each(texts: list[frozenset[str]]) -> None:
    def alike(one: frozenset[str], other: frozenset[str]) -> float:
        return len(one & other) / len(one | other) if one | other else 0.0

    slow = [
        (first, second, alike(texts[first], texts[second]))
        for first, second in combinations(range(len(texts)), 2)
        if alike(texts[first], texts[second]) >= 0.5
    ]
    assert pairs_alike(texts, 0.5) == slow
    for words in texts:
        number, share = Nearest(texts).to(words)
        assert share == max(alike(words, other) for other in texts)
        assert share == 0 or number == next(n for n, other in enumerate(texts) if alike(words, other) == share)


@pytest.mark.parametrize(
    "text",
    [
        "Kari Nordmann fortalte dette", "leder K. Nordmann", "bruker N.N. Hansen", "saksbehandler NN Hansen",
        "Så sa Anne-Kari Olsen det", "møte med\nOla\u00a0Hansen i går", "Kari Å. Nordmann",
    ],
)  # fmt: skip
def test_every_name_has_its_sign(text: str) -> None:
    assert list(person_names(text))
    assert may_hold_names(text)


@pytest.mark.parametrize(
    "cell", [NUMBER, NUMBER[1:], f"født {NUMBER[:6]} {NUMBER[6:]}.", f"{NUMBER[:3]}\u200b{NUMBER[3:]}"]
)
def test_an_identity_number_in_one_cell_of_many_is_seen(cell: str) -> None:
    assert bool(hidden_in_cell(cell)) <= may_hold_numbers(["12", cell, "2014"])
    assert not may_hold_numbers(["12", "01019", "012057", "13.11.2014"])


def test_every_reference_to_a_law_has_its_sign(audits: Mapping[str, Audit]) -> None:
    read = 0
    for audit in audits.values():
        evidence = gather(audit)
        for register in ("", *audit.registers):
            signs = {id(passage) for passage in evidence.passages(register).holding(SIGN)}
            named = {id(passage) for passage in evidence.passages(register) if _ANCHOR.search(passage.text)}
            assert named <= signs
            read += len(named)
    assert read
