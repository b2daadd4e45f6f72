"""Are sources used as they may be: cited and listed, in force, not excluded, and told what they really show?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from helpers.checks import Evidence, Hit, check
from helpers.passages import Sentence, read_sentences
from helpers.reading import content, voice
from helpers.register import Row
from helpers.schema import fold

SPOKEN = ("intervju", "gruppeintervju", "telefonintervju", "oppstartsmøte", "telefonsamtale", "møte")
RESTING = ("evidence", "quantities", "surveys", "assessments", "arrangements")
FINDING, BACKGROUND = "funn", "bakgrunn"
NORMS = ("rutine", "avtale", "plan")
AUDITOR = re.compile(r"\brevis(?:or|jon)", re.IGNORECASE)
CHOSEN = re.compile(
    r"\b(?:valgt|valde|plukket|pekt|utpekt|trukket|oppnevnt|foreslått|rekruttert|oversendt|sendt|peikt|vald|plukka)\w*\b",
    re.IGNORECASE,
)
LAWS = ("lov", "forskrift")


@check("utelatt-kilde-brukt")
def excluded_and_used(evidence: Evidence, register: str) -> Iterator[Hit]:
    """A source declared not used that rows rest on all the same (class 20); told once, at the first row.

    Silent where the source never came, or where its absence is itself the finding (*Brukt som* = funn).
    """
    audit = evidence.audit
    for source in audit.rows(register):
        if source["used"] != "Nei" or source["received"] == "Nei" or source["used_as"] == FINDING:
            continue
        users = [
            row
            for row in audit.all_rows()
            if row.register in RESTING
            and not row["not_used"]
            and any(source.id in row.refs(column) for column in ("source", "confirmed_by", "based_on"))
        ]
        if users:
            first, *others = users
            where = ", ".join(f"{row.schema.sheet} {row.id}" for row in users)
            column = "source" if source.id in first.refs("source") else "confirmed_by"
            yield Hit(
                first.place(column),
                f"{source.id} ({source['title']}) har Brukes = Nei, men er brukt i {where}",
                "En kilde som er holdt utenfor, brukes ikke",
                "Sett Brukes til «Ja, med forbehold», eller ta ut radene.",
                (source.place("used"), *(row.place("source") for row in others)),
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
    column = "chosen_by" if register == "interviews" else "drawn_by"
    rows = [
        row
        for row in evidence.audit.rows(register)
        if row[column] and not AUDITOR.search(row[column]) and row["draw"] != "alle"
    ]
    said = any(
        CHOSEN.search(sentence.text)
        for passage in evidence.paragraphs
        if passage.source == "method"
        for sentence in read_sentences(passage)
        if set(sentence.cited) & {row.id for row in rows} or _shares(sentence.text, rows, column)
    )
    if rows and not said:
        yield Hit(
            rows[0].place(column),
            f"{rows[0][column]} har valgt ut hvem eller hva som er undersøkt, men metodeteksten sier det ikke",
            "En setning om utvelgelsen i text/method.md",
            "Skriv hvem som valgte, og hva det betyr for funnene.",
            tuple(row.place(column) for row in rows[1:]),
        )


def _shares(text: str, rows: Sequence[Row], column: str) -> bool:
    words = {word for row in rows for word in re.findall(r"[^\W\d_]{4,}", row[column].lower())}
    return any(word[: max(4, len(word) - 2)] in text.lower() for word in words)


@check("kilde-ikke-brukt")
def listed_not_cited(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Sources that are listed and said to be used, and that nothing refers to (class 18); told once."""
    audit = evidence.audit
    cited = {run["c"] for passage in evidence.paragraphs for run in passage.runs if "c" in run}
    for row in audit.all_rows():
        for column in row.schema.columns:
            if "sources" in column.refers_to and row.register != register:
                cited |= set(row.refs(column.key))
    loose = [row for row in audit.rows(register) if row["used"] != "Nei" and row.id not in cited]
    if loose:
        names = ", ".join(row["title"] for row in loose[:3]) + (" …" if len(loose) > 3 else "")
        yield Hit(
            loose[0].place("id"),
            f"{len(loose)} kilder står i Kilder uten at noe viser til dem: {names}",
            "",
            "Vis til dem der de er brukt, eller sett Brukes til Nei med grunn.",
            tuple(row.place("id") for row in loose[1:]),
        )


_LOOSE = re.compile(
    r"\b(?:ibid|ibidem|op\.?\s?cit|loc\.?\s?cit|samme sted|same stad|a\.st)\b\.?|\[\^[^\]]*\]", re.IGNORECASE
)
_AUTHOR_YEAR = re.compile(
    r"\((?P<who>[A-ZÆØÅ][^\W\d_]+(?: (?:og |[A-ZÆØÅa-zæøå])[^\W\d_]*){0,4}),? "
    r"(?P<year>(?:19|20)\d\d)[a-z]?(?:, ?(?:s\. ?)?\d+)?\)"
    r"|\((?P<bare>(?:19|20)\d\d)[a-z]?, ?(?:s\. ?)?\d+\)"
)


@check("uopploselig-henvisning")
def unresolved_citations(evidence: Evidence, register: str) -> Iterator[Hit]:
    """«ibid», a footnote mark without a text, «(Direktoratet 2012, 78)» that no source answers to (class 18)."""
    for passage in evidence.passages(register):
        for match in _LOOSE.finditer(passage.text):
            yield Hit(
                passage.at(match.start()),
                f"Henvisningen «{match[0]}» fører ingen steder når avsnitt flyttes",
                "En kilde-id",
                "Skriv [@kilde-id].",
            )
        for match in _AUTHOR_YEAR.finditer(passage.text):
            if match["bare"] or not _listed(evidence, match["who"], match["year"]):
                yield Hit(
                    passage.at(match.start()),
                    f"Henvisningen «{match[0]}» svarer ikke til noen kilde i Kilder",
                    f"En kilde fra {match['bare'] or match['year']}",
                    "Rett årstallet eller navnet, eller før kilden inn i Kilder.",
                )


def _listed(evidence: Evidence, who: str, year: str) -> bool:
    names = set(fold(who).split("-")) - {"og"}
    for row in evidence.audit.rows("sources"):
        text = fold(f"{row['issuer']} {row['title']}")
        if year in f"{row['date']} {row['title']}" and any(name in text for name in names):
            return True
    return False


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
            if source["type"] == "plan":
                since = None  # a plan describes the years before it; it only has to be in force when it is leaned on
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
            if not other or pair in seen or row["clarification"] or other["clarification"]:
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
