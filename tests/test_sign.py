"""Signatures: by whom, over what, and that nobody assures their own work; a waiver of a stop asks for the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from conftest import ROWS, Small, blocks_in_process, snapshot_of, with_defect
from helpers.audit import Audit
from helpers.checks.structure import waived_by_oneself
from helpers.facts import facts_of
from helpers.gate import gather, waive
from helpers.journal import Journal
from helpers.message import InputError, Message
from helpers.params import Member
from helpers.register import Row
from helpers.sign import sign, signed, signed_words


def content(audit: Audit) -> str:
    return snapshot_of(audit, facts_of(audit), blocks_in_process(audit)).content


@pytest.fixture
def hamar(audits: Mapping[str, Audit], tmp_path: Path) -> Audit:
    return replace(audits["hamar-2022"], journal=Journal(tmp_path / "hamar-2022" / "journal"))


def by(audit: Audit, role: str, name: str, over: str = "c0ffee", stops: int = 0) -> Audit:
    """The audit with one more signature."""
    return replace(audit, journal=sign(audit, over, role, name, "01.03.2022", stops=stops))


def refused(audit: Audit, role: str, name: str, stops: int = 0) -> str:
    before = audit.journal.entries
    with pytest.raises(InputError) as error:
        by(audit, role, name, stops=stops)
    assert audit.journal.entries == before and not list(
        (audit.journal.folder or Path()).glob(f"{len(before) + 1:04d}*")
    )
    return str(error.value)


def test_the_three_roles_sign_and_the_last_two_may_be_one_person(hamar: Audit) -> None:
    audit = by(
        by(by(hamar, "utøvende", " Ola  Nordmann "), "kvalitetssikrer", "Kari Ås"), "oppdragsansvarlig", "Kari Ås"
    )
    assert [(one.signature.role, one.signature.name, one.covers) for one in signed(audit.journal, "c0ffee")] == [
        ("utøvende", "Ola Nordmann", True), ("kvalitetssikrer", "Kari Ås", True), ("oppdragsansvarlig", "Kari Ås", True)
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["Kari Ås", "KARI ÅS", "  kari   ås ", "Kari A\u030as", "Kari\u200b Ås", "Kari-Ås"])
@pytest.mark.parametrize("first", ["utøvende", "kvalitetssikrer", "oppdragsansvarlig"])
def test_nobody_assures_their_own_work_however_the_name_is_written(hamar: Audit, first: str, name: str) -> None:
    audit = by(hamar, first, "Kari Ås")
    others = ["utøvende"] if first != "utøvende" else ["kvalitetssikrer", "oppdragsansvarlig"]
    for other in others:
        assert f"har alt signert som {first}" in refused(audit, other, name)


def test_a_later_signature_by_another_does_not_undo_who_did_the_work(hamar: Audit) -> None:
    audit = by(by(hamar, "utøvende", "Kari Ås"), "utøvende", "Ola Nordmann")
    assert "har alt signert som utøvende" in refused(audit, "kvalitetssikrer", "Kari Ås")


def test_who_the_parameters_name_as_having_done_the_work_cannot_assure_it(hamar: Audit) -> None:
    team = (Member("Utøvende revisor", "Kari Ås"), Member("kvalitetssikrer", "Ola Nordmann"))
    audit = replace(hamar, params=msgspec.structs.replace(hamar.params, team=team))
    assert "står som utøvende revisor i parametrene" in refused(audit, "oppdragsansvarlig", "kari ås")
    assert by(audit, "kvalitetssikrer", "Ola Nordmann").journal.signatures


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "…", "Ola", "kvalitetssikrer", "Ola kvalitetssikrer"])
def test_an_anonymous_signature_is_refused(hamar: Audit, name: str) -> None:
    assert "en anonym godkjenning dokumenterer ingenting" in refused(hamar, "kvalitetssikrer", name)


def test_an_unknown_role_is_refused(hamar: Audit) -> None:
    assert "Bruk en av: utøvende, kvalitetssikrer, oppdragsansvarlig" in refused(hamar, "ordfører", "Kari Ås")


def test_assurers_do_not_sign_over_open_stops_and_the_one_who_did_the_work_may(hamar: Audit) -> None:
    assert "har ett åpent stopp" in refused(hamar, "kvalitetssikrer", "Kari Ås", stops=1)
    assert "har 12 åpne stopp" in refused(hamar, "oppdragsansvarlig", "Kari Ås", stops=12)
    assert by(hamar, "utøvende", "Ola Nordmann", stops=3).journal.signatures


def test_a_signature_falls_when_the_content_changes_and_stands_again_when_it_is_changed_back(hamar: Audit) -> None:
    audit = by(hamar, "kvalitetssikrer", "Kari Ås", over=content(hamar))
    assert list(signed_words(audit, content(audit))) == []
    row = audit.rows("recommendations")[0]
    change = {"register": "recommendations", "row": row.id, "column": "text", "value": "Kommunen bør gjøre noe annet."}
    (told,) = signed_words(audit, content(with_defect(audit, change)))
    assert "kvalitetssikrer" in told and "01.03.2022" in told
    back = with_defect(with_defect(audit, change), {**change, "value": row["text"]})
    assert list(signed_words(back, content(back))) == []


def test_a_signature_covers_title_and_headings(hamar: Audit) -> None:
    before = content(hamar)
    assert content(replace(hamar, params=msgspec.structs.replace(hamar.params, title="Svikt i tjenestene"))) != before
    name, line, text = next(
        (name, number, words)
        for name, text in hamar.texts.items()
        for number, words in enumerate(text.content.split("\n"), start=1)
        if words.startswith("## ")
    )
    headed = {"register": f"text/{name}.md", "row": str(line), "column": "", "value": f"{text} => ## Loven er brutt"}
    assert content(with_defect(hamar, headed)) != before


@pytest.mark.parametrize(
    ("register", "column", "value"),
    [("recommendations", "number", "9"), ("quantities", "chapter", "governance"), ("evidence", "note", "Til oss selv")],
)
def test_renumbering_and_moving_do_not_break_a_signature(hamar: Audit, register: str, column: str, value: str) -> None:
    before = content(hamar)
    row = hamar.rows(register)[0]
    assert (
        content(with_defect(hamar, {"register": register, "row": row.id, "column": column, "value": value})) == before
    )


# --- the waiver of a stop needs the assurer

WAIVER = {"Id": "un1", "Kontroll": "total-mot-deler", "Register": "Tall", "Rad": "i-alt", "Kolonne": "Verdi",
          "Hvorfor": "Slik er det publisert", "Hvem": "Per Hansen"}  # fmt: skip


def stop(audit: Audit) -> Message:
    row = audit.row("quantities", "i-alt")
    assert isinstance(row, Row)
    return Message(audit.name, "total-mot-deler", 1, "stopp", row.place("value"), "Det går ikke opp", "", "")


@pytest.mark.parametrize(
    ("assurer", "holds"),
    [
        ("Kari Ås", True), ("kvalitetssikrer", True), ("oppdragsansvarlig revisor", True), ("", False), ("–", False),
        ("Per Hansen", False), (" per  hansen", False), ("utøvende", False), ("Utøvende revisor", False),
        ("Siv Dahl", False),
    ],
)  # fmt: skip
def test_the_waiver_of_a_stop_needs_an_assurer_who_did_not_do_the_work(small: Small, assurer: str, holds: bool) -> None:
    small.write(unntak=[{**WAIVER, "Funnet": "Det går ikke opp", "Kvalitetssikrer": assurer}])
    audit = small.load()
    audit = replace(audit, params=msgspec.structs.replace(audit.params, team=(Member("utøvende", "Siv Dahl"),)))
    told = waive(audit, [stop(audit)], with_blocks=False)
    assert any(message.stops for message in told) is not holds
    assert bool([one for one in told if one.check == "unntak-falt"]) is not holds
    hits = list(waived_by_oneself(gather(audit), "waivers"))
    assert bool(hits) is (not holds and assurer not in ("", "–"))


def test_who_signed_for_the_work_cannot_accept_its_waivers(small: Small) -> None:
    small.write(unntak=[{**WAIVER, "Funnet": "Det går ikke opp", "Kvalitetssikrer": "Ola Nordmann"}])
    audit = small.load()
    assert not any(message.stops for message in waive(audit, [stop(audit)], with_blocks=False))
    audit = by(audit, "utøvende", "Ola Nordmann")
    assert any(message.stops for message in waive(audit, [stop(audit)], with_blocks=False))
    (hit,) = waived_by_oneself(gather(audit), "waivers")
    assert hit.found == "«Ola Nordmann» har selv utført revisjonen"


def test_a_warning_is_waived_by_its_reason_alone(small: Small) -> None:
    audit = small.write(unntak=[{**WAIVER, "Funnet": "Det går ikke opp"}]).load()
    (told,) = waive(audit, [replace(stop(audit), severity="varsel")], with_blocks=False)
    assert told.waived == "Slik er det publisert (Per Hansen)"


def test_no_waiver_accepts_itself(small: Small) -> None:
    """A stop on a waiver is not waived by the one it is about."""
    found = "«Per Hansen» har godtatt sitt eget unntak"
    small.write(unntak=[{**WAIVER, "Kontroll": "unntak-samme-person", "Register": "Unntak", "Rad": "un1",
                         "Kolonne": "Kvalitetssikrer", "Funnet": found, "Kvalitetssikrer": "Per Hansen"}])  # fmt: skip
    audit = small.load()
    (hit,) = waived_by_oneself(gather(audit), "waivers")
    message = Message(audit.name, "unntak-samme-person", 0, "stopp", hit.place, hit.found, "", "")
    assert hit.found == found and waive(audit, [message], with_blocks=False)[0].stops


def test_the_shipped_audits_keep_to_roles_that_hold(audits: Mapping[str, Audit]) -> None:
    assert ROWS and not [hit for audit in audits.values() for hit in waived_by_oneself(gather(audit), "waivers")]
