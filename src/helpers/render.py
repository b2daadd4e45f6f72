"""Blocks to HTML: one set of Jinja macros serves JupyterLab and the page."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from helpers.files import write_bytes_atomically
from helpers.words import Words

TEMPLATES = Path(__file__).parent / "template"


@cache
def environment() -> jinja2.Environment:
    """Escaping is on: what an auditor writes is text, never markup."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    prepare(made, __file__)
    return made


def prepare(made: Any, maker: str) -> None:
    """Give an environment our filters, let ``x.y`` of a dictionary mean its item, and keep what it compiles.

    Jinja asks for an attribute first, and pays for an exception each time: models are dictionaries throughout.

    Args:
        maker: the file of the module that made the environment.
    """
    otherwise = made.getattr

    def item_first(obj: Any, name: str) -> Any:
        if isinstance(obj, dict):
            try:  # this costs nothing where it succeeds, and it does for nearly all
                return obj[name]
            except KeyError:
                pass
        return otherwise(obj, name)

    made.getattr = item_first
    made.filters.update(FILTERS)
    if not sys.dont_write_bytecode:
        made.bytecode_cache = _Compiled(Path(maker))


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates, kept where Python keeps its own compiled modules; compiling all takes 0.4 CPU seconds.

    Args:
        maker: the module that made the environment. With it, with this one, or with a package that compiles, what a
            template is compiled to may change.
    """

    def __init__(self, maker: Path) -> None:
        self._folder = Path(cache_from_source(str(TEMPLATES / "any.py"))).parent
        self._end = f"{maker.stem}.{sys.implementation.cache_tag}.pyc"
        code = hashlib.sha256(Path(__file__).read_bytes() + maker.read_bytes()).hexdigest()
        self._made_by = f"{code} {version('jinja2')} {version('nbconvert')}\n"

    def get_source_checksum(self, source: str) -> str:
        return super().get_source_checksum(self._made_by + source)

    def load_bytecode(self, bucket: Any) -> None:
        try:
            bucket.bytecode_from_string(self._file(bucket).read_bytes())
        except Exception:  # there is none, nobody may read it, or it is damaged: the template is compiled
            bucket.reset()

    def dump_bytecode(self, bucket: Any) -> None:
        with suppress(OSError):  # where nobody may write it is compiled each time
            self._folder.mkdir(parents=True, exist_ok=True)
            write_bytes_atomically(self._file(bucket), bucket.bytecode_to_string())

    def _file(self, bucket: Any) -> Path:
        return self._folder / f"{bucket.key}.{self._end}"


def anchor(id: str) -> str:
    """A fact or row id as an HTML id."""
    return "f-" + id.replace(".", "-")


def runs(items: Sequence[Mapping[str, str]]) -> Markup:
    """The runs of a text (see `helpers.runs`); citations beside each other stand in one raised mark."""
    pieces = []
    for at, run in enumerate(items):
        if not _is_citation(run):
            pieces.append(_piece(run))
            continue
        opens = at == 0 or not _is_citation(items[at - 1])
        closes = at + 1 == len(items) or not _is_citation(items[at + 1])
        shown = _linked(run) if run["c"] else escape(run["t"])
        pieces += ['<sup class="cite">' if opens else ", ", shown, "</sup>" if closes else ""]
    return Markup("".join(pieces))


def cell(items: Sequence[Mapping[str, str]]) -> Markup:
    """The runs of a cell of a table: what is cited is set apart, and so are numbers and names beside each other."""
    return Markup(_cell(items))


def _cell(items: Sequence[Mapping[str, str]]) -> str:
    pieces = []
    for at, run in enumerate(items):
        following = items[at + 1] if at + 1 < len(items) else None
        if _is_citation(run):
            pieces.append(_linked(run, "id") if run["c"] else f'<span class="id">{escape(run["t"])}</span>')
            pieces.append("" if following is None else ", ")
        else:
            pieces.append(_piece(run))
            pieces.append("; " if following is not None and _names(run) and _names(following) else "")
    return "".join(pieces)


def rows(table: Mapping[str, Any]) -> Markup:
    """The rows of a table, a line each: what the row is called, with its notes, then a cell for each other column."""
    starts = ['<td class="num">' if column["num"] else "<td>" for column in table["columns"][1:]]
    lines = []
    for row in table["rows"]:
        called, *others = map(_cell, row["cells"])
        notes = "".join(f'<span class="note">{escape(note)}</span>' for note in (row["aside"], row["note"]) if note)
        cells = "".join(f"{start}{cell}</td>" for start, cell in zip(starts, others, strict=True))
        opens = '<tr class="total">' if row["total"] else "<tr>"
        lines.append(f'{opens}<th scope="row">{called}{notes}</th>{cells}</tr>\n')
    return Markup("".join(lines))


def terms(said: Iterable[tuple[str, str]]) -> Markup:
    """Terms, each with what is said of it: the inside of a ``<dl>``.

    Their end tags may be left out (HTML standard, section 13.1.2.4), and a page has thousands of them.
    """
    written = [text for pair in said for text in pair]
    # All at once: to ask for a text to be escaped costs more than to do it.
    escaped = str.split(escape("\0".join(written)), "\0")
    if len(escaped) != len(written):  # one of them holds the mark between them, or there is none
        escaped = [escape(text) for text in written]
    pairs = iter(escaped)
    return Markup("".join(f"<dt>{term}<dd>{text}" for term, text in zip(pairs, pairs, strict=True)))


def _is_citation(run: Mapping[str, str]) -> bool:
    return run.get("s") == "cite"


def _names(run: Mapping[str, str]) -> bool:
    return "c" in run or "f" in run


def _linked(run: Mapping[str, str], kind: str = "") -> str:
    """A run that leads to the card of what it cites; ``kind`` is the class of the link."""
    marked = f' class="{kind}"' if kind else ""
    return f'<a{marked} href="#c-{escape(run["c"])}">{escape(run["t"])}</a>'


def _piece(run: Mapping[str, str]) -> str:
    """A run that is no citation; in an edition that goes out ``f`` and ``c`` are empty, and then there is no link."""
    text, style = escape(run["t"]), run.get("s")
    if "x" in run:
        return f'<mark class="error" title="{escape(run["x"])}">{text}</mark>'
    if id := run.get("f"):
        kind = "fact missing" if style == "missing" else "fact"
        return f'<a class="{kind}" href="#{escape(anchor(id))}">{text}</a>'
    if run.get("c"):
        return _linked(run, "who")
    return _STYLED[style].format(text) if style in _STYLED else text


_STYLED = {"strong": "<strong>{}</strong>", "em": "<em>{}</em>", "missing": '<span class="missing">{}</span>'}

FILTERS: Mapping[str, Callable[..., object]] = {
    "runs": runs,
    "cell": cell,
    "rows": rows,
    "terms": terms,
    "anchor": anchor,
}
"""What is called for every cell and number of a page: as filters, since a macro costs many times as much."""


def render_block(block: Mapping[str, Any]) -> str:
    """One block by itself, as JupyterLab shows it."""
    return str(block_macros(block["language"]).block(block, 3))


@cache
def block_macros(language: str) -> Any:
    """The macros that make blocks into HTML, in a language."""
    return environment().get_template("blocks.html.j2").make_module({"w": Words(language)})
