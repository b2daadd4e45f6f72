"""Told, documented and verified: taken for what they are, and shown where they disagree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

from helpers.checks import Evidence, Hit, check
from helpers.passages import Sentence, read_sentences
from helpers.reading import content, voice
from helpers.register import Row

SPOKEN = ("intervju", "gruppeintervju", "telefonintervju", "oppstartsmøte", "telefonsamtale", "møte")


@check("fortalt-som-kontrollert")
def told_as_verified(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A statement marked documented or verified that rests on what somebody said, and nothing else (class 13)."""
    audit = evidence.audit
    for row in audit.rows(register):
        sources = row.refs("source")
        spoken = [one for id in sources if (one := audit.row("interviews", id)) and one["form"] in SPOKEN]
        if row["known"] in ("dokumentert", "kontrollert") and sources and len(spoken) == len(sources):
            yield Hit(
                row.place("known"),
                f"Utsagnet er ført som {row['known']}, men bygger bare på {', '.join(sources)}",
                "fortalt",
                "Sett Hvordan vet vi det til fortalt, eller før inn dokumentet eller kontrollen som viser det.",
                tuple(one.place("form") for one in spoken),
            )


_VERIFIED = re.compile(
    r"\b(?:viser (?:dokument\w*|mappe\w*|kontrollen|stikkprøv\w*|gjennomgang\w*)|"
    r"(?:dokument\w*|mappe)gjennomgang\w* viser|"
    r"(?:kontrollen|stikkprøven|gjennomgangen|dokumentene|journalene) viser|er (?:dokumentert|kontrollert|verifisert)|"
    r"dokumentert og kontrollert|bekreftes? av dokument\w*|går fram av dokument\w*|revisjonen har kontrollert)\b",
    re.IGNORECASE,
)


