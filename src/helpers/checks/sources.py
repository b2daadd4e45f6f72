"""Is what was declared left out really left out, and is it known how people and cases were chosen?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpers.checks import Evidence, Hit, check
from helpers.passages import Sentence, read_sentences
from helpers.register import Row

RESTING = ("evidence", "quantities", "surveys", "assessments", "arrangements")
RESTS_ON = ("source", "confirmed_by", "based_on")
FINDING = "funn"
AUDITOR = re.compile(r"\brevis(?:or|jon)", re.IGNORECASE)
_CHOSEN = (
    r"(?<!vi har )(?<!revisjonen har )\b(?:valgt|vald|valde|velger|velg|plukket|plukka|pekt|peikt)\w* (?:ut|for oss)\b"
    r"|\b(?:utpekt|oppnevnt|foreslått|rekruttert|rekruttera)\b"
)
_BY_THEM = (
    r"\b(?:kommunen|enheten|virksomheten|administrasjonen)\s+"
    r"(?:sendte|sende|valgte|valde|velger|vel|trakk|trekker|plukket|plukka|foreslo|foreslår)\b"
)
DRAWN = re.compile(
    rf"{_CHOSEN}|\b(?:oversendt|sendt over|trakk|trekt av|trukket av|valgt av|utvalg fra)\b|{_BY_THEM}", re.IGNORECASE
)
PICKED = re.compile(
    rf"{_CHOSEN}|\b(?:kommunen|enheten|virksomheten|\w*leder|\w*leiar|\w*kontakt)\w*\s+"
    r"(?:valgte|valde|velger|vel|plukket|plukka|foreslo|foreslår)\b",
    re.IGNORECASE,
)


@check("utelatt-kilde-brukt")
def excluded_and_used(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A source declared not used that rows rest on all the same (class 20); told once, at the first row.

    Where its absence is itself the finding (*Brukt som* = funn), statements that say so are silent.
    """
    audit = evidence.audit
    for source in audit.rows(register):
        if source["used"] != "Nei":
            continue
        users = _users(evidence, source)
        if users:
            first, *others = users
            where = ", ".join(f"{row.schema.sheet} {row.id}" for row in users)
            column = "source" if source.id in first.refs("source") else "confirmed_by"
            never = " og Mottatt = Nei" if source["received"] == "Nei" else ""
            yield Hit(
                first.place(column),
                f"{source.id} ({source['title']}) har Brukes = Nei{never}, men er brukt i {where}",
                "En kilde som er holdt utenfor, brukes ikke",
                "Sett Brukes til «Ja, med forbehold», eller ta ut radene.",
                (
                    source.place("used"),
                    *(row.place("source") for row in others),
                    *(s.place for s in _cited_at(evidence, source.id)),
                ),
            )


def _users(evidence: Evidence, source: Row) -> list[Row]:
    """The rows that rest on a source; where its absence is itself the finding, not those that say so."""
    absence = source["used_as"] == FINDING
    return [row for id, row in evidence.once(_resting) if id == source.id and not (absence and _shows_absence(row))]


def _resting(evidence: Evidence) -> Iterator[tuple[str, Row]]:
    """What each row that is used rests on, each once."""
    for row in evidence.audit.all_rows():
        if row.register in RESTING and not row["not_used"]:
            named = dict.fromkeys(id for column in RESTS_ON for id in row.refs(column))
            yield from ((id, row) for id in named)


_ABSENCE = re.compile(
    r"\b(?:ikke|ikkje|ingen|inga|aldri|mangler|manglar|manglende|fikk|fekk|etterspurt|spurt|bedt|svar\w*|under arbeid|"
    r"utløpt|gikk ut|gjekk ut|tapt|forsinket|oppga|få|uten|utan|stanset|avsluttet|sendt)\b",
    re.IGNORECASE,
)


def _shows_absence(row: Row) -> bool:
    """Whether a row may name a source that is lacking: it says so, or rests on others as well."""
    return row.register != "evidence" or len(row.refs("source")) > 1 or _absent(row["text"])


def _absent(text: str) -> bool:
    """Whether a statement says that something is lacking: then the lacking source is what it is about."""
    return bool(_ABSENCE.search(text))


