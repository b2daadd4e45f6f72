"""Prose that refers: Markdown whose ``{{fact}}`` references and ``[@source]`` citations are resolved.

The result is runs, small dictionaries that name the fact or source behind each piece of text, so that a
page can be made of them without reading markup again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypedDict

from helpers.audit import Audit, Text
from helpers.facts import FactError, Facts, show_fact
from helpers.params import TEXTS
from helpers.runs import Run
from helpers.schema import fold

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token


class Paragraph(TypedDict):
    """``kind`` is p, li (with a bullet) or h1…h6; ``line`` is the line in the file."""

    kind: str
    line: int
    runs: list[Run]


@dataclass(frozen=True)
class TextProblem:
    """Something in a text that a check turns into a message; ``kind`` names the check."""

    kind: str
    line: int
    found: str
    do: str


@dataclass(frozen=True)
class Prose:
    """A text file read: paragraphs by section, the folded first-level heading of a question's text; empty before it.

    In the other texts such a heading is a paragraph like any, and all stands in the empty section.
    """

    sections: dict[str, list[Paragraph]]
    problems: tuple[TextProblem, ...]

    def section(self, name: str) -> list[Paragraph]:
        return self.sections.get(fold(name), [])

    @property
    def all(self) -> list[Paragraph]:
        return [paragraph for section in self.sections.values() for paragraph in section]


SECTIONS = ("datagrunnlag", "vurdering")
_MARK = re.compile(r"\{\{(?P<fact>[^{}]*)\}\}|\[@(?P<cite>[^\]\[]*)\]")
_ALMOST = re.compile(r"\{(?P<fact>[^{}]+)\}|\[(?P<bracketed>[^\]\[@]+)\]|(?<![\w@.])@(?P<at>\w+(?:-\w+)*)")
_SENTENCE_END = re.compile(r"(?:^|[.!?:]\s+)$")
_NUMBERED = re.compile(r"\s*\d{1,9}[.)](?:\s|$)")
_CITED = re.compile(r"\[@[^\]\[]*\]")
_ENDS, _AFTER_END = (".", "!", "?", ":", ";"), ' \t*_»”")'


def references(content: str) -> list[str]:
    """The names of the facts a text refers to."""
    return [match["fact"].partition("|")[0].strip() for match in _MARK.finditer(content) if match["fact"] is not None]


def citations(content: str) -> list[str]:
    """The ids of the sources a text cites."""
    return [id for match in _MARK.finditer(content) if match["cite"] is not None for id in _cited(match["cite"])]


def _cited(body: str) -> list[str]:
    return [part.strip().removeprefix("@") for part in re.split(r"[,;]\s*", body)]


def read_prose(audit: Audit, facts: Facts, text: Text) -> Prose:
    """Read one text file; what cannot be resolved is shown as written and told as a problem."""
    sections: dict[str, list[Paragraph]] = {}
    problems: list[TextProblem] = []
    current = ""
    for kind, line, inline in _blocks(text.content):
        if kind == "h1" and text.name not in TEXTS:
            current = fold(inline.content)
            sections.setdefault(current, [])
            if current not in SECTIONS:
                problems.append(_heading_problem(line, f"Overskriften «{inline.content}» er ukjent"))
            continue
        if text.name not in TEXTS and not current and not sections.get(""):
            problems.append(_heading_problem(line, "Tekst før første overskrift"))
        runs = list(_runs(audit, facts, inline, line, problems))
        sections.setdefault(current, []).append(Paragraph(kind=kind, line=line, runs=runs))
    return Prose(sections, tuple(problems))


def _heading_problem(line: int, found: str) -> TextProblem:
    return TextProblem(
        "ukjent-overskrift", line, found, "Bruk # Datagrunnlag og # Vurdering, så kommer teksten på siden."
    )


@cache
def markdown() -> MarkdownIt:
    """What reads Markdown, made once in a process.

    HTML in it is text. So are links and pictures: a page leads nowhere else, and «[@plan](2021)» cites before a year.
    """
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "reference"])
    reader.block.ruler.at("list", _list, {"alt": ["paragraph", "blockquote"]})
    return reader


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A list as CommonMark has it, but a sentence goes on where its next line begins with «1. januar»."""
    from markdown_it.rules_block import list_block

    if silent and state.parentType == "paragraph" and state.sCount[start] >= state.blkIndent:
        above, line = (state.src[state.bMarks[at] : state.eMarks[at]] for at in (start - 1, start))
        if _NUMBERED.match(line) and not _CITED.sub("", above).rstrip(_AFTER_END).endswith(_ENDS):
            return False
    return list_block(state, start, end, silent)


