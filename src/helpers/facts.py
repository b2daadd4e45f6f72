"""Facts: every number that may reach a page, with unit, base and the cells it comes from.

A pure function of registers and parameters. Every numeric cell is a fact
(``<register>.<row>`` for the main column, ``<register>.<row>.<column>`` for the others); rows of *Svar*
and *Måltall* are facts derived from other cells.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import msgspec

from helpers.audit import Audit, register_of
from helpers.conditions import ConditionError, find_column, parse_condition
from helpers.message import Place
from helpers.numbers import (
    MOST_DECIMALS,
    PERCENT,
    Number,
    NumberError,
    add,
    bound_of,
    round_like,
    round_to,
    show_number,
    show_with_unit,
)
from helpers.quantifiers import n_of_base, quantifier
from helpers.register import Row
from helpers.schema import fold
from helpers.words import NBSP

YES, NOT_ASKED = "Ja", "Ikke spurt"
REFERABLE = ("measures", "quantities", "surveys", "samples", "interviews", "answers", "cases")


class FactError(ValueError):
    """A reference or measure that cannot be worked out; the text says why."""


@dataclass(frozen=True)
class CellRef:
    """A cell a fact rests on: its place and what is written there."""

    place: Place
    written: str


@dataclass(frozen=True)
class Fact:
    """A number with everything a quality assurer asks about it.

    Attributes:
        number: None when the cell is empty; then ``missing`` says why.
        n: the count behind a share, when known.
        base: the N it is a part of, when known.
        sum: how it was worked out, in words: «19 av 151 = 12,58 → 12,6 %».
    """

    id: str
    register: str
    row: str
    column: str
    label: str
    number: Number | None
    unit: str
    n: int | None = None
    base: int | None = None
    sum: str = ""
    cells: tuple[CellRef, ...] = ()
    as_of: str = ""
    sources: tuple[str, ...] = ()
    place: str = ""
    origin: str = ""
    missing: str = ""
    definition: str = ""
    chapter: str = ""
    questions: tuple[str, ...] = ()
    indicator: str = ""
    note: str = ""

    @cached_property
    def hash(self) -> str:
        """Covers value (or why there is none), unit, bound, n, N, label and source cells (not their lines)."""
        cells = [(cell.place.register, cell.place.row, cell.place.column, cell.written) for cell in self.cells]
        content = (str(self.number) if self.number else self.missing, self.unit, self.n, self.base, self.label, cells)
        return hashlib.sha256(repr(content).encode()).hexdigest()[:16]

    @cached_property
    def digest(self) -> str:
        """Covers everything: also where its cells stand, its sum in words, its sources and notes."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


@dataclass(frozen=True)
class Problem:
    """A fact that could not be worked out, at its place; the gate turns it into a message."""

    place: Place
    found: str
    do: str


@dataclass(frozen=True)
class Facts:
    """All facts of an audit, by id, with the names prose may call them by."""

    by_id: Mapping[str, Fact]
    names: Mapping[str, str]
    problems: tuple[Problem, ...]

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.by_id.values())

    def known(self, name: str) -> Fact | None:
        """The fact a reference names; None where there is none here."""
        return self.by_id.get(self.names.get(_key(name), ""))

    def find(self, name: str) -> Fact:
        """The fact a reference names: ``vedtak-i-alt``, ``u1.population``, ``tall.vedtak-i-alt``.

        Raises:
            FactError: unknown; names the nearest ones.
        """
        if known := self.known(name):
            return known
        near = difflib.get_close_matches(_key(name), [name for name in self.names if "." not in name], n=3, cutoff=0.5)
        hint = f" Likner på: {', '.join(near)}." if near else ""
        raise FactError(f"Tallet «{name}» finnes ikke i registrene.{hint}")


def _key(name: str) -> str:
    return ".".join(fold(part) for part in name.split("."))


def facts_of(audit: Audit) -> Facts:
    """Every fact of an audit, worked out once; what cannot be worked out becomes a problem, not an exception."""
    if FACTS not in audit.__dict__:  # as a cached property of the audit would, which lies below this module
        audit.__dict__[FACTS] = _facts(audit)
    known: Facts = audit.__dict__[FACTS]
    return known


FACTS = "_facts"


