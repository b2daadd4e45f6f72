"""An audit nobody wrote a check for: nynorsk, another field, another scale (synthetic, see its parameters).

`unseen/defects.csv` holds defects an auditor might make in it: one changed cell, or one changed line of text,
each with the class it belongs to.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from conftest import PROJECT, renamed, with_defect
from helpers.audit import Audit, load_audit
from helpers.gate import gather, judge
from helpers.message import Message
from helpers.schema import read_schema

UNSEEN = PROJECT / "tests/unseen"
NAME = "straumdal-2023"
MOST_WARNINGS = 3
LEAST_TOLD = 0.85


@cache
def clean() -> Audit:
    return load_audit(UNSEEN, NAME, read_schema(PROJECT / "expectations"))


def planted() -> Iterator[tuple[dict[str, str], Audit]]:
    """Each defect in an audit of its own."""
    with (UNSEEN / "defects.csv").open(encoding="utf-8") as file:
        for number, defect in enumerate(csv.DictReader(file, delimiter=";"), start=1):
            yield defect, renamed(with_defect(clean(), defect), f"{NAME}-{number}")


def said(message: Message) -> tuple[str, str, str, str]:
    return message.check, message.place.row, message.place.column, message.found


@pytest.fixture(scope="module")
def told() -> list[tuple[dict[str, str], list[Message]]]:
    """Each defect with the messages that the clean audit does not have."""
    defects = list(planted())
    messages = judge([gather(clean()), *(gather(audit) for _, audit in defects)])
    known = {said(message) for message in messages if message.audit == NAME}
    return [
        (defect, [m for m in messages if m.audit == audit.name and said(m) not in known]) for defect, audit in defects
    ]


def test_the_clean_audit_is_left_in_peace() -> None:
    levels = Counter(message.severity for message in judge([gather(clean())]))
    assert levels["stopp"] == 0
    assert levels["varsel"] <= MOST_WARNINGS


def test_its_defects_are_told_in_their_class(told: list[tuple[dict[str, str], list[Message]]]) -> None:
    caught = [any(str(message.defect) == defect["class"] for message in messages) for defect, messages in told]
    assert sum(caught) >= LEAST_TOLD * len(told)


def test_nothing_is_left_unsaid_of_most_of_them(told: list[tuple[dict[str, str], list[Message]]]) -> None:
    """Some defects are rightly told as another class: an empty source cell is an empty cell."""
    assert sum(bool(messages) for _, messages in told) >= 0.9 * len(told)
