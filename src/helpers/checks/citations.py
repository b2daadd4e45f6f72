"""Do what is cited and what is listed agree, and can every citation be looked up?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpers.checks import Evidence, Hit, check
from helpers.dates import MONTHS
from helpers.schema import fold


@check("kilde-ikke-brukt")
def listed_not_cited(evidence: Evidence, register: str) -> Iterator[Hit]:
    """Sources that are listed and said to be used, and that nothing refers to (class 18); told once."""
    audit = evidence.audit
    cited = {run["c"] for passage in evidence.paragraphs for run in passage.runs if "c" in run}
    for row in audit.all_rows():
        for column in row.schema.columns:
            if "sources" in column.refers_to and row.register != register:
                cited |= set(row.refs(column.key))
    said = "\n".join(passage.text for passage in evidence.paragraphs).lower()
    loose = [
        row
        for row in audit.rows(register)
        if row["used"] != "Nei" and row.id not in cited and row["title"].lower() not in said  # a law may just be named
    ]
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
    r"\b(?:ibid|ibidem|op\.?\s?cit|loc\.?\s?cit|samme sted(?! som)|same stad(?! som)|a\.st)\b\.?|\[\^[^\]]*\]",
    re.IGNORECASE,
)
_AUTHOR_YEAR = re.compile(
    r"\((?P<who>[A-ZÆØÅ][^\W\d_]+(?: (?:og |& |[A-ZÆØÅa-zæøå])[^\W\d_]*\.?){0,4}),? "
    r"(?P<year>(?:19|20)\d\d)[a-z]?(?:[,:] ?(?:s\. ?)?\d+)?\)"
    r"|\((?P<bare>(?:19|20)\d\d)[a-z]?, ?(?:s\. ?)?\d+\)"
)


_NO_AUTHOR = re.compile(
    rf"^(?:{'|'.join(MONTHS)}|våren|sommeren|høsten|hausten|vinteren|vedtatt|vedteken|revidert|fra|frå|siden|per)\b|lov\w*\b|forskrift",
    re.IGNORECASE,
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
            if match["who"] and _NO_AUTHOR.search(match["who"]):
                continue
            if match["bare"] or not _listed(evidence, match["who"], match["year"]):
                yield Hit(
                    passage.at(match.start()),
                    f"Henvisningen «{match[0]}» svarer ikke til noen kilde i Kilder",
                    f"En kilde fra {match['bare'] or match['year']}",
                    "Rett årstallet eller navnet, eller før kilden inn i Kilder.",
                )


SHORT = 3


def _listed(evidence: Evidence, who: str, year: str) -> bool:
    names = set(fold(who).split("-")) - {"og"}
    for row in evidence.audit.rows("sources"):
        text = fold(f"{row['issuer']} {row['title']}")
        if year in f"{row['date']} {row['title']}" and any(name in text for name in names if len(name) > SHORT):
            return True
    return False