def _facts(audit: Audit) -> Facts:
    found: dict[str, Fact] = {}
    for row in audit.all_rows():
        for fact in (*_cells(audit, row), *_answers(audit, row)):
            found.setdefault(fact.id, fact)
    for fact in _tallies(audit):
        found.setdefault(fact.id, fact)
    for id, fact in list(found.items()):
        found[id] = _with_base(audit, found, fact)
    problems: list[Problem] = []
    waiting = list(audit.rows("measures"))
    while waiting:
        stuck = []
        for row in waiting:
            try:
                found.setdefault(f"measures.{row.id}", _measure(audit, found, row))
            except FactError as error:
                stuck.append((row, str(error)))
        if len(stuck) == len(waiting):
            for row, why in stuck:
                problems.append(Problem(row.place(), why, "Rett betingelsen eller tall-id-ene i Måltall."))
                found.setdefault(f"measures.{row.id}", _empty_measure(audit, row, why))
            break
        waiting = [row for row, _ in stuck]
    return Facts(found, _names(audit, found), tuple(problems))


def _names(audit: Audit, found: Mapping[str, Fact]) -> dict[str, str]:
    """Every name a fact can be called by in prose; the earlier register of REFERABLE wins a short name."""
    names: dict[str, str] = {}
    order = sorted(
        found.values(), key=lambda fact: REFERABLE.index(fact.register) if fact.register in REFERABLE else 99
    )
    for fact in order:
        schema = audit.schema[fact.register]
        columns = (fact.column, fold(fact.column), fold(schema.label(fact.column))) if fact.column else ("",)
        for column in columns:
            tail = f"{fact.row}.{column}" if column else fact.row
            for prefix in ("", f"{fact.register}.", f"{fold(schema.sheet)}."):
                names.setdefault(f"{prefix}{tail}", fact.id)
    return names


def _cells(audit: Audit, row: Row) -> Iterator[Fact]:
    schema = row.schema
    if row.register == "cases":
        for point in audit.registers["cases"].wide:
            about = audit.row("control_points", point)
            if about and about["kind"] == "tall" and row[point]:
                yield _cell(audit, row, point, f"{about['text']} ({row.id})", about["unit"])
        return
    for column in schema.numbers:
        if row[column.key] or column.key == schema.main:
            main = column.key == schema.main
            label = _label(row) if main else f"{column.label(audit.words.language)}, {_label(row)}"
            yield _cell(audit, row, column.key, label, row["unit"] if main else column.unit)


def _label(row: Row) -> str:
    parts = [row[key] for key in ("question", "what", "group", "area", "unit_name") if row[key]]
    return ", ".join(parts) or row["unit"] or row["roles"] or row["text"] or row.id


def _cell(audit: Audit, row: Row, column: str, label: str, unit: str) -> Fact:
    main = column == row.schema.main
    return Fact(
        id=f"{row.register}.{row.id}" if main else f"{row.register}.{row.id}.{column}",
        register=row.register,
        row=row.id,
        column="" if main else column,
        label=label,
        number=row.number(column),
        unit=unit,
        cells=(CellRef(row.place(column), row[column]),),
        as_of=row["as_of"] or row["period"] or row["date"],
        sources=row.refs("source"),
        place=row["place"],
        origin=row["origin"],
        missing="" if row[column] else row.reason(column),
        definition=row["definition"],
        chapter=audit.chapter_of(row),
        questions=row.refs("questions"),
        indicator=row["indicator"],
    )


def _answers(audit: Audit, row: Row) -> Iterator[Fact]:
    """A row of *Svar* is the fact n Ja of N asked; «Ikke spurt» is left out."""
    if row.register != "answers":
        return
    asked = [column for column in audit.registers["answers"].wide if row[column] and row[column] != NOT_ASKED]
    yes = [column for column in asked if row[column] == YES]
    statement = audit.row("evidence", row["evidence"])
    yield Fact(
        id=f"answers.{row.id}",
        register="answers",
        row=row.id,
        column="",
        label=statement["text"] if statement else row.id,
        number=Number(Decimal(len(yes))),
        unit="svar",
        n=len(yes),
        base=len(asked),
        sum=f"{len(yes)} Ja av {len(asked)} spurte",
        cells=tuple(CellRef(row.place(column), row[column]) for column in asked),
        sources=tuple(asked),
        place=row["place"],
        origin=row["origin"],
        missing=row["missing"],
        questions=row.refs("questions"),
    )


