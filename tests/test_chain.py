"""From question to response: where the chain breaks, what excuses a break, and what RSK 001 has on record."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

import pytest

from conftest import ROWS, Small
from helpers.checks import Hit, all_checks
from helpers.gate import gather
from helpers.rsk import points
from helpers.verdicts import frame, tally

Rows = Sequence[Mapping[str, str]]
(K,), (D,), (V, OVERALL), (RESPONSE,) = (
    ROWS[sheet] for sheet in ("kriterier", "datagrunnlag", "vurderinger", "innspill")
)
K2 = {**K, "Id": "k2", "Tekst": "Kommunen skal følge planen."}
V2 = {**V, "Id": "v3", "Kriterium": "k2"}
A = {"Id": "a1", "Problemstilling": "p1", "Nr": "1", "Tekst": "Lag en plan.", "Følger av": "v1", "Svar": "Ja"}
P2 = '  - {id: p2, ordlyd: "Følges planen?", slag: vurderende, kapittel: governance}\n'
DESCRIBING = P2.replace("vurderende", "beskrivende")


def hits(small: Small, check: str, register: str) -> list[Hit]:
    return list(all_checks()[check](gather(small.load()), register))


def told(found: Sequence[Hit]) -> list[tuple[str, str, str]]:
    """Sheet, row and column of every hit."""
    return [(hit.place.register, hit.place.row, hit.place.column) for hit in found]


def params(small: Small, more: str = "", **replaced: str) -> Small:
    """Add lines at the end of the parameters (where the questions stand), or replace a word."""
    path = small.root / "params" / "liten.yaml"
    content = path.read_text(encoding="utf-8")
    for old, new in replaced.items():
        content = content.replace(old, new)
    path.write_text(content + more, encoding="utf-8")
    return small


def recommend(small: Small, *rows: Mapping[str, str]) -> Small:
    with small.path("anbefalinger").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, dict.fromkeys(key for row in rows for key in row), delimiter=";", restval="")
        writer.writeheader()
        writer.writerows(rows)
    return small


CHAIN = {
    "sporsmal-uten-kriterium": "criteria", "kriterium-uten-kilde": "criteria", "kriterium-uten-grunnlag": "criteria",
    "kriterium-uten-vurdering": "criteria", "vurdering-uten-grunnlag": "assessments", "vurdering-uten-kriterium": "assessments",
    "negativ-uten-anbefaling": "assessments", "anbefaling-uten-vurdering": "recommendations",
    "anbefaling-uten-svar": "recommendations", "sporsmal-uten-konklusjon": "", "samlet-vurdering": "assessments",
}  # fmt: skip


@pytest.mark.parametrize(("check", "register"), CHAIN.items())
def test_a_whole_chain_is_silent(small: Small, check: str, register: str) -> None:
    assert hits(recommend(small.write(), {**A, "Følger av": "v2"}), check, register) == []


@pytest.mark.parametrize(("check", "register"), CHAIN.items())
def test_an_audit_just_begun_is_silent(small: Small, check: str, register: str) -> None:
    """No criteria, no evidence and no assessments yet: the parts that are missing are told once, elsewhere."""
    small.write({"conclusion": ""}, kriterier=[], datagrunnlag=[], vurderinger=[], innspill=[])
    assert hits(params(small, P2), check, register) == []


# --- criteria


@pytest.mark.parametrize(
    ("question", "criteria", "lacking"),
    [
        (P2, [K], ["p2"]), (P2, [{**K, "Problemstilling": "p2"}], ["p1"]), (P2, [{**K, "Problemstilling": "p1, p2"}], []),
        (P2, [K, {**K2, "Flyttet til": "p2"}], []), (DESCRIBING, [K], []), (P2, [{**K, "Problemstilling": "p9"}], ["p1", "p2"]),
    ],
)  # fmt: skip
def test_an_evaluative_question_has_criteria(small: Small, question: str, criteria: Rows, lacking: list[str]) -> None:
    found = hits(params(small.write(kriterier=criteria), question), "sporsmal-uten-kriterium", "criteria")
    assert told(found) == [("Problemstillinger", id, "") for id in lacking]
    assert [hit.found for hit in found] == [f"{id.upper()} har ingen revisjonskriterier" for id in lacking]


@pytest.mark.parametrize(
    ("criteria", "lacking"),
    [
        ([{**K, "Kilde": ""}], ["k1"]), ([K, {**K2, "Kilde": ""}], ["k2"]),
        ([{**K, "Kilde": "", "Mangler fordi": "Kilde: alminnelig kjent"}], []),
        ([{**K, "Kilde": ""}, {**K2, "Kilde": "", "Under": "k1"}], ["k1", "k2"]), ([{**K, "Kilde": "", "Under": "k1"}], ["k1"]),
        ([{**K, "Kilde": "", "Under": "borte"}], ["k1"]),
    ],
)  # fmt: skip
def test_a_criterion_has_a_source(small: Small, criteria: Rows, lacking: list[str]) -> None:
    found = hits(small.write(kriterier=criteria), "kriterium-uten-kilde", "criteria")
    assert told(found) == [("Kriterier", id, "Kilde") for id in lacking]
    assert all("har ingen kilde" in hit.found for hit in found)


UNLINKED = {"datagrunnlag": [{**D, "Kriterium": ""}], "vurderinger": [{**V, "Bygger på": ""}]}
POINT = {"Id": "ip", "Utvalg": "u1", "Tekst": "Plan", "Slag": "ja/nei", "Kriterium": "k1"}
OPEN = {"Vurdering": "Ikke vurdert", "Bygger på": ""}


@pytest.mark.parametrize(
    ("registers", "lacking"),
    [
        ({}, ["k1"]), ({"vurderinger": []}, ["k1"]), ({"vurderinger": [{**V, **OPEN, "Begrunnelse": ""}]}, ["k1"]),
        ({"vurderinger": [{**V, **OPEN, "Begrunnelse": "Ikke rukket."}]}, []),
        ({"vurderinger": [{**V, **OPEN, "Vurdering": "Kan ikke konkludere", "Begrunnelse": "Få svar."}]}, []),
        ({"vurderinger": [V]}, []), ({"kontrollpunkter": [POINT]}, []),
        ({"kriterier": [{**K, "Utgått fordi": "Ikke aktuelt"}]}, []), ({"kriterier": [{**K, "Flyttet til": "p2"}]}, []),
        ({"kriterier": [K, {**K2, "Under": "k1"}], "datagrunnlag": [{**D, "Kriterium": "k2"}]}, []),
        ({"kriterier": [K, {**K2, "Under": "k1"}], "datagrunnlag": [D]}, []), ({"kriterier": [K, K2], "datagrunnlag": [D]}, ["k2"]),
        ({"kriterier": [{**K, "Under": "k1"}]}, ["k1"]),
    ],
)  # fmt: skip
def test_a_criterion_has_evidence(small: Small, registers: dict[str, Rows], lacking: list[str]) -> None:
    found = hits(small.write(**{**UNLINKED, **registers}), "kriterium-uten-grunnlag", "criteria")
    assert told(found) == [("Kriterier", id, "Id") for id in lacking]
    assert all("har ikke noe datagrunnlag" in hit.found for hit in found)


@pytest.mark.parametrize(
    ("registers", "lacking"),
    [
        ({"kriterier": [K, K2]}, ["k2"]), ({"kriterier": [K, K2], "vurderinger": [OVERALL]}, ["k1", "k2"]),
        ({"kriterier": [K, K2], "vurderinger": [V, {**V2, "Nivå": "andre forhold"}]}, ["k2"]),
        ({"kriterier": [K, K2], "vurderinger": [V, V2]}, []), ({"kriterier": [K, {**K2, "Utgått fordi": "Ikke aktuelt"}]}, []),
        ({"kriterier": [K, {**K2, "Flyttet til": "p2"}]}, []), ({"kriterier": [{**K2, "Under": ""}, {**K, "Under": "k2"}]}, []),
        ({"kriterier": [K2, {**K, "Under": "k2"}, {**K, "Id": "k3", "Under": "k2"}]}, ["k2", "k3"]),
    ],
)  # fmt: skip
def test_a_criterion_is_assessed(small: Small, registers: dict[str, Rows], lacking: list[str]) -> None:
    found = hits(small.write(**registers), "kriterium-uten-vurdering", "criteria")
    assert told(found) == [("Kriterier", id, "Id") for id in lacking]
    assert all("er ikke vurdert" in hit.found for hit in found)


@pytest.mark.parametrize("check", ["kriterium-uten-grunnlag", "kriterium-uten-vurdering"])
def test_criteria_of_a_descriptive_question_are_never_assessed(small: Small, check: str) -> None:
    small.write(kriterier=[K, K2], datagrunnlag=[{**D, "Kriterium": ""}], vurderinger=[{**OVERALL, "Vurdering": ""}])
    assert hits(params(small, vurderende="beskrivende"), check, "criteria") == []


@pytest.mark.parametrize(
    ("assessment", "empty"),
    [
        ({"Vurdering": ""}, True), ({"Vurdering": "", "Mangler fordi": "Revisor bruker ingen skala"}, False),
        ({"Vurdering": "", "Nivå": "andre forhold"}, False), ({"Vurdering": "", "Problemstilling": "p9"}, False),
    ],
)  # fmt: skip
def test_an_assessment_has_its_word(small: Small, assessment: dict[str, str], empty: bool) -> None:
    small.write(vurderinger=[V, {**OVERALL, **assessment}])
    found = hits(small, "kriterium-uten-vurdering", "criteria")
    assert told(found) == ([("Vurderinger", "v2", "Vurdering")] if empty else [])


# --- assessments


@pytest.mark.parametrize(
    ("assessment", "lacking"),
    [
        ({"Bygger på": ""}, True), ({"Bygger på": "", "Vurdering": "Ikke oppfylt"}, True),
        ({"Bygger på": "", "Nivå": "problemstilling", "Kriterium": ""}, True), ({"Bygger på": "i-alt"}, False),
        ({"Bygger på": "", "Mangler fordi": "Rapporten sier det ikke"}, False),
        ({"Bygger på": "", "Vurdering": "Ikke vurdert"}, False), ({"Bygger på": "", "Vurdering": ""}, False),
        ({"Bygger på": "", "Mangler fordi": "Kriterium: rapporten har ingen"}, True),
    ],
)  # fmt: skip
def test_an_assessment_rests_on_evidence(small: Small, assessment: dict[str, str], lacking: bool) -> None:
    found = hits(small.write(vurderinger=[{**V, **assessment}]), "vurdering-uten-grunnlag", "assessments")
    assert told(found) == ([("Vurderinger", "v1", "Bygger på")] if lacking else [])
    assert all("bygger ikke på noe i registrene" in hit.found for hit in found)


@pytest.mark.parametrize(
    ("assessment", "lacking"),
    [
        ({"Kriterium": ""}, True), ({"Kriterium": "", "Vurdering": "Ikke oppfylt"}, True),
        ({"Kriterium": "", "Nivå": "andre forhold"}, False), ({"Kriterium": "", "Nivå": "problemstilling"}, False),
        ({"Kriterium": "", "Mangler fordi": "Kriterium: rapporten har ingen"}, False),
    ],
)  # fmt: skip
def test_an_assessment_names_its_criterion(small: Small, assessment: dict[str, str], lacking: bool) -> None:
    found = hits(small.write(vurderinger=[{**V, **assessment}]), "vurdering-uten-kriterium", "assessments")
    assert told(found) == ([("Vurderinger", "v1", "Kriterium")] if lacking else [])
    assert all("Kriterium er tom" in hit.found for hit in found)


# --- recommendations


@pytest.mark.parametrize(
    ("word", "lacking"),
    [("Oppfylt", False), ("I det alt vesentlige oppfylt", False), ("Delvis oppfylt", True), ("I liten grad oppfylt", True),
     ("Ikke oppfylt", True), ("Kan ikke konkludere", False), ("Ikke aktuelt", False), ("", False)],
)  # fmt: skip
def test_a_negative_verdict_is_followed_up(small: Small, word: str, lacking: bool) -> None:
    found = hits(small.write(vurderinger=[{**V, "Vurdering": word}]), "negativ-uten-anbefaling", "assessments")
    assert told(found) == ([("Vurderinger", "v1", "Ingen anbefaling fordi")] if lacking else [])
    assert all(f"«{word}» har verken anbefaling eller grunn" in hit.found for hit in found)


@pytest.mark.parametrize(
    ("assessment", "follows"),
    [({"Ingen anbefaling fordi": "Rettet i høringen"}, ""), ({}, "v1"), ({}, "v2, v1"), ({"Nivå": "andre forhold"}, ""),
     ({"Nivå": "problemstilling"}, "")],
)  # fmt: skip
def test_a_recommendation_is_optional(small: Small, assessment: dict[str, str], follows: str) -> None:
    small.write(vurderinger=[{**V, "Vurdering": "Ikke oppfylt", **assessment}])
    assert hits(recommend(small, {**A, "Følger av": follows}), "negativ-uten-anbefaling", "assessments") == []


def test_a_part_is_followed_up_by_what_follows_from_the_whole(small: Small) -> None:
    small.write(kriterier=[K, {**K2, "Under": "k1"}], vurderinger=[V, {**V2, "Vurdering": "Ikke oppfylt"}])
    assert hits(recommend(small, A), "negativ-uten-anbefaling", "assessments") == []


@pytest.mark.parametrize(
    ("follows", "first", "said", "mild"),
    [
        ("", "Delvis oppfylt", "følger ikke av noen vurdering", False),
        ("v1", "Oppfylt", "følger bare av kriterier som er oppfylt", True),
        ("v1, v3", "Oppfylt", "følger bare av kriterier som er oppfylt", True), ("v1", "Delvis oppfylt", None, False),
        ("v3, v1", "Delvis oppfylt", None, False), ("v2", "Oppfylt", None, False), ("borte", "Oppfylt", None, False),
    ],
)  # fmt: skip
def test_a_recommendation_follows_from_something(
    small: Small, follows: str, first: str, said: str | None, mild: bool
) -> None:
    small.write(kriterier=[K, K2], vurderinger=[{**V, "Vurdering": first}, OVERALL, V2])
    found = hits(recommend(small, {**A, "Følger av": follows}), "anbefaling-uten-vurdering", "recommendations")
    assert told(found) == ([("Anbefalinger", "a1", "Følger av")] if said else [])
    assert all(f"Anbefaling 1 {said}" in hit.found and hit.mild == mild for hit in found)


def test_a_recommendation_may_say_why_it_follows_from_nothing(small: Small) -> None:
    recommend(small.write(), {**A, "Følger av": "", "Mangler fordi": "Følger av bestillingen"})
    assert hits(small, "anbefaling-uten-vurdering", "recommendations") == []


def test_every_recommendation_is_answered_once_the_response_is_there(small: Small) -> None:
    silent, excused = {**A, "Id": "a2", "Nr": "2", "Svar": ""}, {"Mangler fordi": "Uttalelsen svarer ikke på den"}
    recommend(small.write(), A, silent, {**silent, "Id": "a3", "Nr": "3"}, {**silent, "Id": "a4", **excused})
    (hit,) = hits(small, "anbefaling-uten-svar", "recommendations")
    assert told([hit]) == [("Anbefalinger", "a2", "Svar")]
    assert hit.found == "Svar er tom på anbefaling 2, 3, men uttalelsen er kommet"
    assert [place.row for place in hit.touches] == ["a3"]


@pytest.mark.parametrize("comments", [[], [{**RESPONSE, "Runde": "verifisering"}], [{**RESPONSE, "Innspill": ""}]])
def test_nobody_answers_before_the_response(small: Small, comments: Rows) -> None:
    recommend(small.write(innspill=comments), {**A, "Svar": ""})
    assert hits(small, "anbefaling-uten-svar", "recommendations") == []


# --- conclusions


@pytest.mark.parametrize(
    ("question", "conclusion", "lacking"),
    [
        (P2, "## P1\n\nJa.\n", ["p2"]), (P2, "Kommunen har en plan.\n", ["p1", "p2"]), (P2, "## P1\n\nJa.\n\n## P2\n\nNei.\n", []),
        (P2, "Svaret på p1 er ja, og på p2 nei.\n", []), (DESCRIBING, "## P1\n\nJa.\n", []), ("", "Kommunen har en plan.\n", []),
        (P2, "", []),
    ],
)  # fmt: skip
def test_the_conclusion_answers_every_question(
    small: Small, question: str, conclusion: str, lacking: list[str]
) -> None:
    found = hits(params(small.write({"conclusion": conclusion}), question), "sporsmal-uten-konklusjon", "")
    assert told(found) == [("text/conclusion.md", id, "") for id in lacking]
    assert [hit.found for hit in found] == [f"Konklusjonen svarer ikke på {id.upper()}" for id in lacking]


# --- overall verdicts: the frame, the tally, and a reason outside it


def judged(*verdicts: str, criteria: Rows = (), **overall: str) -> dict[str, Rows]:
    """Criteria k1, k2 … with these verdicts (none where empty), and the overall verdict."""
    ids = [f"k{number}" for number in range(1, len(verdicts) + 1)]
    given = [{**V, "Id": f"v-{id}", "Kriterium": id, "Vurdering": word} for id, word in zip(ids, verdicts, strict=True)]
    more = {row["Id"]: row for row in criteria}
    return {
        "kriterier": [{**K, "Id": id, **more.get(id, {})} for id in ids],
        "vurderinger": [*(row for row in given if row["Vurdering"]), {**OVERALL, **overall}],
    }


YES, MOSTLY, PARTLY, LITTLE, NO = (
    "Oppfylt", "I det alt vesentlige oppfylt", "Delvis oppfylt", "I liten grad oppfylt", "Ikke oppfylt",
)  # fmt: skip
ESSENTIAL: Rows = [{"Id": "k2", "Vesentlig": "Ja"}]
ANY_OF: Rows = [{"Id": "k1", "Alle/Minst én": "minst én"}, {"Id": "k2", "Under": "k1"}, {"Id": "k3", "Under": "k1"}]
ALL_OF: Rows = [{**ANY_OF[0], "Alle/Minst én": "alle"}, *ANY_OF[1:]]
MOVED: Rows = [{"Id": "k2", "Flyttet til": "p2"}]
ALIKE, BETWEEN, AT_BEST = (
    "alle kriteriene er like vurdert", "mellom beste og dårligste kriterium", "et vesentlig kriterium er ikke oppfylt",
)  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "criteria", "counts", "allowed"),
    [
        ([YES, YES], [], {"oppfylt": 2}, ("oppfylt", "oppfylt", ALIKE)),
        ([NO, NO], ESSENTIAL, {"ikke": 2}, ("ikke", "ikke", ALIKE)),
        ([YES, NO], [], {"oppfylt": 1, "ikke": 1}, ("oppfylt", "ikke", BETWEEN)),
        ([LITTLE, MOSTLY], [], {"vesentlig": 1, "liten": 1}, ("vesentlig", "liten", BETWEEN)),
        ([YES, NO], ESSENTIAL, {"oppfylt": 1, "ikke": 1}, ("delvis", "ikke", AT_BEST)),
        ([YES, LITTLE], ESSENTIAL, {"oppfylt": 1, "liten": 1}, ("oppfylt", "liten", BETWEEN)),
        ([LITTLE, NO], ESSENTIAL, {"liten": 1, "ikke": 1}, ("liten", "ikke", BETWEEN)),
        ([YES, "Kan ikke konkludere"], [], {"oppfylt": 1}, ("oppfylt", "oppfylt", ALIKE)),
        ([YES, "Ganske bra"], [], {"oppfylt": 1}, ("oppfylt", "oppfylt", ALIKE)),
        ([YES, NO], MOVED, {"oppfylt": 1}, ("oppfylt", "oppfylt", ALIKE)),
        (["", NO, YES], ANY_OF, {"oppfylt": 1}, ("oppfylt", "oppfylt", ALIKE)),
        ([PARTLY, NO, YES], ANY_OF, {"delvis": 1}, ("delvis", "delvis", ALIKE)),
        (["", NO, PARTLY, YES], ANY_OF, {"oppfylt": 1, "delvis": 1}, ("oppfylt", "delvis", BETWEEN)),
        (["", "", ""], ANY_OF, {}, ("oppfylt", "oppfylt", ALIKE)),
        (["", NO, YES], ALL_OF, {"oppfylt": 1, "ikke": 1}, ("oppfylt", "ikke", BETWEEN)),
    ],
)
def test_the_criteria_give_the_frame(
    small: Small, verdicts: list[str], criteria: Rows, counts: dict[str, int], allowed: tuple[str, str, str]
) -> None:
    """A «minst én» counts once, as its best part; what is moved counts where it went."""
    audit = params(small.write(**judged(*verdicts, criteria=criteria)), P2).load()
    assert tally(audit, "p1") == counts
    assert frame(audit, "p1") == allowed


def test_what_is_moved_counts_where_it_went(small: Small) -> None:
    audit = params(small.write(**judged(YES, NO, criteria=MOVED)), P2).load()
    assert tally(audit, "p2") == {"ikke": 1}


@pytest.mark.parametrize(
    ("verdicts", "criteria", "overall", "expected"),
    [
        ([YES, YES], [], PARTLY, "Oppfylt (alle kriteriene er like vurdert)"),
        ([YES, NO], ESSENTIAL, YES, "Delvis oppfylt til Ikke oppfylt (et vesentlig kriterium er ikke oppfylt)"),
        ([MOSTLY, LITTLE], [], NO, "I det alt vesentlige oppfylt til I liten grad oppfylt (mellom beste og dårligste kriterium)"),
        ([YES, NO], [], PARTLY, None), ([YES, NO], ESSENTIAL, PARTLY, None), (["", NO, YES], ANY_OF, YES, None),
        ([YES, YES], [], "Kan ikke konkludere", None), ([YES, YES], [], "", None), ([YES, YES], [], "Ganske bra", None),
        (["", ""], [], NO, None),
    ],
)  # fmt: skip
def test_an_overall_verdict_keeps_within_its_frame(
    small: Small, verdicts: list[str], criteria: Rows, overall: str, expected: str | None
) -> None:
    small.write(**judged(*verdicts, criteria=criteria, Vurdering=overall))
    found = hits(small, "samlet-vurdering", "assessments")
    assert told(found) == ([("Vurderinger", "v2", "Vurdering")] if expected else [])
    assert [hit.expected for hit in found] == ([expected] if expected else [])
    assert all(f"P1 er samlet «{overall}», men kriteriene er " in hit.found for hit in found)


PARTS: Rows = [{"Id": "k2", "Under": "k1"}, {"Id": "k3", "Under": "k1"}]


@pytest.mark.parametrize(
    ("verdicts", "whole", "reason", "said"),
    [
        ([YES, PARTLY, NO], {}, "", "Kriteriet k1 er «Oppfylt», men delene er delvis oppfylt, ikke oppfylt"),
        ([NO, PARTLY, YES], {}, "", "Kriteriet k1 er «Ikke oppfylt», men delene er delvis oppfylt, oppfylt"),
        ([PARTLY, YES, NO], {}, "", None), ([YES, PARTLY, NO], {}, "Delene veier lite", None),
        ([YES, PARTLY, NO], {"Alle/Minst én": "minst én"}, "", None), ([YES, PARTLY, ""], {}, "", None),
    ],
)  # fmt: skip
def test_a_criterion_keeps_within_its_parts(
    small: Small, verdicts: list[str], whole: dict[str, str], reason: str, said: str | None
) -> None:
    registers = judged(*verdicts, criteria=[{"Id": "k1", **whole}, *PARTS], Vurdering="")
    first, *others = registers["vurderinger"]
    small.write(**{**registers, "vurderinger": [{**first, "Utenfor rammen fordi": reason}, *others]})
    found = hits(small, "samlet-vurdering", "assessments")
    assert [(hit.place.row, hit.found) for hit in found] == ([("v-k1", said)] if said else [])


def test_a_reason_lets_the_auditor_choose(small: Small) -> None:
    small.write(**judged(YES, YES, Vurdering=PARTLY, **{"Utenfor rammen fordi": "Praksis svikter"}))
    assert hits(small, "samlet-vurdering", "assessments") == []


def test_the_words_are_those_of_the_firm(small: Small) -> None:
    params(small.write(**judged("God", Vurdering=PARTLY)), "vurderingsord: {oppfylt: God}\n")
    (hit,) = hits(small, "samlet-vurdering", "assessments")
    assert (hit.found, hit.expected) == (
        "P1 er samlet «Delvis oppfylt», men kriteriene er 1 god", "God (alle kriteriene er like vurdert)",
    )  # fmt: skip


def test_a_descriptive_question_has_no_verdict(small: Small) -> None:
    (hit,) = hits(params(small.write(), vurderende="beskrivende"), "samlet-vurdering", "assessments")
    assert hit.found == "«Oppfylt» er satt på en beskrivende problemstilling"
    small.write(vurderinger=[V, {**OVERALL, "Vurdering": ""}])
    assert hits(params(small, vurderende="beskrivende"), "samlet-vurdering", "assessments") == []


# --- RSK 001, point by point

TEAM = "team: [{rolle: oppdragsansvarlig revisor, uavhengighet: 01.01.2022}]\n"
MILESTONES = """\
milepæler:
  - {hva: Bestilling i kontrollutvalget, dato: 01.11.2021, sak: 12/21}
  - {hva: Prosjektplan vedtatt, dato: 01.12.2021}