def _blocks(content: str) -> Iterator[tuple[str, int, Token]]:
    """Every inline token with the kind of block it stands in and its line.

    What is numbered has its number in its text and no bullet: it may as well be a date or a year as a list's number.
    """
    items = [("p", 0)]
    heading = number = ""
    for token in markdown().parse(content):
        if token.type == "list_item_open" and token.map:
            number += f"{token.info}{token.markup} " if token.info else ""
            items.append(("p" if token.info else "li", token.map[0] + 1))
        elif token.type == "list_item_close":
            kind, line = items.pop()
            if number:  # a number with nothing after it
                yield kind, line, _inline("", number)
            number = ""
        elif token.type == "heading_open":
            heading = token.tag
        elif token.type == "heading_close":
            heading = ""
        elif token.type in ("inline", "fence", "code_block") and token.map:
            kind = (heading or items[-1][0]) if token.type == "inline" else "p"
            yield kind, token.map[0] + 1, _inline(token.content, number, token.children or ())
            number = ""


def _inline(content: str, number: str, children: Sequence[Token] = ()) -> Token:
    """What stands in a block, after its number; a block of code has no children."""
    from markdown_it.token import Token

    numbered = [Token("text", "", 0, content=number)] if number and (children or not content) else []
    return Token("inline", "", 0, content=number + content, children=[*numbered, *children])


def _runs(audit: Audit, facts: Facts, inline: Token, line: int, problems: list[TextProblem]) -> Iterator[Run]:
    style: list[str] = []
    before = ""
    for child in inline.children or ():
        if child.type in ("em_open", "strong_open"):
            style.append(child.type.removesuffix("_open"))
        elif child.type in ("em_close", "strong_close"):
            style.pop()
        elif child.type in ("softbreak", "hardbreak"):
            line += 1
            before += "\n"
            yield Run(t="\n")
        elif child.content:
            for run in _resolve(audit, facts, child.content, line, before, problems):
                before += run.get("t", "")
                yield Run(**run, s=style[-1]) if style else run
    if not inline.children:  # a block of code: no styles, but its references and numbers count like any
        yield from _resolve(audit, facts, inline.content, line, before, problems)


def _resolve(
    audit: Audit, facts: Facts, text: str, line: int, before: str, problems: list[TextProblem]
) -> Iterator[Run]:
    at = 0
    for match in _MARK.finditer(text):
        plain = text[at : match.start()]
        at = match.end()
        if plain:
            _unbalanced(audit, facts, plain, line, problems)
            before += plain
            yield Run(t=plain)
        if match["fact"] is not None:
            run = _reference(audit, facts, match["fact"], match[0], line, before, problems)
            before += run.get("t", "")
            yield run
        else:
            yield from _citations(audit, match["cite"], line, problems)
    rest = text[at:]
    if rest:
        _unbalanced(audit, facts, rest, line, problems)
        yield Run(t=rest)


def _reference(
    audit: Audit, facts: Facts, body: str, written: str, line: int, before: str, problems: list[TextProblem]
) -> Run:
    name, _, form = (part.strip() for part in body.partition("|"))
    try:
        fact = facts.find(name)
        shown = show_fact(audit, fact, form)
    except FactError as error:
        problems.append(
            TextProblem(
                "ukjent-referanse", line, f"{written}: {error}", "Rett navnet, eller legg raden inn i registeret."
            )
        )
        return Run(t=written, x=str(error))
    if _SENTENCE_END.search(before):
        shown = _sentence_start(audit, shown)
    return Run(t=shown, f=fact.id)


def _sentence_start(audit: Audit, shown: str) -> str:
    """A sentence never opens with a digit where a word will do, and opens with a capital."""
    from decimal import Decimal

    if shown.isdecimal():
        shown = audit.words.number_word(Decimal(shown)) or shown
    return shown[:1].upper() + shown[1:]


def _citations(audit: Audit, body: str, line: int, problems: list[TextProblem]) -> Iterator[Run]:
    for id in _cited(body):
        if audit.cited(id):
            yield Run(t=audit.marker(id), c=id, s="cite")
        else:
            problems.append(
                TextProblem(
                    "ukjent-kilde",
                    line,
                    f"[@{id}] finnes ikke i Kilder, Intervjuer eller Datagrunnlag",
                    "Rett id-en, eller før kilden inn i registeret.",
                )
            )
            yield Run(t=f"[@{id}]", x="ukjent kilde")


def _unbalanced(audit: Audit, facts: Facts, text: str, line: int, problems: list[TextProblem]) -> None:
    """Brackets of a reference that are not closed, or too few round a known name: the text would go out with them."""
    if "{{" in text or "}}" in text or "[@" in text:
        found = f"Klammene i «{_short(text.strip())}» går ikke opp"
        problems.append(
            TextProblem("ugyldig-referanse", line, found, "Skriv {{tall-id}} for tall og [@kilde] for kilder.")
        )
        return
    for match in _ALMOST.finditer(text):
        name, id = (match["fact"] or "").strip(), (match["bracketed"] or match["at"] or "").strip()
        if facts.known(name.partition("|")[0].strip()) if name else audit.cited(id):
            do = f"Skriv {{{{{name}}}}}." if name else f"Skriv [@{id}]."
            problems.append(TextProblem("ugyldig-referanse", line, f"«{match[0]}» er ingen referanse som leses", do))


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"


def plain(runs: Sequence[Run]) -> str:
    """The text of runs without marks, as one reads it aloud."""
    return "".join(run["t"] for run in runs if "c" not in run)