def tally_id(sample: str, point: str, value: str) -> str:
    """The fact that counts one value of a control point in a sample: ``cases.u1.behov-ip-ja``."""
    return f"cases.{sample}.{point}-{value.lower()}"


def _tallies(audit: Audit) -> Iterator[Fact]:
    """For each sample and yes/no control point: how many cases say Ja, and how many Nei."""
    for sample in audit.rows("samples"):
        cases = [case for case in audit.rows("cases") if case["sample"] == sample.id]
        for point in audit.rows("control_points"):
            if point["kind"] != "ja/nei" or sample.id not in point.refs("sample") or not cases:
                continue
            filled = [case for case in cases if case[point.id]]
            for value in (YES, "Nei"):
                hits = [case for case in filled if case[point.id] == value]
                count = Number(Decimal(len(hits))) if filled else None
                yield Fact(
                    id=tally_id(sample.id, point.id, value), register="cases", row=sample.id,
                    column=f"{point.id}-{value.lower()}", label=f"{point['text']}: {value}", number=count, unit="saker",
                    n=len(hits) if filled else None, base=len(filled) or None,
                    sum=f"{len(hits)} {value} av {len(filled)} saker" if filled else "",
                    cells=tuple(CellRef(case.place(point.id), case[point.id]) for case in hits or filled),
                    as_of=sample["as_of"], sources=(sample.id,), place=point["place"], origin=point["origin"],
                    missing="" if filled else cases[0].reason(point.id), questions=sample.refs("questions"),
                )  # fmt: skip


def _integer(fact: Fact | None) -> int | None:
    """The count a fact states; None for what is bounded, about or no whole number."""
    if (
        fact
        and fact.number
        and fact.number.kind == "exact"
        and fact.number.value == fact.number.value.to_integral_value()
    ):
        return int(fact.number.value)
    return None


def _linked(audit: Audit, found: Mapping[str, Fact], id: str, sample_column: str) -> Fact | None:
    for register in ("quantities", "surveys"):
        if audit.row(register, id):
            return found.get(f"{register}.{id}")
    return found.get(f"samples.{id}.{sample_column}")


def parts_of(audit: Audit, total: Row) -> tuple[Row, ...]:
    """The rows of *Tall* that point to a total with *Del av*."""
    return audit.parts.get(total.id, ())


def _with_base(audit: Audit, found: Mapping[str, Fact], fact: Fact) -> Fact:
    """Fill in n and N from the columns *Antall* and *Av*, and say the sum in words."""
    if fact.register != "quantities" or fact.column:
        return fact
    row = audit.row("quantities", fact.row)
    if row is None:
        return fact
    base = _linked(audit, found, row["base"], "population") if row["base"] else None
    counted = _linked(audit, found, row["counted"], "size") if row["counted"] else None
    n = _integer(counted) if counted else (_integer(fact) if base and fact.unit != PERCENT else None)
    fact = replace(fact, n=n, base=_integer(base))
    extra = tuple(cell for other in (counted, base) if other for cell in other.cells)
    if fact.unit == PERCENT and fact.number and n is not None and fact.base:
        share = Decimal(100 * n) / fact.base
        words = audit.words
        text = (
            f"{words.decimal(Decimal(n))} av {words.decimal(Decimal(fact.base))} = {words.decimal(round_to(share, 2))}"
            f" → {words.decimal(round_like(share, fact.number))}{NBSP}%"
        )
        return replace(fact, sum=text, cells=fact.cells + extra)
    parts = [part for part in parts_of(audit, row) if part["counts"] != "Nei" and part.number("value")]
    if parts and row["whole"] == YES:
        text = _sum_in_words(audit, [number for part in parts if (number := part.number("value"))])
        return replace(fact, sum=f"Delene: {text}")
    return replace(fact, cells=fact.cells + extra)


def _sum_in_words(audit: Audit, numbers: Sequence[Number]) -> str:
    shown = " + ".join(show_number(number, audit.words) for number in numbers)
    return f"{shown} = {show_number(add(numbers), audit.words)}"