@check("fortalt-kalt-dokumentert")
def told_called_documented(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«…, viser dokumentgjennomgangen» or «er kontrollert» of what is only told (class 13): in texts and reasons."""
    audit = evidence.audit
    for passage in evidence.passages(register):
        if register and passage.source != "reason":
            continue
        for sentence in read_sentences(passage):
            word = _VERIFIED.search(sentence.text)
            row = audit.row(register, passage.place.row) if register else None
            ids = row.refs("based_on") if row else sentence.cited
            rows = [one for id in ids if (one := audit.row("evidence", id))]
            if word and rows and len(rows) == len(ids) and all(one["known"] == "fortalt" for one in rows):
                yield Hit(
                    sentence.place,
                    f"Det står «{word[0]}», men {', '.join(ids)} er ført som fortalt",
                    "Hvem som sier det",
                    "Skriv hvem som forteller det, eller før inn dokumentet eller kontrollen.",
                    tuple(one.place("known") for one in rows[:3]),
                )


@check("fortalt-som-fakta")
def told_as_fact(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A sentence that rests only on what was told, says it in the auditor's own voice and names no speaker (13).

    Only in the evidence part of a question: the assessment is where the auditor takes a stand.
    """
    for passage in evidence.paragraphs:
        if passage.section != "datagrunnlag":
            continue
        read = [sentence for sentence in read_sentences(passage) if sentence.cited]
        for sentence in read:
            rows = [row for id in sentence.cited if (row := evidence.audit.row("evidence", id))]
            told = [row for row in rows if row["known"] == "fortalt"]
            if (
                rows
                and len(told) == len(sentence.cited)
                and _states(sentence)
                and not _speakers(evidence, told) & content(sentence.text)
            ):
                yield Hit(
                    sentence.place,
                    f"«{_short(sentence.text)}» bygger bare på det som er fortalt, men sier ikke hvem som sier det",
                    "Hvem som sier det, eller et dokument",
                    "Skriv hvem som forteller det, eller vis til en kilde som dokumenterer det.",
                    tuple(row.place("known") for row in told[:3]),
                )


def _speakers(evidence: Evidence, told: Sequence[Row]) -> frozenset[str]:
    """The words for who said it: the roles and units behind the statements."""
    interviews = [one for row in told for id in row.refs("source") if (one := evidence.audit.row("interviews", id))]
    return content(" ".join(f"{one['roles']} {one['unit']}" for one in interviews))


def _states(sentence: Sentence) -> bool:
    return voice(sentence.text) == "own" and not _NAMES_SPEAKER.search(sentence.text)


_NAMES_SPEAKER = re.compile(
    r"\b(?:intervju|informant|leder|ansatt|tilsett|virksomhet|konsulent|saksbehandler|bruker|brukar|ungdom|pårørende|"
    r"medarbeider|rådmann|direktør|sjef|lege|koordinator|kommunen|tjenesten|enheten|NAV|DPS|BUP|representant|svar|"
    r"tilbakemelding|opplevd|opplevelse|beskrevet|omtalt|kjent)\w*",
    re.IGNORECASE,
)


def _short(text: str) -> str:
    clean = " ".join(text.split())
    return clean if len(clean) <= 80 else f"{clean[:77]}…"


_NOT = re.compile(r"\b(?:ikke|ikkje|ingen|inga|aldri|verken|korkje|mangler|manglar)\b", re.IGNORECASE)
OPPOSITE = 0.8


@check("motsatte-utsagn")
def opposites(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Two statements of the same words, one with «ikke», that do not point to each other (class 22).

    Two informants may disagree: that is data, and *Motsies av* shows it.
    """
    read = [
        (row, content(_NOT.sub("", row["text"])), bool(_NOT.search(row["text"])))
        for row in evidence.audit.rows(register)
    ]
    with_not, without = ([number for number, (*_, no) in enumerate(read) if no is said] for said in (True, False))
    for first, second in sorted((min(pair), max(pair)) for pair in product(with_not, without)):
        (one, words, _), (other, more, _) = read[first], read[second]
        if len(words) < OPPOSITE * len(more) or len(more) < OPPOSITE * len(words):
            continue
        shared = len(words & more)
        if shared < OPPOSITE * (len(words) + len(more) - shared):
            continue
        if shared < FEWEST_SHARED and words != more:
            continue
        shown = other.id in one.refs("contradicted_by") or one.id in other.refs("contradicted_by")
        if not shown and not one["clarification"] and not other["clarification"]:
            yield Hit(
                other.place("contradicted_by"),
                f"{one.id} og {other.id} sier det motsatte av hverandre, uten at det vises",
                "Motsies av, eller en Avklaring",
                "Fyll ut Motsies av, og skriv i Avklaring hva som gjelder.",
                (one.place("text"), other.place("text")),
            )


FEWEST_SHARED = 3


@check("kilder-uenige")
def disagreeing_sources(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Two statements that contradict each other, with neither resolved nor shown as such (class 22).

    Two informants may disagree, that is data; a document or a number against somebody's word is to be settled.
    Told once for a pair, at the first of the two.
    """
    audit = evidence.audit
    seen: set[frozenset[str]] = set()
    for row in audit.rows(register):
        for id in row.refs("contradicted_by"):
            other = audit.row("evidence", id) or audit.row("quantities", id)
            pair = frozenset((row.id, id))
            if not other or id == row.id or pair in seen or row["clarification"] or other["clarification"]:
                continue
            seen.add(pair)
            if row["known"] == "fortalt" and other["known"] == "fortalt":
                continue
            yield Hit(
                row.place("clarification"),
                f"{row.id} og {id} sier imot hverandre, og Avklaring er tom",
                "Hva som gjelder, eller at begge deler vises",
                "Fyll ut Avklaring.",
                (other.place("text") if other.register == "evidence" else other.place("value"),),
            )


@check("bekreftet-av-den-som-sa-det")
def confirmed_by_oneself(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Something confirmed by the one who said it, and by nobody else (class 13)."""
    for row in evidence.audit.rows(register):
        said, confirmed = row.refs("said_by"), row.refs("confirmed_by")
        if confirmed and set(confirmed) <= set(said):
            yield Hit(
                row.place("confirmed_by"),
                f"{row['name']} er bekreftet av {', '.join(confirmed)}, som også har sagt det",
                "En annen kilde",
                "Ta ut Bekreftet av, eller før inn den som bekrefter.",
                (row.place("said_by"),),
            )
