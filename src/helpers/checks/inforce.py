"""Were plans, agreements and routines in force when they are used to show something?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpers.checks import Evidence, Hit, check
from helpers.passages import read_sentences
from helpers.reading import content
from helpers.register import Row

FINDING, BACKGROUND = "funn", "bakgrunn"
NORMS = ("rutine", "avtale", "plan")
LAWS = ("lov", "forskrift")


@check("utlopt-grunnlag")
def out_of_force(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A plan or agreement that had expired before the audit, or took effect after it (class 8).

    Silent where that is the finding itself (*Brukt som* = funn), and for laws, which have a register of their own.
    """
    span = evidence.audit.span
    if span is None:
        return
    for row in evidence.audit.rows(register):
        if row["used_as"] in (FINDING, BACKGROUND) or row["type"] in LAWS or row["used"] == "Nei":
            continue
        until, since = row.date("valid_to"), row.date("valid_from")
        name = row["title"] or row["name"]
        if until and until.last < span.first:
            yield Hit(
                row.place("valid_to"),
                f"{name} gikk ut {row['valid_to']}, før perioden som er undersøkt",
                f"Gyldig etter {_day(span.first)}",
                "Er dette selve funnet, sett Brukt som = Funn. Da kommer varselet ikke igjen.",
            )
        if since and since.first > span.last:
            yield Hit(
                row.place("valid_from"),
                f"{name} gjelder fra {row['valid_from']}, etter at revisjonen var avsluttet",
                f"Gyldig senest {_day(span.last)}",
                "Rett datoen, eller sett Brukt som = Funn når det er dette som er poenget.",
            )


_STILL = re.compile(
    r"\b(?:gjelder fortsatt|gjeld framleis|er gjeldende|er i kraft|gjelder i dag|fortsatt gjeldende|er fortsatt)\b",
    re.IGNORECASE,
)


@check("utlopt-kalt-gjeldende")
def called_current(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A plan the text calls current that had expired before the audit (class 8)."""
    span = evidence.audit.span
    rows = [*evidence.audit.rows("sources"), *evidence.audit.rows("arrangements")]
    old = [row for row in rows if span and (until := row.date("valid_to")) and until.last < span.first]
    for passage in evidence.paragraphs if old else ():
        for sentence in read_sentences(passage):
            still = _STILL.search(sentence.text)
            words = content(sentence.text[: still.start()]) if still else frozenset()
            row = next((row for row in old if _names(row) and _names(row) <= words), None)
            if row:
                yield Hit(
                    sentence.place,
                    f"Teksten sier at {row['title'] or row['name']} gjelder, men den gikk ut {row['valid_to']}",
                    "Hva som gjaldt da revisjonen ble gjort",
                    "Rett teksten, eller datoen i registeret.",
                    (row.place("valid_to"),),
                )


def _names(row: Row) -> frozenset[str]:
    return content(re.sub(r"\d+", "", row["title"] or row["name"]))


@check("grunnlag-etter-tidspunktet")
def not_yet_in_force(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A document that took effect after, or expired before, the time the row uses it for (class 8)."""
    audit = evidence.audit
    for row in audit.rows(register):
        at = row.date("as_of")
        for id in row.refs("source") if at else ():
            source = audit.row("sources", id)
            since = source.date("valid_from") if source else None
            until = source.date("valid_to") if source else None
            if not source or source["used_as"] == FINDING or source["type"] not in NORMS or not at:
                continue
            written = source.date("date")
            if source["type"] == "plan" and (written is None or written.first <= at.last):
                since = None  # a plan is written before it takes effect, and describes the years before it
            if (since and since.first > at.last) or (until and until.last < at.first):
                column = "valid_from" if since and since.first > at.last else "valid_to"
                word = "gjaldt først fra" if column == "valid_from" else "gikk ut"
                yield Hit(
                    row.place("as_of"),
                    f"Raden gjelder {row['as_of']}, men {source['title']} {word} {source[column]}",
                    "En kilde som gjaldt på det tidspunktet",
                    "Rett datoen eller kilden, eller sett Brukt som = Funn på kilden.",
                    (source.place(column),),
                )


def _day(day: object) -> str:
    return f"{day:%d.%m.%Y}"
