# ruff: noqa: E501 - sentences and tables of cases read better a line each
"""Defects of numbers: sums, percent, two values, parts, missing values, units, samples, control points, garbled values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from benchmarks.editing import Add, Cell, Change, Drop
from benchmarks.planting import (
    Defect,
    Share,
    Site,
    Spot,
    kind,
    one_digit,
    shown,
    swapped,
    value_of,
    with_reason,
    without_reason,
    word,
)
from helpers.register import Row

# 1 Sums --------------------------------------------------------------------------------------------------------------


def _summed(site: Site, total: Row) -> tuple[Spot, ...]:
    """Where a broken sum is mended: the total, or a part."""
    rows = [total, *site.parts(total)]
    return tuple(site.at("quantities", row.id, "value", "whole", "counts", "part_of") for row in rows)


@kind(1, "total, one digit")
def total_digit(site: Site) -> Iterator[Defect]:
    for total, _, _ in site.sums:
        for _ in range(3):
            yield site.cell(total, "value", one_digit(total["value"], site.random), spots=_summed(site, total))


@kind(1, "total, digits swapped")
def total_swapped(site: Site) -> Iterator[Defect]:
    for total, _, _ in site.sums:
        if new := swapped(total["value"]):
            yield site.cell(total, "value", new, spots=_summed(site, total))


@kind(1, "part, one digit")
def part_digit(site: Site) -> Iterator[Defect]:
    for total, _, parts in site.sums:
        for part in parts:
            yield site.cell(part, "value", one_digit(part["value"], site.random), spots=_summed(site, total))


@kind(1, "part removed")
def part_removed(site: Site) -> Iterator[Defect]:
    for total, _, parts in site.sums:
        for part in parts:
            if site.exact(part) and f"quantities.{part.id}" not in site.referred and len(parts) > 2:
                yield Defect((Drop("quantities", part.id),), _summed(site, total), f"Tall {part.id} tatt ut")


@kind(1, "part no longer points to its total")
def part_unlinked(site: Site) -> Iterator[Defect]:
    for total, _, parts in site.sums:
        for part in parts:
            if site.exact(part) and len(parts) > 2:
                yield site.cell(part, "part_of", "", spots=_summed(site, total))


@kind(1, "about-total beyond its bound")
def about_total(site: Site) -> Iterator[Defect]:
    for total, value, _ in site.sums:
        if value >= 20:
            new = shown((value * Decimal("1.25")).quantize(Decimal(1)))
            changes = (Cell("quantities", total.id, "value", new), Cell("quantities", total.id, "bound", "ca."))
            yield Defect(changes, _summed(site, total), f"Tall {total.id}: ca. {new}, delene gir {value}")


@kind(1, "new total with parts that do not add up")
def new_sum(site: Site) -> Iterator[Defect]:
    things = (
        ("Vedtak om støttekontakt", "vedtak"),
        ("Henvendelser til tjenesten", "henvendelser"),
        ("Søknader om bolig", "søknader"),
    )
    for what, unit in things:
        for _ in range(4):
            parts = [site.random.randint(11, 180) for _ in range(site.random.choice((2, 3)))]
            off = site.random.choice((-10, -2, 1, 9, 20))
            base = {"what": what, "unit": unit, "as_of": str(site.span[1]), "source": site.source.id}
            total = site.new("quantities", "ny-total", **base, value=shown(Decimal(sum(parts) + off)), whole="Ja")
            rows = [
                site.new("quantities", f"ny-del-{n}", **base, value=str(value), group=f"Sone {n}", part_of="ny-total")
                for n, value in enumerate(parts, start=1)
            ]
            spots = tuple(
                site.at("quantities", id, "value", "whole", "part_of")
                for id in ("ny-total", "ny-del-1", "ny-del-2", "ny-del-3")
            )
            yield Defect((total, *rows), spots, f"{what}: {sum(parts) + off} mot {' + '.join(map(str, parts))}")


@kind(1, "sum in a sentence")
def sum_in_text(site: Site) -> Iterator[Defect]:
    for paragraph in site.section("datagrunnlag"):
        first, second = site.random.randint(13, 90), site.random.randint(13, 90)
        total = first + second + site.random.choice((-10, -3, 2, 10))
        thing = site.random.choice(("søknader", "henvendelser", "vedtak"))
        sentence = f"I {site.span[1] - 1} kom det {first} {thing} om våren og {second} om høsten, til sammen {total}."
        yield site.said(paragraph, sentence)


# 2 Percent -----------------------------------------------------------------------------------------------------------


def _percent_rows(site: Site) -> Iterator[tuple[Row, Row, Row]]:
    for row, _ in site.quantities:
        counted, base = (site.audit.row("quantities", row[key]) for key in ("counted", "base"))
        if row["unit"] == "prosent" and counted and base and site.exact(counted) and site.exact(base):
            yield row, counted, base


def _rated(site: Site, *rows: Row) -> tuple[Spot, ...]:
    return tuple(site.at("quantities", row.id, "value", "counted", "base") for row in rows)


@kind(2, "percent, one digit")
def percent_digit(site: Site) -> Iterator[Defect]:
    for row, counted, base in _percent_rows(site):
        for _ in range(3):
            new = one_digit(row["value"], site.random)
            yield site.cell(row, "value", new, spots=_rated(site, row, counted, base))


@kind(2, "percent, digits swapped")
def percent_swapped(site: Site) -> Iterator[Defect]:
    for row, counted, base in _percent_rows(site):
        if new := swapped(row["value"]):
            yield site.cell(row, "value", new, spots=_rated(site, row, counted, base))


@kind(2, "count behind a percent")
def percent_count(site: Site) -> Iterator[Defect]:
    for row, counted, base in _percent_rows(site):
        value, whole = site.exact(counted), site.exact(base)
        if value and whole:
            for factor in ("0.7", "0.85", "0.9"):
                new = shown((value * Decimal(factor)).quantize(Decimal(1)))
                yield site.cell(counted, "value", new, spots=_rated(site, row, counted, base))


def _pairs(site: Site) -> Iterator[tuple[Row, Row, int, int]]:
    """Counts with the base they are a part of."""
    for row, value in site.quantities:
        base = site.audit.row("quantities", row["base"] or row["part_of"])
        whole = site.exact(base) if base else None
        if base and whole and 20 <= whole < 5000 and 0 < value < whole and row["unit"] != "prosent":
            yield row, base, int(value), int(whole)


@kind(2, "new percent of a count and its base")
def new_percent(site: Site) -> Iterator[Defect]:
    for row, base, n, whole in _pairs(site):
        exact = Decimal(100 * n) / whole
        for off in (Decimal("0.4"), Decimal(3), Decimal("-5")):
            new = (exact + off).quantize(Decimal("0.1"))
            if 0 < new < 100:
                added = site.new(
                    "quantities", "ny-andel", what=f"Andel: {row['what']}", group=row["group"], unit="prosent", value=shown(new),
                    as_of=row["as_of"] or str(site.span[1]), counted=row.id, base=base.id, source=row["source"] or site.source.id,
                )  # fmt: skip
                spots = (site.at("quantities", "ny-andel", "value", "counted", "base"), *_rated(site, row, base))
                yield Defect((added,), spots, f"{n} av {whole} ført som {shown(new)} %")


@kind(2, "percent and counts, all new")
def new_percent_and_counts(site: Site) -> Iterator[Defect]:
    for what, unit in (
        ("Henvisninger med vedtak innen fristen", "henvisninger"),
        ("Søknader som ble innvilget", "søknader"),
    ):
        for _ in range(4):
            whole = site.random.randint(40, 400)
            n = site.random.randint(whole // 5, whole - 5)
            wrong = (Decimal(100 * n) / whole + site.random.choice((-8, -1, 1, 6))).quantize(Decimal("0.1"))
            base = {"as_of": str(site.span[1]), "source": site.source.id}
            rows = (
                site.new("quantities", "ny-base", what=f"{unit.capitalize()} i alt", unit=unit, value=str(whole), **base),
                site.new("quantities", "ny-teller", what=what, unit=unit, value=str(n), base="ny-base", **base),
                site.new("quantities", "ny-andel", what=what, unit="prosent", value=shown(wrong), counted="ny-teller", base="ny-base", **base),
            )  # fmt: skip
            spots = tuple(
                site.at("quantities", id, "value", "counted", "base") for id in ("ny-andel", "ny-teller", "ny-base")
            )
            yield Defect(rows, spots, f"{what}: {n} av {whole} ført som {shown(wrong)} %")


@kind(2, "rate per 1 000")
def rate(site: Site) -> Iterator[Defect]:
    every = [
        (value, row)
        for row, value in site.quantities
        if row["unit"] == "innbyggere" or row["what"].startswith("Innbyggere")
    ]
    if not every:
        return
    people = max(every, key=lambda pair: pair[0])[1]
    for row, value in site.quantities:
        whole = site.exact(people)
        if whole and row["unit"] in ("boliger", "brukere", "vedtak", "henvisninger", "personer") and 10 < value < whole:
            right = 1000 * value / whole
            new = shown((right * Decimal("1.3")).quantize(Decimal("0.1")))
            added = site.new(
                "quantities", "ny-rate", what=f"{row['what']} per 1 000 innbyggere", unit=f"{row['unit']} per 1 000 innbyggere", value=new,
                as_of=row["as_of"] or str(site.span[1]), counted=row.id, base=people.id, source=row["source"] or site.source.id,
            )  # fmt: skip
            spots = (site.at("quantities", "ny-rate", "value", "counted", "base"), *_rated(site, row, people))
            yield Defect((added,), spots, f"{value} av {whole} ført som {new} per 1 000")


@kind(2, "response rate of a survey")
def response_rate(site: Site) -> Iterator[Defect]:
    for paragraph in site.text("method", "summary") + site.section("datagrunnlag"):
        sent = site.random.randint(80, 600)
        answered = site.random.randint(sent // 3, sent - 10)
        wrong = round(100 * answered / sent) + site.random.choice((-9, -4, 5, 8))
        yield site.said(
            paragraph, f"Skjemaet ble sendt til {sent} ansatte, og {answered} svarte, en svarprosent på {wrong}."
        )


@kind(2, "percent in a sentence with its counts")
def percent_in_text(site: Site) -> Iterator[Defect]:
    for share in site.shares:
        for section in ("datagrunnlag", "vurdering"):
            wrong = share.percent + site.random.choice((-12, -7, 6, 11))
            if 0 < share.n < share.base and 0 < wrong < 100:
                said = f"I alt {share.n} av {share.base} {_of(share)} {share.predicate}, altså {wrong} prosent.{share.cite}"
                yield site.said(site.pick(site.section(section, share.questions)), said, *share.spots)


_INDEFINITE = {
    "brukerne": "brukere", "kommunene": "kommuner", "leilighetene": "leiligheter", "planene": "planer", "vedtakene": "vedtak",
    "e-postene": "e-poster", "personene": "personer", "referatene": "referater", "intervjuene": "intervjuer", "søknadene": "søknader",
    "informantene": "informanter", "henvisningene": "henvisninger",
}  # fmt: skip


def _of(share: Share) -> str:
    """The noun after «8 av 15»: brukere i utvalget."""
    words = share.noun.removeprefix("de ").split(" ")
    return " ".join(_INDEFINITE.get(one, one) for one in words)


# 3 Two values --------------------------------------------------------------------------------------------------------


@kind(3, "one measure twice in the register")
def twice(site: Site) -> Iterator[Defect]:
    for row, value in site.quantities:
        if value >= 2 and row["as_of"] and not row["bound"] and not row["part_of"] and row["unit"] != "ikke oppgitt":
            new = one_digit(row["value"], site.random)
            added = site.copied(row, value=new, whole="", counted="", base="", indicator="", note="", table="")
            spots = (
                site.at("quantities", row.id, "value", "as_of"),
                site.at("quantities", f"{row.id}-ny", "value", "as_of"),
            )
            yield Defect((added,), spots, f"{row['what']} {row['group']} {row['as_of']}: {row['value']} og {new}")


@kind(3, "one survey answer twice")
def survey_twice(site: Site) -> Iterator[Defect]:
    for row in site.rows("surveys"):
        if site.exact(row) and row["period"] and not row["bound"] and not row["not_used"]:
            new = one_digit(row["value"], site.random)
            spots = (
                site.at("surveys", row.id, "value", "period"),
                site.at("surveys", f"{row.id}-ny", "value", "period"),
            )
            yield Defect((site.copied(row, value=new, table=""),), spots, f"{row['question']}: {row['value']} og {new}")


def _typed(site: Site, form: str) -> Iterator[tuple[Defect, bool]]:
    """References replaced by a wrong value, and whether the right one still stands elsewhere in the texts."""
    for paragraph, match, fact in site.references:
        number = fact.number
        if (
            (match[2] or "") != form
            or number is None
            or number.kind != "exact"
            or number.high is not None
            or number.value < 2
        ):
            continue
        if re.search(r"(?:^|[.!?:] )$", paragraph.content[: match.start()]):
            continue
        right = str(number.value).replace(".", ",")
        typed = one_digit(right, site.random)
        value = value_of(typed)
        if value is None or value == number.value:
            continue
        again = sum(1 for _, _, other in site.references if other.id == fact.id) > 1
        if form == "ord":
            typed = word(site.random.choice([n for n in range(2, 13) if n != number.value]))
        elif fact.unit in ("prosent", "prosentpoeng"):
            typed = f"{typed} {'%' if fact.unit == 'prosent' else fact.unit}"
        else:
            typed = shown(value)
        yield site.retyped(paragraph, match, typed, fact), again


@kind(3, "a number typed in one text, right in another")
def typed_against_text(site: Site) -> Iterator[Defect]:
    yield from (defect for defect, again in _typed(site, "") if again)


@kind(3, "a number typed against the register")
def typed_against_register(site: Site) -> Iterator[Defect]:
    yield from (defect for defect, again in _typed(site, "") if not again)


@kind(3, "a number in a statement against the register")
def statement_value(site: Site) -> Iterator[Defect]:
    for row, value in site.quantities:
        if (
            value >= 10
            and row["as_of"]
            and row["source"]
            and not row["bound"]
            and not row["group"]
            and row["unit"].isalpha()
        ):
            if row["what"].split()[0][-1:] not in "er" or row["unit"] in ("prosent", "år"):
                continue
            mine = [
                e
                for e in site.rows("evidence")
                if set(e.refs("questions")) & set(row.refs("questions")) and e["criteria"]
            ]
            told = "fortalt" if site.audit.row("interviews", row.refs("source")[0]) else "dokumentert"
            if not mine:
                continue
            like = mine[0]
            new = one_digit(row["value"], site.random)
            text = f"{row['what']} per {row['as_of']}: {new} {row['unit']}."
            added = site.copied(
                like, id="ny-setning", text=text, questions=row["questions"], source=row["source"], known=told, as_of=row["as_of"],
                direction="nøytral", contradicted_by="", clarification="", note="", quote="", missing="",
            )  # fmt: skip
            spots = (site.at("evidence", "ny-setning", "text"), site.at("quantities", row.id, "value"))
            yield Defect((added,), spots, f"{text} Registeret: {row['value']}")


# 4 Parts and wholes --------------------------------------------------------------------------------------------------


@kind(4, "part larger than its whole")
def part_larger(site: Site) -> Iterator[Defect]:
    for row, value in site.quantities:
        total = site.audit.row("quantities", row["part_of"] or row["base"])
        whole = site.exact(total) if total else None
        if total and whole is not None and total["whole"] != "Ja" and row["unit"] == total["unit"] and value <= whole:
            for over in (2, max(5, int(whole) // 4)):
                spots = (site.at("quantities", row.id, "part_of", "base"), site.at("quantities", total.id, "value"))
                yield site.cell(row, "value", shown(whole + over), spots=spots)


@kind(4, "whole smaller than a part")
def whole_smaller(site: Site) -> Iterator[Defect]:
    for total, _, parts in site.sums:
        largest = max(parts, key=lambda part: site.exact(part) or 0)
        high = site.exact(largest) or Decimal(0)
        if high > 1:
            spots = (
                site.at("quantities", largest.id, "value", "part_of"),
                site.at("quantities", total.id, "value", "whole"),
            )
            defect = site.cell(total, "value", shown(high - 1), spots=spots)
            yield Defect(defect.changes, defect.spots, defect.note, (1,))


@kind(4, "new herav-number above its whole")
def new_part_larger(site: Site) -> Iterator[Defect]:
    for row, value in site.quantities:
        plain = row["unit"] in (
            "brukere",
            "personer",
            "boliger",
            "vedtak",
            "henvisninger",
            "ansatte",
            "søknader",
            "elever",
            "henvendelser",
        )
        if (
            plain
            and 5 <= value < 5000
            and not row["bound"]
            and not row["part_of"]
            and row["whole"] != "Ja"
            and row["source"]
        ):
            new = shown(value + site.random.choice((1, 4, 12)))
            added = site.copied(
                row, what=f"{row['what']}, herav nye i året", value=new, part_of=row.id, table="", indicator="", base="",
                counted="", definition="", note="",
            )  # fmt: skip
            spots = (site.at("quantities", f"{row.id}-ny", "value", "part_of"), site.at("quantities", row.id, "value"))
            yield Defect((added,), spots, f"{row['what']}: {row['value']}, herav {new}")


@kind(4, "sample larger than its population")
def sample_larger(site: Site) -> Iterator[Defect]:
    for row in site.rows("samples"):
        size = site.exact(row, "size")
        if size and size > 2:
            small = shown(size - site.random.choice((1, 2)))
            defect = site.cell(row, "population", small, told=("size", "rule"))
            reason = Cell("samples", row.id, "missing", without_reason(row, "population"))
            yield Defect((*defect.changes, reason), defect.spots, defect.note, (10,))


@kind(4, "more answered than were asked")
def more_answered(site: Site) -> Iterator[Defect]:
    for row in site.rows("surveys"):
        sent = site.random.randint(60, 400)
        answered = sent + site.random.choice((1, 12, 40))
        changes = tuple(
            Cell("surveys", row.id, key, str(value)) for key, value in (("sent", sent), ("answered", answered))
        )
        yield Defect(
            changes,
            (site.at("surveys", row.id, "sent", "answered"),),
            f"Undersøkelser {row.id}: {answered} av {sent} svarte",
        )


@kind(4, "n above the number who answered")
def n_above_answered(site: Site) -> Iterator[Defect]:
    for row in site.rows("surveys"):
        answered = site.random.randint(40, 300)
        n = answered + site.random.choice((3, 25))
        changes = tuple(
            Cell("surveys", row.id, key, str(value))
            for key, value in (("sent", answered + 50), ("answered", answered), ("size", n))
        )
        yield Defect(
            changes,
            (site.at("surveys", row.id, "size", "answered"),),
            f"Undersøkelser {row.id}: n = {n}, svart {answered}",
        )


@kind(4, "positions of one person above 100")
def positions(site: Site) -> Iterator[Defect]:
    units = [row["unit"].partition(",")[0].partition(" (")[0] for row in site.held if row["unit"]]
    for unit, other in pairwise(units):
        if unit == other:
            continue
        shares = site.random.choice(((60, 60), (80, 30), (50, 70)))
        base = {
            "unit": "stillingsprosent",
            "as_of": str(site.span[1]),
            "source": site.source.id,
            "definition": "Samme person",
        }
        what = f"Stillingsandel for leder av {unit}"
        rows = tuple(
            site.new("quantities", f"ny-stilling-{n}", what=what, group=group, value=str(share), **base)
            for n, (group, share) in enumerate(zip((unit, other), shares, strict=True), start=1)
        )
        spots = tuple(site.at("quantities", f"ny-stilling-{n}", "value") for n in (1, 2))
        yield Defect(rows, spots, f"{what}: {shares[0]} + {shares[1]} prosent, samme person")


@kind(4, "share above 100 percent")
def share_above(site: Site) -> Iterator[Defect]:
    for register in ("quantities", "surveys"):
        for row in site.rows(register):
            value = site.exact(row)
            if row["unit"] == "prosent" and value and value < 100 and not row["bound"]:
                yield site.cell(row, "value", shown(value + 100))


@kind(4, "n of N in a sentence with n above N")
def n_above(site: Site) -> Iterator[Defect]:
    for share in site.shares:
        for section in ("datagrunnlag", "vurdering"):
            n = share.base + site.random.choice((1, 2))
            said = f"I alt {n} av {share.base} {_of(share)} {share.predicate}.{share.cite}"
            yield site.said(site.pick(site.section(section, share.questions)), said, *share.spots, also=(12,))


# 5 Missing values ----------------------------------------------------------------------------------------------------


def _emptied(site: Site, row: Row, column: str) -> Defect:
    changes = (
        Cell(row.register, row.id, column, ""),
        Cell(row.register, row.id, "missing", without_reason(row, column)),
    )
    spots = (site.at(row.register, row.id, column, "missing"),)
    return Defect(
        changes, spots, f"{row.schema.sheet} {row.id}, {row.schema.label(column)}: «{row[column]}» tatt ut uten grunn"
    )


@kind(5, "value emptied, no reason")
def value_emptied(site: Site) -> Iterator[Defect]:
    for register in ("quantities", "surveys"):
        for row in site.rows(register):
            if (
                row["value"]
                and not row["part_of"]
                and f"{register}.{row.id}" not in site.referred
                and "missing" in row.letters
                and not without_reason(row, "value")
            ):
                yield _emptied(site, row, "value")


@kind(5, "value emptied, the reason is for another column")
def value_emptied_other_reason(site: Site) -> Iterator[Defect]:
    for row in site.rows("quantities"):
        if (
            row["value"]
            and not row["part_of"]
            and f"quantities.{row.id}" not in site.referred
            and "Kilde:" in row["missing"]
        ):
            yield _emptied(site, row, "value")


@kind(5, "date emptied, no reason")
def date_emptied(site: Site) -> Iterator[Defect]:
    for register, column in (
        ("quantities", "as_of"),
        ("sources", "date"),
        ("interviews", "date"),
        ("samples", "as_of"),
        ("comments", "date"),
    ):
        for row in site.rows(register):
            if row[column] and "missing" in row.letters and not row["missing"]:
                yield _emptied(site, row, column)


@kind(5, "persons or answers emptied, no reason")
def count_emptied(site: Site) -> Iterator[Defect]:
    for register, column in (("interviews", "persons"), ("surveys", "answered")):
        for row in site.rows(register):
            if row[column] and "missing" in row.letters and not without_reason(row, column) and not row["not_held"]:
                yield _emptied(site, row, column)


@kind(5, "total over incomplete rows")
def partial_total(site: Site) -> Iterator[Defect]:
    for total, value, parts in site.sums:
        for part in parts:
            gone = site.exact(part)
            if gone and len(parts) > 2 and f"quantities.{part.id}" not in site.referred:
                changes = (
                    Cell("quantities", part.id, "value", ""),
                    Cell("quantities", part.id, "missing", with_reason(part, "value", "etterspurt, ikke mottatt")),
                    Cell("quantities", total.id, "value", shown(value - gone)),
                )
                spots = (
                    site.at("quantities", total.id, "value", "whole"),
                    site.at("quantities", part.id, "value", "missing"),
                )
                yield Defect(changes, spots, f"Tall {total.id}: total over rader der {part.id} mangler")


@kind(5, "new total over incomplete rows")
def new_partial_total(site: Site) -> Iterator[Defect]:
    for _ in range(6):
        parts = [site.random.randint(11, 180) for _ in range(3)]
        base = {
            "what": "Søknader om støttekontakt",
            "unit": "søknader",
            "as_of": str(site.span[1]),
            "source": site.source.id,
        }
        rows = [
            site.new("quantities", f"ny-del-{n}", **base, value=str(value), group=f"Sone {n}", part_of="ny-total")
            for n, value in enumerate(parts, start=1)
        ]
        lost = site.new(
            "quantities",
            "ny-del-4",
            **base,
            group="Sone 4",
            part_of="ny-total",
            missing="Verdi: etterspurt, ikke mottatt",
        )
        total = site.new("quantities", "ny-total", **base, group="I alt", value=str(sum(parts)), whole="Ja")
        spots = (
            site.at("quantities", "ny-total", "value", "whole"),
            site.at("quantities", "ny-del-4", "value", "missing"),
        )
        yield Defect((total, *rows, lost), spots, f"Total {sum(parts)} over tre av fire soner")


# 6 Units -------------------------------------------------------------------------------------------------------------

_OTHER = {
    "årsverk": "ansatte", "ansatte": "årsverk", "brukere": "vedtak", "personer": "husstander", "vedtak": "brukere", "stillinger": "ansatte",
    "henvisninger": "personer", "boliger": "husstander", "henvendelser": "personer", "elever": "klasser", "avvik": "personer",
}  # fmt: skip


@kind(6, "another unit in one part of a sum")
def part_unit(site: Site) -> Iterator[Defect]:
    for total, _, parts in site.sums:
        for part in parts:
            if other := _OTHER.get(part["unit"]):
                spots = tuple(site.at("quantities", row.id, "unit", "value", "whole") for row in (total, *parts))
                yield site.cell(part, "unit", other, spots=spots)


@kind(6, "another unit in a term of a difference or sum")
def operand_unit(site: Site) -> Iterator[Defect]:
    for measure in site.rows("measures"):
        for id in measure.refs("operands") if measure["kind"] == "differanse" else ():
            row = site.audit.row("quantities", id)
            other = _OTHER.get(row["unit"]) if row else None
            if row and other:
                spots = [site.at("measures", measure.id)]
                spots += [site.at("quantities", name, "unit") for name in measure.refs("operands")]
                yield site.cell(row, "unit", other, spots=spots)


@kind(6, "heads and FTE in one sum")
def mixed_sum(site: Site) -> Iterator[Defect]:
    by_unit = {
        unit: [row for row, _ in site.quantities if row["unit"] == unit] for unit in ("ansatte", "årsverk", "personer", "brukere", "vedtak", "boliger", "plasser")
    }  # fmt: skip
    for one, other in (
        ("ansatte", "årsverk"),
        ("personer", "vedtak"),
        ("brukere", "boliger"),
        ("personer", "plasser"),
        ("brukere", "vedtak"),
    ):
        for first, second in list(zip(by_unit[one], by_unit[other], strict=False))[:4]:
            added = site.new(
                "measures", "ny-sum", label=f"{first['what']} og {second['what'].lower()} i alt", kind="sum", over="Tall", column="Verdi",
                n_where=f"id i ({first.id}, {second.id})", unit=one,
            )  # fmt: skip
            spots = (
                site.at("measures", "ny-sum"),
                site.at("quantities", first.id, "unit"),
                site.at("quantities", second.id, "unit"),
            )
            yield Defect((added,), spots, f"{first['value']} {one} + {second['value']} {other}")


@kind(6, "percent for percentage points in Måltall")
def points(site: Site) -> Iterator[Defect]:
    for measure in site.rows("measures"):
        if measure["kind"] == "differanse" and measure["unit"] == "prosentpoeng":
            yield site.cell(measure, "unit", "prosent", told=("operands", "kind", "label"))


@kind(6, "percent for percentage points in a sentence")
def points_in_text(site: Site) -> Iterator[Defect]:
    for paragraph in site.section("datagrunnlag") + site.text("summary"):
        low, rise = site.random.randint(21, 60), site.random.randint(3, 12)
        year = site.span[1] - 1
        subject = site.random.choice(("Andelen som fikk vedtak innen fristen", "Andelen ansatte med videreutdanning"))
        yield site.said(
            paragraph,
            f"{subject}, gikk fra {low} prosent i {year - 1} til {low + rise} prosent i {year}, en økning på {word(rise)} prosent.".replace(
                ", gikk", " gikk"
            ),
        )


@kind(6, "another unit in a sentence than in the register")
def unit_in_text(site: Site) -> Iterator[Defect]:
    for paragraph, match, fact in site.references:
        after = re.match(r" (\w+)\b", paragraph.content[match.end() :])
        other = _OTHER.get(after[1]) if after else None
        if after and other and fact.unit == after[1]:
            end = match.end() + len(after[0])
            content = f"{paragraph.content[: match.end()]} {other}{paragraph.content[end:]}"
            spots = (site.line(paragraph), site.at(fact.register, fact.row, "unit"))
            yield Defect((site.reword(paragraph, content),), spots, f"{match[0]} {other} (registeret: {fact.unit})")


# 10 Samples ----------------------------------------------------------------------------------------------------------


def _sampled(site: Site, row: Row) -> tuple[Spot, ...]:
    columns = ("population", "size", "rule", "draw", "drawn_by", "as_of", "stratum", "missing", "replaced")
    return (site.at("samples", row.id, *columns), site.at("cases", "*", "sample"), site.at("cases", "*", "id"))


@kind(10, "n that does not follow from the rule")
def n_off_rule(site: Site) -> Iterator[Defect]:
    for row in site.rows("samples"):
        if re.search(r"hver \d+\.", row["rule"]) and row["population"]:
            for off in (-4, 3, 6):
                yield site.cell(
                    row, "size", shown((site.exact(row, "size") or Decimal(0)) + off), spots=_sampled(site, row)
                )


@kind(10, "n against the cases")
def n_off_cases(site: Site) -> Iterator[Defect]:
    for row in site.rows("samples"):
        if any(case["sample"] == row.id for case in site.rows("cases")):
            for off in (1, 2, 3):
                yield site.cell(
                    row, "size", shown((site.exact(row, "size") or Decimal(0)) + off), spots=_sampled(site, row)
                )


@kind(10, "a case removed, n stands")
def case_removed(site: Site) -> Iterator[Defect]:
    for row in site.rows("samples"):
        for case in site.rows("cases"):
            if case["sample"] == row.id:
                yield Defect((Drop("cases", case.id),), _sampled(site, row), f"Saker {case.id} tatt ut, n står")


@kind(10, "random with a systematic rule")
def random_rule(site: Site) -> Iterator[Defect]:
    for row in site.rows("samples"):
        if re.search(r"hver \d+\.", row["rule"]):
            yield site.cell(row, "draw", "tilfeldig", spots=_sampled(site, row))


@kind(10, "all, with n below N")
def all_drawn(site: Site) -> Iterator[Defect]:
    for row in site.rows("samples"):
        if row["population"] and row["draw"] != "alle":
            yield site.cell(row, "draw", "alle", spots=_sampled(site, row))


@kind(10, "population or draw emptied")
def population_emptied(site: Site) -> Iterator[Defect]:
    for row in site.rows("samples"):
        for column in ("population", "rule", "drawn_by"):
            if row[column] and row["draw"] in ("systematisk", "tilfeldig"):
                defect = _emptied(site, row, column)
                yield Defect(defect.changes, (*defect.spots, *_sampled(site, row)), defect.note, (5,))


def _new_sample(site: Site, **cells: str) -> Add:
    things = ("Vedtak om støttekontakt", "Søknader om bolig", "Journaler i tjenesten", "Avviksmeldinger")
    base = {
        "what": site.random.choice(things), "as_of": str(site.span[1]), "drawn_by": "revisor", "source": site.source.id,
    }  # fmt: skip
    return site.new("samples", "u9", **{**base, **cells})


_NEW_SAMPLE = ("population", "size", "rule", "draw", "drawn_by", "missing", "stratum")


@kind(10, "new sample whose n does not follow from its interval")
def new_interval(site: Site) -> Iterator[Defect]:
    for _ in range(8):
        step = site.random.choice((5, 8, 10, 12))
        n = site.random.randint(10, 30)
        whole = n * step + site.random.randint(0, step - 1)
        wrong = n + site.random.choice((-5, -3, 4, 7))
        added = _new_sample(site, population=str(whole), draw="systematisk", rule=f"hver {step}. sak", size=str(wrong))
        yield Defect((added,), (site.at("samples", "u9", *_NEW_SAMPLE),), f"N = {whole}, hver {step}., n = {wrong}")


@kind(10, "new sample whose n does not follow from its strata")
def new_strata(site: Site) -> Iterator[Defect]:
    for _ in range(5):
        each, strata = site.random.choice((4, 5, 6)), site.random.choice((3, 4))
        wrong = each * strata + site.random.choice((-2, -1, 2))
        rule = f"{word(each)} saker fra hver av {word(strata)} soner"
        added = _new_sample(
            site, population="240", draw="tilfeldig", rule=rule, size=str(wrong), stratum=f"{word(strata)} soner"
        )
        yield Defect((added,), (site.at("samples", "u9", *_NEW_SAMPLE),), f"{rule}, n = {wrong}")


@kind(10, "new random sample without population or draw")
def new_random(site: Site) -> Iterator[Defect]:
    for _ in range(4):
        added = _new_sample(site, draw="tilfeldig", rule="", size=str(site.random.randint(5, 20)), drawn_by="")
        yield Defect(
            (added,), (site.at("samples", "u9", *_NEW_SAMPLE),), "Tilfeldig utvalg uten populasjon, regel og trekker"
        )


@kind(10, "n in a sentence against the register")
def n_in_text(site: Site) -> Iterator[Defect]:
    for row in site.rows("samples"):
        size = site.exact(row, "size")
        for paragraph in site.text("method", "summary", "background") if size else ():
            wrong = int(size or 0) + site.random.choice((2, 3, 5))
            thing = "vedtak" if "edtak" in row["what"] else "planer" if "planer" in row["what"] else "brukere"
            said = f"Stikkprøven omfatter {word(wrong)} {thing}. [@{row.id}]"
            yield site.said(paragraph, said, *_sampled(site, row), also=(3,))


# 11 Control points ---------------------------------------------------------------------------------------------------


def _points(site: Site, sample: str) -> list[Row]:
    return [row for row in site.rows("control_points") if sample in row.refs("sample")]


@kind(11, "value where the declared rule says the point does not apply")
def against_rule(site: Site) -> Iterator[Defect]:
    for sample in site.rows("samples"):
        cases = [case for case in site.rows("cases") if case["sample"] == sample.id]
        yes_no = [point for point in _points(site, sample.id) if point["kind"] == "ja/nei"]
        for point in yes_no:
            for ground in yes_no:
                out = [case for case in cases if case[ground.id] == "Nei"]
                if point.id == ground.id or not out or len(out) == len(cases):
                    continue
                rule = Cell("control_points", point.id, "applies_when", f"{ground.id} = Ja")
                silent = tuple(Cell("cases", case.id, point.id, "Ikke relevant") for case in out)
                for case in site.random.sample(out, min(2, len(out))):
                    changes: tuple[Change, ...] = (rule, *silent, Cell("cases", case.id, point.id, "Ja"))
                    spots = (
                        site.at("cases", case.id, point.id, ground.id),
                        site.at("control_points", point.id, "applies_when"),
                    )
                    yield Defect(changes, spots, f"{point.id} gjelder når {ground.id} = Ja; {case.id} har Nei og Ja")


@kind(11, "not relevant where the declared rule says the point applies")
def silent_against_rule(site: Site) -> Iterator[Defect]:
    for sample in site.rows("samples"):
        cases = [case for case in site.rows("cases") if case["sample"] == sample.id]
        yes_no = [point for point in _points(site, sample.id) if point["kind"] == "ja/nei"]
        for point in yes_no:
            for ground in yes_no:
                out = [case for case in cases if case[ground.id] == "Nei"]
                into = [case for case in cases if case[ground.id] == "Ja"]
                if point.id == ground.id or not out or not into:
                    continue
                rule = Cell("control_points", point.id, "applies_when", f"{ground.id} = Ja")
                silent = tuple(Cell("cases", case.id, point.id, "Ikke relevant") for case in out)
                case = site.random.choice(into)
                spots = (
                    site.at("cases", case.id, point.id, ground.id),
                    site.at("control_points", point.id, "applies_when"),
                )
                changes = (rule, *silent, Cell("cases", case.id, point.id, "Ikke relevant"))
                yield Defect(
                    changes, spots, f"{point.id} gjelder når {ground.id} = Ja; {case.id} har Ja og Ikke relevant"
                )


@kind(11, "value for a point of another sample")
def foreign_point(site: Site) -> Iterator[Defect]:
    for case in site.rows("cases"):
        for point in site.rows("control_points"):
            if case["sample"] not in point.refs("sample") and point["kind"] == "ja/nei":
                defect = site.cell(
                    case, point.id, "Ja", told=("sample",), spots=[site.at("control_points", point.id, "sample")]
                )
                yield defect


@kind(11, "yes/no-point without criterion or rule behind it")
def point_without_rule(site: Site) -> Iterator[Defect]:
    for point in site.rows("control_points"):
        if point["kind"] == "ja/nei" and point["criteria"]:
            empty = ("criteria", "rule", "note", "missing")
            changes = tuple(Cell("control_points", point.id, column, "") for column in empty)
            note = f"Kontrollpunkt {point.id} uten kriterium og regel"
            yield Defect(changes, (site.at("control_points", point.id),), note)


@kind(11, "value outside the scale of the point")
def off_scale(site: Site) -> Iterator[Defect]:
    for case in site.rows("cases"):
        for point in _points(site, case["sample"]):
            if case[point.id] and point["kind"] in ("ja/nei", "tall"):
                value = site.random.choice(("Delvis", "X", "Ja/Nei")) if point["kind"] == "ja/nei" else "Ja"
                defect = site.cell(case, point.id, value, spots=[site.at("control_points", point.id)])
                yield Defect(defect.changes, defect.spots, defect.note, (0,))


# 29 Garbled values ---------------------------------------------------------------------------------------------------


def _numeric(site: Site) -> Iterator[Row]:
    for register in ("quantities", "surveys"):
        for row in site.rows(register):
            if site.exact(row) is not None:
                yield row


def _garbled(site: Site, row: Row, value: str) -> Defect:
    return site.cell(row, "value", value)


@kind(29, "two values fused")
def fused(site: Site) -> Iterator[Defect]:
    rows = [
        row for row in _numeric(site) if row["unit"] == "prosent" and len(row["value"]) == 2 and row["value"].isdigit()
    ]
    for row, other in pairwise(rows):
        if row.register == other.register and row["table"] == other["table"]:
            yield _garbled(site, row, row["value"] + other["value"])


@kind(29, "footnote mark after a value")
def footnote_glued(site: Site) -> Iterator[Defect]:
    for row in _numeric(site):
        if "," not in row["value"] and len(row["value"].replace(" ", "")) < 3:
            yield _garbled(site, row, f"{row['value']} {site.random.randint(1, 9)}")


@kind(29, "thousands dot")
def thousands_dot(site: Site) -> Iterator[Defect]:
    for row in _numeric(site):
        value = site.exact(row)
        if value and value >= 1000 and "," not in row["value"]:
            yield _garbled(
                site,
                row,
                row["value"].replace(" ", "").rjust(4)[:-3].strip() + "." + row["value"].replace(" ", "")[-3:],
            )


@kind(29, "blank after the decimal comma, or letter for a digit")
def broken_number(site: Site) -> Iterator[Defect]:
    for row in _numeric(site):
        if "," in row["value"]:
            yield _garbled(site, row, row["value"].replace(",", ", "))
        elif "0" in row["value"] and len(row["value"]) > 1:
            yield _garbled(site, row, row["value"].replace("0", "O", 1))
        elif "1" in row["value"] and len(row["value"]) > 1:
            yield _garbled(site, row, row["value"].replace("1", "l", 1))


@kind(29, "unit glued to a value")
def unit_glued(site: Site) -> Iterator[Defect]:
    for row in _numeric(site):
        if row["unit"] in ("prosent", "årsverk", "kr"):
            yield _garbled(site, row, row["value"] + {"prosent": "%", "årsverk": " årsv.", "kr": ",-"}[row["unit"]])


@kind(29, "year with a footnote mark in a text")
def year_glued(site: Site) -> Iterator[Defect]:
    for paragraph in site.paragraphs:
        for match in re.finditer(
            r"(?<![\d.])(?:i|fra|siden) (20[01]\d|202[0-2])(?![\d.–-])(?=[ .,])", paragraph.content
        ):
            glued = f"{match[0]}{site.random.randint(10, 99)}"
            content = paragraph.content[: match.start()] + glued + paragraph.content[match.end() :]
            yield Defect((site.reword(paragraph, content),), (site.line(paragraph),), f"«{glued}»", (7,))


@kind(29, "unit twice in a text")
def unit_twice(site: Site) -> Iterator[Defect]:
    for paragraph, match, fact in site.references:
        if (
            fact.unit == "prosent"
            and not match[2]
            and not re.match(r" (?:prosent|%)", paragraph.content[match.end() :])
        ):
            content = paragraph.content[: match.end()] + " prosent" + paragraph.content[match.end() :]
            yield Defect(
                (site.reword(paragraph, content),), (site.line(paragraph),), f"{match[0]} prosent: «% prosent»"
            )


@kind(29, "month.year read as a decimal")
def month_decimal(site: Site) -> Iterator[Defect]:
    for register, column in (("quantities", "as_of"), ("evidence", "as_of"), ("sources", "date")):
        for row in site.rows(register):
            date = row.date(column)
            if date and re.fullmatch(r"\d{4}|\d\d\.\d{4}", row[column]):
                defect = site.cell(row, column, f"{site.random.randint(1, 12):02},{date.first.year}")
                yield Defect(defect.changes, defect.spots, defect.note, (7,))


# 30 Age bands --------------------------------------------------------------------------------------------------------


def _bands(site: Site, ages: tuple[str, str, str], note: str) -> Iterator[Defect]:
    services = {"tilbud": "Gruppetilbudet", "tjeneste": "Oppfølgingsteamet", "rutine": "Samtaletilbudet"}
    for type, name in services.items():
        groups = ("barn", "ungdom", "unge voksne")
        rows = tuple(
            site.new(
                "arrangements", f"ny-{n}", type=type if type != "rutine" else "tilbud", name=f"{name} for {group}", parties=name, age=age,
                used_as="grunnlag", source=site.source.id,
            )
            for n, (group, age) in enumerate(zip(groups, ages, strict=True), start=1)
        )  # fmt: skip
        yield Defect(
            rows,
            tuple(site.at("arrangements", f"ny-{n}", "age") for n in (1, 2, 3)),
            f"{name}: {', '.join(ages)} ({note})",
        )


@kind(30, "gap between the bands of one service")
def band_gap(site: Site) -> Iterator[Defect]:
    for ages in (("0–12", "15–18", "19–25"), ("6–12", "13–17", "20–25"), ("6–11", "13–18", "19–30")):
        yield from _bands(site, ages, "hull")


@kind(30, "overlap between the bands of one service")
def band_overlap(site: Site) -> Iterator[Defect]:
    for ages in (("0–13", "11–18", "19–25"), ("6–12", "13–20", "17–25"), ("6–14", "12–18", "19–30")):
        yield from _bands(site, ages, "overlapp")


@kind(30, "one service with two bands")
def band_twice(site: Site) -> Iterator[Defect]:
    for row in site.rows("arrangements"):
        if match := re.fullmatch(r"(\d+)–(\d+)", row["age"]):
            new = f"{match[1]}–{int(match[2]) + site.random.choice((1, 2, 3))}"
            spots = (
                site.at("arrangements", row.id, "age", "name"),
                site.at("arrangements", f"{row.id}-ny", "age", "name"),
            )
            yield Defect(
                (site.copied(row, age=new, table=""),), spots, f"{row['name']}: {row['age']} og {new}", (3, 24)
            )


@kind(30, "a band in a sentence against the register")
def band_in_text(site: Site) -> Iterator[Defect]:
    for row in site.rows("arrangements"):
        if match := re.fullmatch(r"(\d+)(?:–(\d+)|\+)", row["age"]):
            low = int(match[1]) + site.random.choice((1, 2, 3))
            ages = f"{low}–{int(match[2]) + 1} år" if match[2] else f"fra {low} år"
            for section in ("datagrunnlag", "vurdering"):
                said = f"Tilbudet {row['name']} gjelder {'alderen ' if match[2] else 'voksne '}{ages}."
                paragraph = site.pick(site.section(section, row.refs("questions")))
                yield site.said(paragraph, said, site.at("arrangements", row.id, "age", "name"), also=(3,))


@kind(30, "a gap in bands told in a sentence")
def gap_in_text(site: Site) -> Iterator[Defect]:
    for paragraph in site.section("datagrunnlag"):
        low = site.random.choice((12, 15, 18))
        high = low + site.random.choice((2, 3))
        yield site.said(
            paragraph,
            f"Gruppetilbudet for ungdom gjelder til og med {low} år, og gruppetilbudet for voksne gjelder fra {high + 1} år.",
        )
