"""Do totals, parts, percentages and counts agree, at the precision they were printed with?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

from helpers.checks import Evidence, Hit, check
from helpers.facts import parts_of
from helpers.message import Place
from helpers.numbers import PERCENT, Number, round_like, round_to, show_number
from helpers.register import Row
from helpers.runs import place_lines

UNCERTAIN = "Uavklart"
MOST_UNCERTAIN = 6


@check("total-mot-deler")
def totals(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A declared total that its parts do not make (class 1).

    Parts marked *Uavklart* are tried with and without: the hit names every sum they allow. A total
    with «ca.» agrees with sums that round to it.
    """
    audit = evidence.audit
    words = audit.words
    for total in audit.rows(register):
        number = total.number("value")
        parts = [part for part in parts_of(audit, total) if part["counts"] != "Nei"]
        if total["whole"] != "Ja" or number is None or not parts:
            continue
        sure = [part for part in parts if part["counts"] != UNCERTAIN]
        unsure = [part for part in parts if part["counts"] == UNCERTAIN][:MOST_UNCERTAIN]
        if any(part.number("value") is None for part in sure) and not _exceeds(number, sure):
            continue  # incomplete: another check's business
        base = _sum(sure)
        sums = sorted({base + _sum(chosen) for size in range(len(unsure) + 1) for chosen in combinations(unsure, size)})
        fitting = [value for value in sums if _agrees(number, value)]
        if fitting and not unsure:
            continue
        shown = " + ".join(words.decimal(value.value) for part in sure if (value := part.number("value")))
        touches = tuple(part.place("value") for part in parts)
        if not unsure:
            rows, given = place_lines(parts, words), show_number(number, words)
            found = f"{total['what']}: i alt {given}, men delene i {rows} blir {words.decimal(base)} ({shown})"
            yield Hit(
                total.place("value"),
                found,
                "",
                "Rett tallet, legg til raden som mangler, eller sett Delene utgjør hele = Nei og skriv hvorfor.",
                touches,
                mild=number.kind != "exact",
            )
            continue
        options = ", ".join(words.decimal(value) for value in sums[:-1]) + f" eller {words.decimal(sums[-1])}"
        rows = place_lines(unsure, words)
        fits = " og ".join(words.decimal(value) for value in fitting)
        found = (
            f"{total['what']}: i alt {show_number(number, words)}, men delene blir {options}, "
            f"etter om {rows} regnes med" + (f"; bare {fits} passer" if fitting else "; ingen av dem passer")
        )
        yield Hit(
            total.place("value"),
            found,
            "",
            "Avklar hvilke rader som regnes med, og sett Teller med til Ja eller Nei.",
            tuple(part.place("value") for part in unsure),
            mild=number.kind != "exact",
        )


def _sum(parts: Sequence[Row]) -> Decimal:
    return sum((number.value for part in parts if (number := part.number("value"))), Decimal(0))


def _exceeds(total: Number, parts: Sequence[Row]) -> bool:
    return _sum(parts) > total.value


def _agrees(total: Number, value: Decimal) -> bool:
    """A sum agrees when it is equal, or, under a bound, within what the bound covers."""
    if total.high is not None:
        return total.value <= value <= total.high
    if total.kind == "about":
        return _about(total.value, value)
    return {
        "exact": value == total.value,
        "at most": value <= total.value,
        "less": value < total.value,
        "at least": value >= total.value,
        "more": value > total.value,
    }[total.kind]


def _about(printed: Decimal, value: Decimal) -> bool:
    """«ca. 94» holds 93,5 to 94,5; round numbers (a multiple of ten) hold ± 5 % (practice, section 6)."""
    if printed % 10 == 0:
        return abs(value - printed) * 20 <= abs(printed)
    return abs(value - printed) <= Decimal("0.5").scaleb(int(printed.as_tuple().exponent))


