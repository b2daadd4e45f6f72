"""Passages: what an auditor wrote in words, sentence by sentence, with the facts and sources each one names."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from helpers.message import Place
from helpers.names import readable
from helpers.reading import sentences
from helpers.register import Row
from helpers.runs import Run

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Passage:
    """Something an auditor wrote in words: a paragraph of a text (with its runs), or a cell of a register.

    Attributes:
        where: the row of the cell, or the place of the paragraph's first line.
        text: as a reader sees it: references resolved, citations left out.
        section: ``datagrunnlag`` or ``vurdering`` in the text of a question; empty elsewhere.
        source: the text's name (``p1``, ``summary``), or the column's key.
    """

    where: Row | Place
    text: str
    section: str = ""
    source: str = ""
    runs: Sequence[Run] = ()

    @cached_property
    def place(self) -> Place:
        """The cell, or the paragraph's first line; made when something is found there, of most passages never."""
        return self.where if isinstance(self.where, Place) else self.where.place(self.source)

    @cached_property
    def readable(self) -> str:
        """The text as `names.readable` has it."""
        return readable(self.text)

    def at(self, offset: int) -> Place:
        """The place of a character: the line of a paragraph it stands in; a cell is one place."""
        if not self.runs or self.place.line is None:
            return self.place
        return replace(self.place, line=self.place.line + self.text.count("\n", 0, offset))

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Read once, however many checks ask."""
        return tuple(_sentences(self))


class Passages(tuple[Passage, ...]):
    """Passages in their order, which can be searched as one text: most hold nothing of what a check looks for."""

    def holding(self, sign: re.Pattern[str], words: frozenset[str] = frozenset()) -> Iterator[Passage]:
        """The passages where a check may find something.

        Args:
            sign: what stands, on one line, in the readable text of each passage looked for. It asks nothing of where a
                text begins or ends; what it finds beyond those passages costs a second look and no more.
            words: in small letters; a passage with one of them is looked for too.
        """
        found = self._with_sign(sign)
        asked = {token for token in self._tokens if not words.isdisjoint(_WORD.findall(token))} if words else ()
        if asked:
            more = (number for number, text in enumerate(self.readable) if not asked.isdisjoint(text.lower().split()))
            found = sorted({*found, *more})
        return (self[number] for number in found)

    def _with_sign(self, sign: re.Pattern[str]) -> list[int]:
        text, starts = self._joined
        found: list[int] = []
        for match in sign.finditer(text):
            first, last = bisect_right(starts, match.start()) - 1, bisect_right(starts, match.end()) - 1
            found += range(max(first, found[-1] + 1 if found else 0), last + 1)
        return found

    @cached_property
    def _tokens(self) -> frozenset[str]:
        """What stands between white space in any of them, in small letters."""
        return frozenset(self._joined[0].lower().split())

    @cached_property
    def readable(self) -> list[str]:
        """The text of each as `names.readable` has it; most read as they are written."""
        texts = [passage.text for passage in self]
        together = "\n".join(texts)
        return texts if readable(together) == together else [readable(text) for text in texts]

    @cached_property
    def _joined(self) -> tuple[str, list[int]]:
        """The readable texts, one after another, and where each begins."""
        return "\n".join(self.readable), list(accumulate((len(text) + 1 for text in self.readable), initial=0))[:-1]


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage with what it refers to.

    Attributes:
        facts: (start, end, fact id) of every reference, in the sentence's own offsets.
        cited: the ids cited in the sentence or right after it.
    """

    passage: Passage
    start: int
    text: str
    facts: tuple[tuple[int, int, str], ...]
    cited: tuple[str, ...]

    @property
    def place(self) -> Place:
        return self.passage.at(self.start)

    def referred(self, start: int, end: int) -> tuple[str, ...]:
        """The facts whose references touch a stretch of the sentence."""
        return tuple(id for begin, stop, id in self.facts if begin < end and start < stop)


def read_sentences(passage: Passage) -> tuple[Sentence, ...]:
    """The sentences of a paragraph or cell, each with its references and citations."""
    return passage.sentences


def _sentences(passage: Passage) -> Iterator[Sentence]:
    spans: list[tuple[int, int, str]] = []
    cites: list[tuple[int, str]] = []
    at = 0
    for run in passage.runs:
        if "c" in run:
            cites.append((at, run["c"]))
            continue
        if "f" in run:
            spans.append((at, at + len(run["t"]), run["f"]))
        at += len(run["t"])
    bounds = sentences(passage.text)
    for index, (start, end) in enumerate(bounds):
        following = bounds[index + 1][0] if index + 1 < len(bounds) else len(passage.text) + 1
        yield Sentence(
            passage, start, passage.text[start:end],
            tuple((a - start, b - start, id) for a, b, id in spans if start <= a < end),
            tuple(id for place, id in cites if start < place <= following and (place > start)),
        )  # fmt: skip
