"""Reconciliation: every figure a printed report gives, held against the fact that should equal it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from helpers.audit import Audit
from helpers.facts import Fact, FactError, Facts
from helpers.message import Place
from helpers.numbers import MOST_DECIMALS, Number, round_to, show_number
from helpers.reading import covers
from helpers.register import Row

AGREES, DIFFERS, LOST, UNKNOWN = "stemmer", "avviker", "ikke gjenskapt", "ukjent"
STATES = (AGREES, DIFFERS, LOST, UNKNOWN)


@dataclass(frozen=True)
class Reconciled:
    """One printed figure: how it stands to the workbook.

    Attributes:
        state: stemmer, avviker, ikke gjenskapt, or ukjent (the fact named does not exist).
        ours: the workbook's number as it would be printed; empty when there is none.
        by: printed minus ours, where both are single numbers that differ.
        why: the explanation of a difference, or the reason nothing can be compared.
        personal: whether the fact is a cell about one case, which stands in no edition.
    """

    row: Row
    state: str
    fact: Fact | None = None
    ours: str = ""
    by: str = ""
    why: str = ""
    personal: bool = False

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(cell.place for cell in self.fact.cells[:3]) if self.fact else ()


def reconcile(audit: Audit, facts: Facts) -> list[Reconciled]:
    """Every row of *Trykt* with its state."""
    return [_one(audit, facts, row) for row in audit.rows("printed")]


def _one(audit: Audit, facts: Facts, row: Row) -> Reconciled:
    printed = row.number("value")
    name, _, form = (part.strip() for part in row["fact"].partition("|"))
    if not name:
        return Reconciled(row, LOST, why=row.reason("fact"))
    try:
        fact = facts.find(name)
        ours = _ours(fact, form)
    except FactError as error:
        return Reconciled(row, UNKNOWN, why=str(error))
    personal = fact.register == "cases" and fact.row in audit.registers["cases"].by_id and fact.n is None
    if ours is None or printed is None:
        return Reconciled(row, LOST, fact, why=fact.missing if ours is None else row.reason("value"), personal=personal)
    shown = show_number(ours, audit.words)
    if _same(printed, ours):
        return Reconciled(row, AGREES, fact, shown, why=row["why"], personal=personal)
    single = printed.high is None and ours.high is None
    by = audit.words.decimal(printed.value - ours.value) if single else ""
    return Reconciled(row, DIFFERS, fact, shown, by, row["why"], personal)


def _ours(fact: Fact, form: str) -> Number | None:
    """The number of a fact in the form the row asks for: itself, ``prosent K``, ``av`` (N) or ``antall`` (n).

    Raises:
        FactError: another form.
    """
    kind, *rest = form.lower().split() or [""]
    detail = " ".join(rest) or "0"
    if kind == "":
        return fact.number
    if kind == "prosent" and detail.isdecimal() and int(detail) <= MOST_DECIMALS:
        has = fact.n is not None and fact.base
        return Number(round_to(Decimal(100 * (fact.n or 0)) / (fact.base or 1), int(detail))) if has else None
    if kind in ("av", "antall") and not rest:
        count = fact.base if kind == "av" else fact.n
        return None if count is None else Number(Decimal(count))
    raise FactError(f"Ukjent form «{form}». Bruk prosent 1, av eller antall.")


def _same(printed: Number, ours: Number) -> bool:
    """Equal, or a bounded figure that covers ours: «≈94» and 94,35 agree."""
    strict = printed.kind in ("less", "more") and ours.kind != printed.kind
    if (printed.value, printed.high) == (ours.value, ours.high):
        return not strict
    return printed.kind not in ("exact", "interval") and ours.high is None and covers(printed, ours.value)