def _measure(audit: Audit, found: Mapping[str, Fact], row: Row) -> Fact:
    try:
        return _over_rows(audit, row) if row["kind"] in ("antall", "sum") else _of_two(audit, found, row)
    except (NumberError, ConditionError) as error:
        raise FactError(str(error)) from None


def _of_two(audit: Audit, found: Mapping[str, Fact], row: Row) -> Fact:
    kind = row["kind"]
    names = row.refs("operands")
    if kind not in ("differanse", "andel") or len(names) != 2:
        raise FactError(f"Måltallet «{row.id}» trenger to tall-id-er i kolonnen Tall.")
    first, second = (_operand(found, name) for name in names)
    if not (first.number and second.number):
        raise FactError(f"«{first.label if not first.number else second.label}» har ingen verdi å regne med.")
    a, b, words = first.number.value, second.number.value, audit.words
    cells = tuple(dict.fromkeys(first.cells + second.cells))
    if kind == "differanse":
        value = a - b
        text = f"{words.decimal(a)} − {words.decimal(b)} = {words.decimal(value)}"
        bound = bound_of(first.number, second.number)
        return _derived(audit, row, Number(value, bound), sum=text, cells=cells, of=(first, second))
    if not b:
        raise FactError(f"«{second.label}» er null, og kan ikke deles på.")
    share = 100 * a / b
    value = round_to(share, _decimals(row))
    exact = words.decimal(round_to(share, 2))
    text = f"{words.decimal(a)} av {words.decimal(b)} = {exact} → {words.decimal(value)}{NBSP}%"
    about = bound_of(first.number, second.number)
    return _derived(
        audit,
        row,
        Number(value, about),
        n=_integer(first),
        base=_integer(second),
        sum=text,
        cells=cells,
        of=(first, second),
    )


def _decimals(row: Row) -> int:
    text = row["decimals"]
    if text and (not text.isdecimal() or int(text) > MOST_DECIMALS):
        raise FactError(f"Desimaler er «{text}». Skriv 0 til {MOST_DECIMALS}.")
    return int(text or 0)


def _operand(found: Mapping[str, Fact], name: str) -> Fact:
    for register in REFERABLE:
        if fact := found.get(f"{register}.{name}"):
            return fact
    row, _, column = name.partition(".")
    for register in REFERABLE:
        if fact := found.get(f"{register}.{row}.{column}"):
            return fact
    raise FactError(f"Tallet «{name}» finnes ikke i registrene.")


def _called(audit: Audit) -> dict[str, str]:
    """What the columns of a matrix are called: control points by their text, interviews by their roles."""
    points = {row.id: row["text"] for row in audit.rows("control_points")}
    return points | {row.id: row["roles"] for row in audit.rows("interviews")}


def _over_rows(audit: Audit, row: Row) -> Fact:
    sheet, _, subset = row["over"].partition(" ")
    schema = register_of(audit.schema, sheet)
    if schema is None:
        raise FactError(f"Arket «{row['over']}» finnes ikke.")
    register = audit.registers[schema.key]
    subset = subset.strip()
    if subset and not audit.row("samples", subset):
        raise FactError(f"Utvalget «{subset}» finnes ikke.")
    among = parse_condition(row["base_where"], register, _called(audit))
    wanted = parse_condition(row["n_where"], register, _called(audit))
    column = find_column(row["column"], register) if row["kind"] == "sum" else ""
    rows = [r for r in register if (not subset or r["sample"] == subset) and among.test(r)]
    hits = [r for r in rows if wanted.test(r)]
    source = tuple(dict.fromkeys([*(s for r in hits for s in r.refs("source")), *([subset] if subset else [])]))
    if column:
        terms = [(number, r) for r in hits if (number := r.number(column))]
        if not terms:
            raise FactError(f"Ingen rader i {schema.sheet} oppfyller «{row['n_where']}» med tall i {row['column']}.")
        alone = schema.privacy != "none"  # the terms would be what the register says of each person
        numbers = [number for number, _ in terms]
        text = f"{len(terms)} rader i {schema.sheet} lagt sammen" if alone else _sum_in_words(audit, numbers)
        total = add(numbers)
        cells = tuple(CellRef(r.place(column), r[column]) for _, r in terms)
        return _derived(audit, row, total, sum=text, cells=cells, source=source)
    looked = wanted.columns or ("id",)
    # A count of none rests on every row that was looked at.
    counted = [(r, column) for r in hits or rows for column in looked]
    counted += [(r, column) for r in rows for column in among.columns]  # and the N on what makes a row one of them
    cells = tuple(dict.fromkeys(CellRef(r.place(column), r[column]) for r, column in counted))
    what = f": {wanted.said}" if wanted.said else ""
    among_what = f" ({among.said})" if among.said else ""
    text = f"{len(hits)} av {len(rows)} rader i {schema.sheet}{among_what}{what}"
    return _derived(
        audit, row, Number(Decimal(len(hits))), n=len(hits), base=len(rows), sum=text, cells=cells, source=source
    )


