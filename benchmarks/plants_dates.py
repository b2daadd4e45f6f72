# ruff: noqa: E501 - sentences and tables of cases read better a line each
"""Defects of dates: impossible, out of order, expired and not yet in force."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from benchmarks.editing import Cell, Parameters
from benchmarks.planting import PARAMETERS, Defect, Site, kind
from helpers.dates import parse_date
from helpers.register import Row

_DATED = (
    ("quantities", "as_of"), ("sources", "date"), ("interviews", "date"), ("evidence", "as_of"), ("comments", "date"),
    ("arrangements", "valid_from"), ("surveys", "period"), ("samples", "as_of"), ("corrections", "date"),
)  # fmt: skip
# 7 Dates -------------------------------------------------------------------------------------------------------------


@kind(7, "impossible date in a register")
def impossible(site: Site) -> Iterator[Defect]:
    for register, column in _DATED:
        for row in site.rows(register):
            if row.date(column):
                year = re.search(r"\d{4}", row[column])
                y = year[0] if year else str(site.span[1])
                new = site.random.choice((f"31.02.{y}", f"{y[:3]}{y[2:]}", f"32.05.{y}", f"12.13.{y}", f"31.11.{y}"))
                defect = site.cell(row, column, new)
                yield Defect(defect.changes, defect.spots, defect.note, (0, 29))


@kind(7, "impossible date in a text")
def impossible_in_text(site: Site) -> Iterator[Defect]:
    for paragraph in site.paragraphs:
        for match in re.finditer(
            r"(?<![\d.])(\d\d)\.(\d\d)\.(\d{4})(?!\d)|(?<![\d.–-])(19[89]\d|20[0-2]\d)(?![\d.–-])", paragraph.content
        ):
            before = paragraph.content[: match.start()]
            if before.count("[@") > before.count("]") or before.count("{{") > before.count("}}"):
                continue
            y = match[3] or match[4]
            choices = (
                (f"31.02.{y}", f"{match[1]}.{int(match[2]) + 12}.{y}")
                if match[3]
                else (f"{y[:2]}0{y[2:]}", f"{y}{y[3]}")
            )
            new = site.random.choice(choices)
            content = before + new + paragraph.content[match.end() :]
            yield Defect((site.reword(paragraph, content),), (site.line(paragraph),), f"«{match[0]}» → «{new}»")


@kind(7, "impossible date in a new sentence")
def impossible_sentence(site: Site) -> Iterator[Defect]:
    for paragraph in site.section("datagrunnlag"):
        y = site.span[1] - 1
        date = site.random.choice(
            (f"31.04.{y}", f"30. februar {y}", f"31. september {y}", f"29.02.{y if y % 4 else y - 1}")
        )
        yield site.said(paragraph, f"Rutinen ble oppdatert {date}.")


@kind(7, "validity ends before it begins")
def reversed_validity(site: Site) -> Iterator[Defect]:
    for register in ("arrangements", "sources"):
        for row in site.rows(register):
            first, last = row.date("valid_from"), row.date("valid_to")
            if first and last and first.last.year < last.first.year:
                changes = (
                    Cell(register, row.id, "valid_from", row["valid_to"]),
                    Cell(register, row.id, "valid_to", row["valid_from"]),
                )
                spots = (site.at(register, row.id, "valid_from", "valid_to"),)
                yield Defect(
                    changes, spots, f"{row.schema.sheet} {row.id}: gjelder {row['valid_to']} til {row['valid_from']}"
                )
            elif first and not row["valid_to"] and register == "arrangements":
                yield site.cell(row, "valid_to", str(first.first.year - 2), told=("valid_from",))


@kind(7, "milestones out of order")
def milestones(site: Site) -> Iterator[Defect]:
    every = site.audit.params.milestones
    for index, milestone in enumerate(every):
        earlier = [parse_date(other.date) for other in every[:index] if other.date]
        if not milestone.date or not earlier:
            continue
        years = [
            years_back
            for years_back in (1, 2, 3)
            if parse_date(milestone.date).last.year - years_back < earlier[0].first.year
        ]
        for back in years:
            new = re.sub(r"\d{4}$", str(parse_date(milestone.date).last.year - back), milestone.date)
            changed = msgspec.structs.replace(milestone, date=new)
            values = (("milestones", (*every[:index], changed, *every[index + 1 :])),)
            yield Defect(
                (Parameters(values),), PARAMETERS, f"{milestone.what}: {milestone.date} → {new}, før {every[0].what}"
            )


@kind(7, "interview, response or e-mail at the wrong time")
def out_of_time(site: Site) -> Iterator[Defect]:
    first, last = site.span
    for row in site.rows("interviews"):
        if row["form"].endswith("intervju") and not row["not_held"]:
            yield site.cell(row, "date", f"14.03.{last + 1}", spots=PARAMETERS)
    for row in site.rows("comments"):
        if row["round"] in ("uttalelse", "høring", "verifisering"):
            yield site.cell(row, "date", f"14.03.{first - 1}", spots=PARAMETERS)
    for row in site.rows("sources"):
        if row["type"] == "e-post" and row["used"] == "Ja":
            yield site.cell(row, "date", f"02.09.{last + 1}", spots=PARAMETERS)


@kind(7, "number as of a date after the report")
def later_number(site: Site) -> Iterator[Defect]:
    for row, _ in site.quantities:
        if row["as_of"] and row["unit"] not in ("prosent",):
            yield site.cell(row, "as_of", f"30.06.{site.span[1] + 1}", spots=PARAMETERS)


@kind(7, "deadline before the report")
def deadline(site: Site) -> Iterator[Defect]:
    for row in site.rows("recommendations"):
        for back in (1, 2):
            yield site.cell(row, "deadline", f"31.12.{site.span[0] - back}", spots=PARAMETERS)


@kind(7, "received before it was requested")
def received_early(site: Site) -> Iterator[Defect]:
    for row in site.rows("sources"):
        if row["type"] in ("rutine", "brev", "avtale", "plan", "annet") and row["used"] == "Ja":
            year = site.span[1]
            values = (("requested", f"12.03.{year}"), ("received", f"0{site.random.randint(1, 9)}.02.{year}"))
            changes = tuple(Cell("sources", row.id, key, value) for key, value in values)
            note = f"Kilder {row.id}: etterspurt {values[0][1]}, mottatt {values[1][1]}"
            yield Defect(changes, (site.at("sources", row.id, "requested", "received"),), note)


@kind(7, "planned in a text for a time before the report")
def planned_past(site: Site) -> Iterator[Defect]:
    for paragraph in site.section("datagrunnlag") + site.section("vurdering"):
        time = site.random.choice(("våren", "høsten"))
        thing = site.random.choice(("En ny plan for tjenesten", "Et nytt opplæringsprogram", "En felles rutine"))
        yield site.said(paragraph, f"{thing} skal være ferdig {time} {site.span[0] - 1}.")


# 8 Expired -----------------------------------------------------------------------------------------------------------

_TIMED = ("plan", "avtale", "rutine")


def _used(site: Site, register: str) -> Iterator[Row]:
    """Plans, agreements and routines the audit builds on."""
    cited = {
        id
        for row in site.rows("evidence")
        if row["known"] in ("dokumentert", "kontrollert")
        for id in row.refs("source")
    }
    for row in site.rows(register):
        if row["type"] in _TIMED and (register == "arrangements" or (row["used"] == "Ja" and row.id in cited)):
            yield row


def _validity(site: Site, row: Row, first: str, last: str) -> Defect:
    values = (("valid_from", first), ("valid_to", last), ("used_as", "grunnlag"))
    changes = tuple(Cell(row.register, row.id, key, value) for key, value in values if key in row.letters)
    spots = [site.at(row.register, row.id, "valid_from", "valid_to", "used_as", "date")]
    if row.register == "sources":
        spots += [
            site.at("evidence", e.id, "source", "as_of") for e in site.rows("evidence") if row.id in e.refs("source")
        ]
        spots += [
            site.at("arrangements", o.id, "source") for o in site.rows("arrangements") if row.id in o.refs("source")
        ]
    return Defect(
        changes, tuple(spots), f"{row.schema.sheet} {row.id} ({row['type']}), grunnlag, gjelder {first}–{last or '…'}"
    )


@kind(8, "arrangement that had expired")
def expired_arrangement(site: Site) -> Iterator[Defect]:
    for row in _used(site, "arrangements"):
        last = site.span[0] - site.random.choice((2, 3, 5))
        yield _validity(site, row, str(last - 3), str(last))


@kind(8, "arrangement in force after the report")
def later_arrangement(site: Site) -> Iterator[Defect]:
    for row in _used(site, "arrangements"):
        yield _validity(site, row, f"01.0{site.random.randint(1, 8)}.{site.span[1] + 1}", "")


@kind(8, "source that had expired")
def expired_source(site: Site) -> Iterator[Defect]:
    for row in _used(site, "sources"):
        last = site.span[0] - site.random.choice((2, 3, 5))
        yield _validity(site, row, str(last - 3), str(last))


@kind(8, "source in force after the report")
def later_source(site: Site) -> Iterator[Defect]:
    for row in _used(site, "sources"):
        yield _validity(site, row, f"01.0{site.random.randint(1, 8)}.{site.span[1] + 1}", "")


@kind(8, "document in force after what it is to show")
def later_than_shown(site: Site) -> Iterator[Defect]:
    year = site.span[1]
    for row in site.rows("evidence"):
        for id in row.refs("source"):
            source = site.audit.row("sources", id)
            if (
                source
                and source["type"] in _TIMED
                and row["known"] in ("dokumentert", "kontrollert")
                and len(row.refs("source")) == 1
            ):
                changes = (
                    Cell("evidence", row.id, "as_of", str(year - 2)), Cell("sources", id, "valid_from", f"01.06.{year - 1}"),
                    Cell("sources", id, "used_as", "grunnlag"),
                )  # fmt: skip
                spots = (
                    site.at("evidence", row.id, "as_of", "source"),
                    site.at("sources", id, "valid_from", "used_as"),
                )
                yield Defect(
                    changes, spots, f"Datagrunnlag {row.id} per {year - 2}, kilden gjelder fra 01.06.{year - 1}"
                )


@kind(8, "expired plan no longer marked as a finding")
def finding_unmarked(site: Site) -> Iterator[Defect]:
    for register in ("arrangements", "sources"):
        for row in site.rows(register):
            last = row.date("valid_to")
            if last and last.last.year < site.span[0] and row["used_as"] == "funn":
                yield site.cell(row, "used_as", "grunnlag", told=("valid_to",))


@kind(8, "expired plan called current in a text")
def called_current(site: Site) -> Iterator[Defect]:
    for row in site.rows("arrangements"):
        last = row.date("valid_to")
        if row["type"] == "plan" and last and last.last.year < site.span[0]:
            for section in ("vurdering", "datagrunnlag"):
                said = f"{row['name']} gjelder fortsatt og er grunnlaget for arbeidet i tjenestene."
                yield site.said(
                    site.pick(site.section(section, row.refs("questions"))), said, site.at("arrangements", row.id)
                )