"""
ON_RECORD = {
    "kilder": [{**ROWS["kilder"][0], "Arkivref": "21/1"}, ROWS["kilder"][1]],
    "innspill": [RESPONSE, {**RESPONSE, "Id": "n2", "Runde": "kvalitetssikring", "Fra": "kvalitetssikrer"}],
    "vurderinger": [{**V, "Ingen anbefaling fordi": "Kriteriet er oppfylt"}, OVERALL],
}  # fmt: skip


def lacking(small: Small) -> dict[str, str]:
    return {point.key: point.lacking for point in points(small.load()) if point.lacking}


def test_every_point_on_record(small: Small) -> None:
    params(small.write(**ON_RECORD), TEAM + MILESTONES)
    assert lacking(small) == {}
    assert hits(small, "rsk-udokumentert", "") == []
    met = {point.key: point.met[0] for point in points(small.load())}
    assert (met["order"].what, met["order"].when, met["order"].who) == (
        "Bestilling i kontrollutvalget (sak 12/21)", "01.11.2021", "Kontrollutvalget",
    )  # fmt: skip
    assert met["criteria"].what == "1 av 1 kriterier har kilde"
    assert met["method"].what == "2 intervjuer, 2 kilder i bruk"


@pytest.mark.parametrize(
    ("yaml", "registers", "point", "said"),
    [
        (MILESTONES, {}, "auditor", "Vurderingen av uavhengighet er ikke ført"),
        (MILESTONES + TEAM.replace(", uavhengighet: 01.01.2022", ""), {}, "auditor", "Vurderingen av uavhengighet er ikke ført"),
        (TEAM + MILESTONES.replace("Bestilling", "Møte"), {}, "order", "Bestillingen er ikke ført i Milepæler"),
        (TEAM + MILESTONES.replace("Prosjektplan", "Noe"), {}, "plan", "Når prosjektplanen ble behandlet, er ikke ført"),
        (TEAM + MILESTONES, {"kriterier": []}, "criteria", "Ingen kriterier er ført"),
        (TEAM + MILESTONES, {"vurderinger": []}, "assessments", "Ingen vurderinger er ført"),
        (TEAM + MILESTONES, {"kilder": ROWS["kilder"]}, "documentation", "Ingen kilder har arkivreferanse"),
        (TEAM + MILESTONES, {"innspill": [RESPONSE]}, "assurance", "Kvalitetssikringen er ikke ført i Innspill"),
        (TEAM + MILESTONES, {"innspill": []}, "dialogue", "Uttalelsen i høringen er ikke ført"),
    ],
)  # fmt: skip
def test_a_point_not_on_record_says_so(
    small: Small, yaml: str, registers: dict[str, Rows], point: str, said: str
) -> None:
    params(small.write(**{**ON_RECORD, **registers}), yaml)
    assert lacking(small)[point] == said


def test_points_without_documentation_are_told_once(small: Small) -> None:
    """What the report itself lacks is told part by part, and not here."""
    params(small.write(**{**ON_RECORD, "innspill": []}), TEAM.replace("uavhengighet", "navn"))
    (hit,) = hits(small, "rsk-udokumentert", "")
    assert told([hit]) == [("Prosjekt", "rsk", "")]
    assert hit.found.startswith(
        "4 punkter i RSK 001 mangler dokumentasjon. Krav til revisor: vurderingen av uavhengighet"
    )
    assert "høring" not in hit.found


def test_a_part_that_is_missing_says_where_it_is_written(small: Small) -> None:
    small.write({"p1": " \n", "method": ""}, kriterier=[], kilder=[])
    found = hits(params(small, formål="avgrensning"), "rsk-del-mangler", "")
    assert told(found) == [
        ("Prosjekt", "Formål", ""), ("text/method.md", "Metode", ""), ("Kriterier", "Revisjonskriterier", ""),
        ("Kilder", "Referanser", ""), ("text/p1.md", "p1", ""),
    ]  # fmt: skip


def test_descriptive_questions_ask_for_no_assessments(small: Small) -> None:
    params(small.write(vurderinger=[]), vurderende="beskrivende")
    assert "assessments" not in lacking(small)
    assert hits(small, "rsk-del-mangler", "") == []
