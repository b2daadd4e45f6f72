"""The cells of an audit by place, and which of them a correction changed since a hand-over.

A cell is (register, row, column); a paragraph of a text is one too: (``text/p1.md``, "", its number).
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from helpers.audit import Audit
from helpers.message import Place

Key = tuple[str, str, str]
NOT_CORRECTED = ("corrections", "comments", "waivers", "printed")
"""Registers that are about the report; a change in them is no correction of it."""
WHOLE_ROW = ""
SEPARATOR = ";"
"""Between the names of cells in the change log."""
PLACED = ("id", "number", "chapter", "table")
"""Columns that say where a row is shown and by which number: moving and renumbering change nothing that is said."""
CONTEXT = 3
HIDDEN = "vises ikke av personvernhensyn"


def cells_of(audit: Audit) -> dict[Key, str]:
    """Every filled cell of the registers, and every paragraph of the texts, in words: how they are spaced says nothing.

    A row without an id is no place to speak of: the gate stops it.
    """
    found: dict[Key, str] = {}
    for row in audit.all_rows():
        register, id = row.register, row.id
        for column, value in row.cells.items():
            if id and value and column not in PLACED:
                found.setdefault((register, id, column), even(value))
    for text in audit.texts.values():
        for number, paragraph in enumerate(_paragraphs(text.content)):
            found[text.file, "", f"{number:04d}"] = paragraph
    return found


def even(text: str) -> str:
    """A text by its words: how they are spaced, and where a line is broken, says nothing."""
    return " ".join(text.split())


def _paragraphs(content: str) -> list[str]:
    return [even(part) for part in content.split("\n\n") if part.strip()]


@dataclass(frozen=True)
class Change:
    """A cell that no longer holds what it held; ``old`` is empty for a new row, ``new`` for one taken out.

    Attributes:
        column: the column's key; WHOLE_ROW when the row came or went.
        place: where it stands now (of a row taken out: its sheet and id).
        personal: the register is about persons one by one: what it holds is shown to nobody.
        settled: ids of the corrections that were written before it, and are of other changes.
    """

    register: str
    row: str
    column: str
    old: str
    new: str
    place: Place
    personal: bool = False
    settled: frozenset[str] = frozenset()

    @property
    def key(self) -> Key:
        return self.register, self.row, self.column

    @property
    def name(self) -> str:
        """The cell as the change log names it, whatever line it stands on: «Tall, vedtak-i-alt, Verdi»."""
        words = self.row or " ".join((self.new or self.old).split()[:CONTEXT])
        named = ", ".join(part for part in (self.place.register, words, self.place.column) if part)
        return even(named.replace(SEPARATOR, " "))

    @property
    def differs(self) -> tuple[str, str]:
        """The words that were replaced, and by what; of a register about persons never."""
        return (HIDDEN, HIDDEN) if self.personal else differing(self.old, self.new)


def changes_since(before: Iterable[tuple[str, str, str, str]], audit: Audit) -> tuple[Change, ...]:
    """Every cell and paragraph that changed since ``before`` (register, row, column, value), by register and row."""
    old: dict[Key, str] = {(register, row, column): value for register, row, column, value in before}
    settled = frozenset(row for register, row, _ in old if register == "corrections")
    new = cells_of(audit)
    rows_before = {key[:2] for key in old if key[1]}
    found: dict[Key, Change] = {}
    for key in sorted({*old, *new}):
        register, row, column = key
        if not row or old.get(key, "") == new.get(key, "") or register in NOT_CORRECTED:
            continue
        if register not in audit.registers or column in PLACED:
            continue
        now = audit.row(register, row)
        came = (register, row) not in rows_before
        was, is_ = old.get(key, ""), new.get(key, "")
        if came or now is None:
            column, said = WHOLE_ROW, _summary(register, row, new if came else old)
            was, is_ = ("", said) if came else (said, "")
        place = now.place(column) if now else Place(audit.schema[register].sheet, row)
        personal = audit.schema[register].privacy != "none"
        found[register, row, column] = Change(register, row, column, was, is_, place, personal, settled)
    return (*found.values(), *_paragraph_changes(old, audit))


def _summary(register: str, row: str, cells: Mapping[Key, str]) -> str:
    """A row in a few words: its text, else its longest cell."""
    return cells.get((register, row, "text")) or max(
        (value for key, value in cells.items() if key[:2] == (register, row)), key=len, default=row
    )


def _paragraph_changes(old: Mapping[Key, str], audit: Audit) -> Iterator[Change]:
    files = {text.file: text for text in audit.texts.values()}
    for file in sorted({*files, *(key[0] for key in old if not key[1])}):
        before = [value for key, value in sorted(old.items()) if key[0] == file and not key[1]]
        text = files.get(file)
        after = _paragraphs(text.content) if text else []
        for was, now in paired(before, after):
            line = _line(text.content, now) if text and now else None
            yield Change(file, "", was or now, was, now, Place(file, "", "", line))


def _line(content: str, paragraph: str) -> int | None:
    """The line a paragraph begins on."""
    line = 1
    for part in content.split("\n\n"):
        if even(part) == paragraph:
            return line + (len(part) - len(part.lstrip("\n")))
        line += part.count("\n") + 2
    return None


def paired(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, str]]:
    """The texts that differ, old beside the new most like it; moved ones do not differ."""
    gone = list((Counter(before) - Counter(after)).elements())
    come = list((Counter(after) - Counter(before)).elements())
    pairs = []
    for new in come:
        old = max(gone, key=lambda one: likeness(one, new), default="")
        if old and likeness(old, new) >= ALIKE:
            gone.remove(old)
            pairs.append((old, new))
        else:
            pairs.append(("", new))
    return [*pairs, *((old, "") for old in gone)]


ALIKE = 0.5
"""Share of common words from which two texts are one text, changed."""


def likeness(one: str, other: str) -> float:
    """Share of words in common, in order; 0 to 1."""
    return difflib.SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()


Piece = tuple[str, str]
"""(``=``, ``-`` or ``+``, words)."""


def word_pieces(old: str, new: str) -> list[Piece]:
    """The new text with the words that differ marked, and the words they replaced."""
    was, now = old.split(), new.split()
    pieces: list[Piece] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(("=", " ".join(was[a:b])))
        else:
            pieces += [("-", " ".join(was[a:b]))] * (b > a) + [("+", " ".join(now[c:d]))] * (d > c)
    return pieces


def differing(old: str, new: str) -> tuple[str, str]:
    """From the first word that differs to the last, in old and new.

    A number or a name stands alone («FIT»); other words come with so many around them that the old wording can
    be looked for elsewhere (FEWEST words).
    """
    was, now = old.split(), new.split()
    start = 0
    while start < min(len(was), len(now)) and was[start] == now[start]:
        start += 1
    end = 0
    while end < min(len(was), len(now)) - start and was[-1 - end] == now[-1 - end]:
        end += 1
    words = was[start : len(was) - end]
    if words and not any(_stands_alone(was, start + index) for index in range(len(words))):
        while len(was) - end - start < FEWEST and (start or end):
            start, end = (start, end - 1) if end else (start - 1, end)
    return " ".join(was[start : len(was) - end]), " ".join(now[start : len(now) - end])


FEWEST = 3
"""Words an old wording must have to be looked for elsewhere."""


def _stands_alone(words: Sequence[str], index: int) -> bool:
    """Whether a word means the same wherever it stands: it has a digit, or is a name or an abbreviation in capitals."""
    word = words[index]
    opens = index == 0 or words[index - 1].endswith((".", "!", "?", ":"))
    capitals = sum(char.isupper() for char in word)
    return any(char.isdigit() for char in word) or capitals > 1 or (capitals == 1 and word[:1].isupper() and not opens)
