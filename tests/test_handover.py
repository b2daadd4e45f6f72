"""A hand-over as it is made: one zip, numbered and recorded; the same state twice is the same file."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import blocks_in_process, copy_inputs, revisjonsbok, snapshot_of
from helpers.audit import load_audit
from helpers.changes import compare
from helpers.exchange import take_in
from helpers.facts import Facts, facts_of
from helpers.handover import HandedOver, cover, hand_over, plan
from helpers.journal import FORMAT, Mark, Review, append
from helpers.message import InputError, Message, Place
from helpers.params import Member
from helpers.reporter import Quiet
from helpers.verify import check_contents, read_manifest

NES = "nes-2018"
STOP = Message(NES, "total-mot-deler", 1, "stopp", Place("Tall", "i-alt"), "Det står 328.", "326.", "Rett tallet.")


@dataclass
class House:
    """The house that audits Nes: a folder, and hand-overs from what lies there."""

    root: Path
    made: tuple[Facts, Sequence[Mapping[str, Any]]] | None = None

    def hand_over(self, edition: str, today: str, messages: Sequence[Message] = ()) -> HandedOver:
        audit = load_audit(self.root, NES)
        if self.made is None:
            self.made = facts_of(audit), blocks_in_process(audit)
        return hand_over(self.root, plan(self.root, audit, edition, today), *self.made, messages)  # type: ignore[arg-type]

    def correct(self, file: str, old: str, new: str) -> None:
        path = self.root / "data" / NES / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
        self.made = None

    def reads(self, done: HandedOver) -> dict[str, bytes]:
        assert done.path is not None
        with zipfile.ZipFile(done.path) as archive:
            return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(copy_inputs(tmp_path, [NES]))


WORDING = ("text/summary.md", "Kommunen har en koordinerende enhet", "Kommunen har en egen koordinerende enhet")


def test_the_same_state_twice_is_the_same_number_and_the_same_bytes(house: House) -> None:
    first = house.hand_over("internal", "01.03.2023")
    data = first.path.read_bytes() if first.path else b""
    assert (first.nr, first.again) == (1, False) and len(load_audit(house.root, NES).journal.entries) == 1
    other = house.hand_over("verification", "02.03.2023")
    sent = other.path.read_bytes() if other.path else b""
    assert other.nr == 2
    again = house.hand_over("internal", "03.03.2023")
    assert (again.nr, again.again, again.path) == (1, True, first.path)
    assert again.path and again.path.read_bytes() == data
    shutil.rmtree(house.root / "outputs")
    later = house.hand_over("verification", "01.01.2030")
    assert later.path and later.path.read_bytes() == sent
    assert len(load_audit(house.root, NES).journal.entries) == 2


def test_a_changed_state_is_the_next_number_and_the_old_state_again_the_one_after(house: House) -> None:
    numbers = [house.hand_over("internal", "01.03.2023").nr]
    for old, new in ((WORDING[1], WORDING[2]), (WORDING[2], WORDING[1])):
        house.correct(WORDING[0], old, new)
        done = house.hand_over("internal", "05.03.2023")
        numbers.append(done.nr)
        changes = json.loads(house.reads(done)["changes.json"])
        assert changes["since"] == done.nr - 1
        assert [one["kind"] for one in changes["items"]] == ["avsnitt"]
    assert numbers == [1, 2, 3]
    journal = load_audit(house.root, NES).journal
    assert [(one.nr, one.since) for one in journal.handovers] == [(1, 0), (2, 1), (3, 2)]
    first, second, third = journal.handovers
    assert first.content == third.content != second.content and first.snapshot == third.snapshot
    assert WORDING[2] in " ".join(item.text for item in journal.snapshot(second).items)


def test_a_review_that_came_in_makes_a_new_hand_over(house: House) -> None:
    done = house.hand_over("internal", "01.03.2023")
    journal = load_audit(house.root, NES).journal
    item = journal.snapshot(journal.handovers[0]).items[0]
    mark = Mark(item.x, item.kind, item.text[:80], "lest")
    append(journal, Review(FORMAT, done.nr, "kvalitetssikrer", "Kari", "", "f", (mark,), (), ""))
    assert house.hand_over("internal", "02.03.2023").nr == 2


def test_changes_are_since_the_last_hand_over_of_the_same_edition(house: House) -> None:
    house.hand_over("internal", "01.03.2023")
    house.correct(*WORDING)
    house.hand_over("verification", "02.03.2023")
    changes = json.loads(house.reads(house.hand_over("internal", "03.03.2023"))["changes.json"])
    assert changes["since"] == 1 and len(changes["items"]) == 1


@pytest.mark.parametrize(
    ("edition", "names"),
    [
        ("internal", {"nes-2018.html", "quality.json", "changes.json", "folgebrev.txt", "manifest.json"}),
        ("verification", {"nes-2018-1-verifisering.html", "kommentarer-nes-2018-nr1.csv", "folgebrev.txt", "manifest.json"}),
        ("hearing", {"nes-2018-1-horing.html", "kommentarer-nes-2018-nr1.csv", "folgebrev.txt", "manifest.json"}),
        ("public", {"nes-2018-1-rapport.html", "manifest.json"}),
    ],
)  # fmt: skip
def test_the_zip_holds_its_files_and_a_manifest_that_is_true(house: House, edition: str, names: set[str]) -> None:
    files = house.reads(house.hand_over(edition, "01.03.2023"))
    assert set(files) == names
    manifest = read_manifest(files["manifest.json"], "manifest.json")
    assert check_contents(files, manifest) == ()
    assert bool(manifest.inputs) == (edition == "internal"), "what goes out names no input"
    for name, hash in manifest.inputs.items():
        assert hashlib.sha256((house.root / name).read_bytes()).hexdigest() == hash
    spoiled = {**files, "manifest.json": files["manifest.json"], next(iter(names - {"manifest.json"})): b"x"}
    assert [one.kind for one in check_contents(spoiled, manifest)] == ["changed"]


def test_stops_stand_on_the_first_screen_of_the_internal_edition_and_hold_back_the_others(house: House) -> None:
    for edition in ("verification", "hearing", "public"):
        done = house.hand_over(edition, "01.03.2023", [STOP])
        assert done.path is None and done.held == (STOP,)
    assert load_audit(house.root, NES).journal.entries == () and not (house.root / "outputs").exists()
    files = house.reads(house.hand_over("internal", "01.03.2023", [STOP]))
    first = files["nes-2018.html"].decode().partition('<section id="sammendrag">')[0]
    assert "Det står 328." in first and 'class="stop">Nei' in first
    assert "Datakontrollen viser 1 stopp, 0 varsler og 0 begrunnede unntak." in files["folgebrev.txt"].decode()


def test_the_cover_says_to_whom_what_changed_and_how_it_is_sent(house: House) -> None:
    """Practice, section 6: with the names in the parameters, and what the assurer must read again."""
    house.hand_over("internal", "01.03.2023")
    house.correct(*WORDING)
    audit = load_audit(house.root, NES)
    team = (Member("kvalitetssikrer", "Kari Kontroll"), Member("utøvende revisor", "Ola Revisor"))
    audit = replace(audit, params=msgspec.structs.replace(audit.params, team=team))
    planned = plan(house.root, audit, "internal", "05.03.2023")
    facts, blocks = facts_of(audit), blocks_in_process(audit)
    now = snapshot_of(audit, facts, blocks)
    warning = replace(STOP, severity="varsel")
    text = cover(planned, compare(audit, planned.since, now, []), [warning], "nes-2018.html")
    assert text.split("\n") == [
        "Til Kari Kontroll, kvalitetssikrer.", "",
        "Her er Psykisk helse og rus, Nes kommune, overlevering nr. 2, 05.03.2023. Åpne nes-2018.html i nettleseren; "
        "du trenger ikke nett.",
        "Siden nr. 1: 0 tall og 1 avsnitt er endret, 0 vurderinger må leses på nytt, 0 av dine godkjenninger er bortfalt.",
        "Datakontrollen viser 0 stopp, 1 varsel og 0 begrunnede unntak.",
        "Lagre merknadene med «Lagre kontroll» og send meg filen.", "",
        "Kan inneholde taushetsbelagte opplysninger, jf. offl. § 13, jf. fvl. § 13: bruk sikker overføring, ikke e-post.",
        "", "Ola Revisor, utøvende revisor", "",
    ]  # fmt: skip


def test_a_comment_table_that_came_late_is_of_the_edition_it_names(house: House) -> None:
    """The verification table comes back after the hearing went out: its numbers are of the verification."""
    sent = house.reads(house.hand_over("verification", "01.03.2023"))
    house.hand_over("hearing", "02.03.2023")
    table = house.root / "kommentarer-nes-2018-nr1.csv"
    content = sent[table.name].decode("utf-8-sig") + "2;Målet er et annet;Leder;10.03.2023\n2;;;\n"
    table.write_bytes(content.replace("\n", "\r\n").encode("cp1252"))
    verified = {path.name: path.read_bytes() for path in (house.root / "data" / NES).glob("*.csv")}
    came = take_in(house.root, NES, table, Quiet())
    assert (came.marks, came.comments) == (0, 1)
    row = load_audit(house.root, NES).rows("comments")[-1]
    kept = load_audit(house.root, NES).journal
    item = next(one for one in kept.snapshot(kept.handovers[0]).items if one.x == kept.handovers[0].numbered[1])
    assert (row["round"], row["text"], row["from"]) == ("verifisering", "Målet er et annet", "Leder")
    assert row["about"].startswith(f"avsnitt 2: «{item.text[:20]}")
    assert take_in(house.root, NES, table, Quiet()).comments == 0, "the same table twice is read once"
    renamed = table.rename(table.with_name("kommentarer-nes-2018-nr1 - Kopi.csv"))
    assert take_in(house.root, NES, renamed, Quiet()).comments == 0, "and it is the same by any name that says so"
    after = {path.name: path.read_bytes() for path in (house.root / "data" / NES).glob("*.csv")}
    assert {name for name in after if after[name] != verified[name]} == {"innspill.csv"}


def test_a_file_saved_while_the_hand_over_is_made_stops_it(house: House) -> None:
    """Else the manifest would speak of another file than the page was made from."""
    audit = load_audit(house.root, NES)
    planned = plan(house.root, audit, "internal", "01.03.2023")
    house.correct(*WORDING)
    with pytest.raises(InputError, match=r"data/nes-2018\. En fil ble lagret mens overleveringen ble laget"):
        hand_over(house.root, planned, facts_of(audit), blocks_in_process(audit), ())
    assert not load_audit(house.root, NES).journal.handovers


def test_what_changed_without_a_cell_is_told_as_well(published: Path, tmp_path: Path) -> None:
    """A heading in params/."""
    root = Path(shutil.copytree(published, tmp_path / "nes"))
    revisjonsbok("handover", NES, root=root)
    assert "Ingenting er endret." in revisjonsbok("changes", NES, root=root).stdout
    params = root / "params/nes-2018.yaml"
    text = params.read_text(encoding="utf-8")
    params.write_text(text.replace("tittel: Organisasjonskart,", "tittel: Organisasjonen,"), encoding="utf-8")
    told = " ".join(revisjonsbok("changes", NES, root=root).stdout.split())
    assert "Ingen celle er endret, men 1 avsnitt, tabeller eller punkter er det" in told


def test_the_command_gives_the_same_file_on_another_machine_day_zone_and_locale(
    published: Path, tmp_path: Path
) -> None:
    """Two folders with the same inputs; the second without cache, in another zone, hash seed and locale."""
    here, there = tmp_path / "her", tmp_path / "der" / "dypere"
    shutil.copytree(published, here)
    done = revisjonsbok("handover", NES, "--edition", "hearing", root=here)
    assert done.returncode == 0 and "nes-2018: overlevering 1.\n" in done.stdout, done.stdout + done.stderr
    shutil.copytree(here, there)
    shutil.rmtree(there / ".cache")
    shutil.rmtree(there / "outputs" / "_handover")
    other = {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "4711", "LC_ALL": "C"}
    done = revisjonsbok("handover", NES, "--edition", "hearing", root=there, **other)
    assert "Ingenting er endret siden sist: samme nummer og samme innhold." in done.stdout, done.stdout + done.stderr
    name = Path("outputs/_handover/nes-2018/nes-2018-1-horing.zip")
    assert (here / name).read_bytes() == (there / name).read_bytes()


def test_a_count_of_few_persons_holds_back_until_it_is_waived_with_a_reason(published: Path, tmp_path: Path) -> None:
    """Eidskog prints a count of one user: a warning in the house, and no way out without a reason."""
    root = tmp_path / "eidskog"
    shutil.copytree(published, root)
    done = revisjonsbok("handover", "eidskog-2015", "--edition", "hearing", root=root)
    assert done.returncode == 1
    assert "Brukere fra Eidskog i ROS-prosjektet: 1." in done.stdout
    assert "Høringsutgave er holdt tilbake av 1\u00a0kontrollmelding. Rett det, eller før det i Unntak" in done.stdout
    assert not (root / "outputs/_handover").exists()
    quality = json.loads((root / "outputs/_draft/eidskog-2015/quality.json").read_text(encoding="utf-8"))
    found = next(one for one in quality["messages"] if one["check"] == "sma-celler")
    cells = [found[key] for key in ("check", "register", "row", "column", "found")]
    with (root / "data/eidskog-2015/unntak.csv").open("a", encoding="utf-8") as file:
        file.write(
            ";".join(["un9", *cells, "Oppgitt av kommunen selv", "utøvende revisor", "", "kvalitetssikrer"]) + "\n"
        )
    done = revisjonsbok("handover", "eidskog-2015", "--edition", "hearing", root=root)
    assert done.returncode == 0 and "Send " in done.stdout, done.stdout + done.stderr