def _derived(
    audit: Audit,
    row: Row,
    number: Number | None,
    *,
    n: int | None = None,
    base: int | None = None,
    sum: str = "",
    cells: tuple[CellRef, ...] = (),
    of: tuple[Fact, ...] = (),
    source: tuple[str, ...] = (),
) -> Fact:
    as_of = " / ".join(dict.fromkeys(fact.as_of for fact in of if fact.as_of))
    return Fact(
        id=f"measures.{row.id}",
        register="measures",
        row=row.id,
        column="",
        label=row["label"],
        number=number,
        unit=row["unit"],
        n=n,
        base=base,
        sum=sum,
        cells=cells,
        as_of=as_of,
        sources=source or tuple(dict.fromkeys(id for fact in of for id in fact.sources)),
        place=row["place"],
        origin=row["origin"],
        missing=row["missing"],
        chapter=audit.chapter_of(row),
        questions=row.refs("questions"),
        indicator=row["indicator"],
    )


def _empty_measure(audit: Audit, row: Row, why: str) -> Fact:
    return replace(_derived(audit, row, None), missing=why)


def _places(detail: str) -> int:
    if detail and (not detail.isdecimal() or int(detail) > MOST_DECIMALS):
        raise FactError(f"«prosent {detail}»: skriv antall desimaler, 0 til {MOST_DECIMALS}.")
    return int(detail or 0)


def show_value(audit: Audit, fact: Fact) -> str:
    """A fact as tables print it; a computed share of few is a pair of numbers, never a percentage."""
    few = fact.base is not None and fact.base < audit.params.thresholds.percent_from
    if fact.register == "measures" and fact.unit == PERCENT and fact.n is not None and fact.base and few:
        return n_of_base(fact.n, fact.base, audit.words, audit.params.thresholds)
    return show_with_unit(fact.number, fact.unit, audit.words) if fact.number else fact.missing


def show_fact(audit: Audit, fact: Fact, form: str = "") -> str:
    """A fact as prose prints it.

    Args:
        form: empty, ``tall``, ``ord``, ``n av N``, ``prosent K`` (K decimals) or ``kvantor``.

    Raises:
        FactError: an unknown form, or a form that needs n and N where the fact has none.
    """
    words, limits = audit.words, audit.params.thresholds
    if fact.number is None:
        raise FactError(f"Tallet «{fact.row}» har ingen verdi ({fact.missing or 'ingen grunn er ført'}).")
    kind, _, detail = form.partition(" ")
    if form == "":
        return show_value(audit, fact)
    if form == "tall":
        return show_number(fact.number, words)
    if form == "ord":
        word = words.number_word(fact.number.value) if fact.number.kind == "exact" else None
        return word or show_with_unit(fact.number, fact.unit, words)
    if form == "n av N" or kind == "prosent" or form == "kvantor":
        if fact.n is None or not fact.base:
            raise FactError(f"Tallet «{fact.row}» har ikke både n og N, som «{form}» krever.")
        if form == "kvantor":
            return quantifier(fact.n, fact.base, words, limits)
        if kind == "prosent" and fact.base >= limits.percent_from:
            share = round_to(Decimal(100 * fact.n) / fact.base, _places(detail))
            return f"{words.decimal(share)}{NBSP}%"
        return n_of_base(fact.n, fact.base, words, limits)
    raise FactError(f"Ukjent form «{form}». Bruk ord, tall, n av N, prosent 1 eller kvantor.")