def _cited_at(evidence: Evidence, id: str) -> list[Sentence]:
    """The sentences that lean on a source; the method may say that it was left out."""
    return [sentence for sentence in evidence.sentences if id in sentence.cited and sentence.passage.source != "method"]


@check("utelatt-kilde-sitert")
def excluded_and_cited(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A source declared not used that only the text leans on (class 20); told once, at the first sentence."""
    for source in evidence.audit.rows("sources"):
        told_above = source["used"] != "Nei" or _users(evidence, source)
        read = [] if told_above else _cited_at(evidence, source.id)
        lacking = source["used_as"] == FINDING or source["received"] == "Nei"
        places = [sentence.place for sentence in read if not (lacking and _absent(sentence.text))]
        if places:
            yield Hit(
                places[0],
                f"Teksten bygger på {source['title']}, som har Brukes = Nei",
                "En kilde som er holdt utenfor, brukes ikke",
                "Vis til en annen kilde, ta ut setningen, eller sett Brukes til «Ja, med forbehold».",
                (source.place("used"), *places[1:]),
            )


@check("undersokelse-utelatt-brukt")
def unused_survey(evidence: Evidence, register: str) -> Iterator[Hit]:
    """An answer of a survey declared not used that a text refers to, or an assessment rests on (class 20)."""
    for row in evidence.audit.rows(register):
        left_out = [source for id in row.refs("source") if (source := evidence.audit.row("sources", id))]
        if not row["not_used"] or any(source["used"] == "Nei" for source in left_out):
            continue  # an excluded source is told at its first row
        texts = [
            passage.place
            for passage in evidence.paragraphs
            if passage.source != "method" and any(run.get("f") == f"surveys.{row.id}" for run in passage.runs)
        ]
        rows = [one.place("based_on") for one in evidence.audit.rows("assessments") if row.id in one.refs("based_on")]
        if texts or rows:
            first, *others = [*texts, *rows]
            yield Hit(
                first,
                f"{row['survey']} skal ikke brukes ({row['not_used']}), men «{row['question']}» er brukt her",
                "Et svar som er holdt utenfor, brukes ikke",
                "Ta ut tallet, eller tøm Brukes ikke fordi.",
                (row.place("not_used"), *others),
            )


@check("ikke-gjennomfort-brukt")
def not_held_and_used(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A statement that rests on an interview that was never held, or an e-mail never answered (class 20).

    That nobody answered may be what the statement says: then it is verified, not told.
    """
    audit = evidence.audit
    for row in audit.rows(register):
        lost = [one for id in row.refs("source") if (one := audit.row("interviews", id)) and one["not_held"]]
        if lost and len(lost) == len(row.refs("source")) and row["known"] == "fortalt":
            yield Hit(
                row.place("source"),
                f"Utsagnet bygger på {', '.join(one.id for one in lost)}, som ikke er gjennomført",
                "Et intervju som er holdt",
                "Rett kilden, eller før inn intervjuet som gjennomført.",
                tuple(one.place("not_held") for one in lost),
            )


@check("brukes-uten-grunn")
def unused_without_reason(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A source that is not used, or used with reservation, without the reason (class 20)."""
    for source in evidence.audit.rows(register):
        if source["used"] not in ("", "Ja") and not source["used_why"]:
            yield Hit(
                source.place("used_why"), f"Brukes = {source['used']} uten at det står hvorfor", "", "Skriv grunnen."
            )


@check("valgt-av-revidert")
def chosen_by_the_audited(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Informants or cases chosen by the audited unit, which the method text does not say (class 20); told once."""
    column, chosen = ("chosen_by", PICKED) if register == "interviews" else ("drawn_by", DRAWN)
    rows = [
        row
        for row in evidence.audit.rows(register)
        if row[column] and not AUDITOR.search(row[column]) and row["draw"] != "alle"
    ]
    said = any(
        chosen.search(sentence.text)
        for passage in evidence.paragraphs
        if passage.source == "method"
        for sentence in read_sentences(passage)
    )
    if rows and not said:
        yield Hit(
            rows[0].place(column),
            f"{rows[0][column]} har valgt ut hvem eller hva som er undersøkt, men metodeteksten sier det ikke",
            "En setning om utvelgelsen i text/method.md",
            "Skriv hvem som valgte, og hva det betyr for funnene.",
            tuple(row.place(column) for row in rows[1:]),
        )