@check("prosent-mot-antall")
def percentages(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A percentage that does not follow from its count and base at the printed precision (class 2)."""
    words = evidence.audit.words
    for row in evidence.audit.rows(register):
        fact = evidence.facts.by_id[f"quantities.{row.id}"]
        if fact.unit != PERCENT or not fact.number or fact.n is None or not fact.base or not row["counted"]:
            continue
        share = Decimal(100 * fact.n) / fact.base
        right = round_like(share, fact.number)
        number = fact.number
        if (number.kind == "exact" and right != number.value) or (
            number.kind != "exact" and not _agrees(number, share)
        ):
            truncated = abs(share - number.value) < Decimal(1).scaleb(-number.places) and share > number.value
            exact = words.decimal(round_to(share, 2))
            yield Hit(
                row.place("value"),
                f"Det står {show_number(number, words)} %. {fact.n} av {fact.base} er {exact} %",
                f"{words.decimal(right)} % med samme antall desimaler",
                "Rett prosenten, eller la et måltall regne den ut.",
                mild=truncated or number.kind != "exact",
            )


@check("del-storre-enn-hele")
def part_above_whole(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A part larger than its whole, or a share above one hundred (class 4)."""
    words = evidence.audit.words
    for row in evidence.audit.rows(register):
        number = row.number("value")
        if number is None:
            continue
        if row["unit"] == PERCENT and row["base"] and number.value > 100:
            yield Hit(
                row.place("value"),
                f"{show_number(number, words)} % av en base er mer enn hele",
                "Høyst 100 %",
                "Rett tallet.",
            )
        for column in ("part_of", "base"):
            whole = evidence.audit.row("quantities", row[column]) if row[column] else None
            limit = whole.number("value") if whole else None
            if (
                whole
                and limit
                and whole["unit"] == row["unit"]
                and limit.kind == "exact"
                and number.value > limit.value
            ):
                yield Hit(
                    row.place("value"),
                    f"Delen {show_number(number, words)} er større enn {whole['what']}, {show_number(limit, words)}",
                    "",
                    "Rett tallet, eller ta ut henvisningen.",
                    (whole.place("value"),),
                )


@check("total-ufullstendig")
def partial_totals(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A total given over parts of which some have no value (class 5)."""
    for total in evidence.audit.rows(register):
        parts = parts_of(evidence.audit, total)
        lacking = [part for part in parts if part.number("value") is None and part["counts"] != "Nei"]
        if total["whole"] == "Ja" and total.number("value") and lacking:
            names = ", ".join(part["group"] or part["what"] for part in lacking)
            yield Hit(
                total.place("value"),
                f"{total['what']}: totalen er oppgitt, men {len(lacking)} av {len(parts)} deler mangler "
                f"verdi ({names})",
                "",
                "Før inn delene, eller si i teksten at totalen er ufullstendig.",
                tuple(part.place("value") for part in lacking),
            )


@check("svarprosent")
def response_rates(evidence: Evidence, register: str) -> Iterator[Hit]:
    """More answers than were asked for (class 4)."""
    for row in evidence.audit.rows(register):
        sent, answered = row.number("sent"), row.number("answered")
        if sent and answered and answered.value > sent.value:
            yield Hit(
                row.place("answered"),
                f"Flere har svart ({row['answered']}) enn de som er spurt ({row['sent']})",
                "",
                "Rett ett av tallene.",
            )


@check("utvalg-mot-saker")
def samples_and_cases(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A sample whose n is not the number of its case rows, or larger than its population (class 10)."""
    for row in evidence.audit.rows(register):
        size, population = row.number("size"), row.number("population")
        cases = sum(1 for case in evidence.audit.rows("cases") if case["sample"] == row.id)
        if size and cases and size.value != cases:
            yield Hit(
                row.place("size"),
                f"Utvalget er på {row['size']}, men arket Saker har {cases} rader for det",
                "",
                "Rett n, eller før inn sakene som mangler.",
                _first_case(evidence, row.id),
            )
        if size and population and size.value > population.value:
            yield Hit(
                row.place("size"),
                f"Utvalget ({row['size']}) er større enn populasjonen ({row['population']})",
                "",
                "Rett ett av tallene.",
            )


def _first_case(evidence: Evidence, sample: str) -> tuple[Place, ...]:
    return tuple(case.place() for case in evidence.audit.rows("cases") if case["sample"] == sample)[:1]
