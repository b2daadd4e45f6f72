"""The journal is appended, never rewritten: what was changed, taken out or moved afterwards is told by its file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.journal import FORMAT, HandOver, Journal, Review, Signature, Snapshot, append, keep_snapshot, read_journal
from helpers.message import InputError

NAME = "data/liten/journal"
EMPTY = Snapshot({}, (), ())


def signature(name: str) -> Signature:
    return Signature(FORMAT, "kvalitetssikrer", name, "01.02.2022", "c0ffee", "")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A hand-over with its snapshot, and three signatures."""
    journal = Journal(tmp_path / NAME)
    kept = keep_snapshot(journal, EMPTY)
    journal = append(journal, HandOver(FORMAT, 1, "internal", "01.02.2022", "s", 0, EMPTY.content, kept, (), ""))
    for name in ("Kari", "Ola", "Liv"):
        journal = append(journal, signature(name))
    return journal


def folder(journal: Journal) -> Path:
    assert journal.folder
    return journal.folder


def test_what_was_appended_is_read_back(journal: Journal) -> None:
    again = read_journal(folder(journal), NAME)
    assert again.entries == journal.entries and again.key == journal.key
    assert again.last("internal") == journal.entries[0] and again.snapshot(again.handovers[0]) == EMPTY
    assert [one.name for one in again.signatures] == ["Liv"]


def edit(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("2022", "2021"), encoding="utf-8")


def swap(one: Path, other: Path) -> None:
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (lambda at: edit(at / "0001.json"), "0002.json. Oppføringen i 0001.json er"),
        (lambda at: edit(at / "0002.json"), "0003.json. Oppføringen i 0002.json er endret"),
        (lambda at: edit(at / "0004.json"), "0004.json. Oppføringen er endret"),
        (lambda at: (at / "0001.json").unlink(), "0002.json. Oppføring 1 i journalen er tatt ut"),
        (lambda at: (at / "0003.json").unlink(), "0004.json. Oppføring 3 i journalen er tatt ut"),
        (lambda at: (at / "0004.json").unlink(), "siste.txt. Journalen har 3 oppføringer, men 4 ble skrevet"),
        (lambda at: (at / "siste.txt").unlink(), "siste.txt. Filen er tatt ut"),
        (lambda at: (at / "siste.txt").write_text("x"), "siste.txt. Filen er endret"),
        (lambda at: swap(at / "0002.json", at / "0003.json"), "0002.json"),
        (lambda at: (at / "0002.json").write_text("{}"), "0002.json. Oppføringen i journalen kan"),
        (lambda at: (at / "0003.json").rename(at / "0009.json"), "0004.json. Oppføring 3"),
    ],
)
def test_an_entry_changed_removed_or_moved_is_an_error_that_names_the_file(
    journal: Journal, what: Callable[[Path], object], told: str
) -> None:
    what(folder(journal))
    with pytest.raises(InputError) as error:
        read_journal(folder(journal), NAME)
    assert str(error.value).startswith(f"STOPP · {NAME}/{told}")
    assert "hent mappen tilbake" in error.value.do


def test_a_snapshot_altered_or_gone_is_an_error_that_names_the_file(journal: Journal) -> None:
    (kept,) = (folder(journal) / "snapshots").iterdir()
    kept.write_text(kept.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(InputError, match=f"snapshots/{kept.name}.*endret etter overleveringen"):
        journal.snapshot(journal.handovers[0])
    kept.unlink()
    with pytest.raises(InputError, match=f"snapshots/{kept.name}"):
        journal.snapshot(journal.handovers[0])


def test_half_a_snapshot_left_by_a_machine_that_stopped_is_written_again(journal: Journal) -> None:
    (kept,) = (folder(journal) / "snapshots").iterdir()
    kept.write_bytes(kept.read_bytes()[:10])
    assert keep_snapshot(journal, EMPTY) == kept.stem
    assert journal.snapshot(journal.handovers[0]) == EMPTY


def test_a_machine_that_stopped_before_the_seal_loses_nothing(journal: Journal) -> None:
    seal = folder(journal) / "siste.txt"
    before = seal.read_bytes()
    append(journal, signature("Per"))
    seal.write_bytes(before)
    again = append(read_journal(folder(journal), NAME), signature("Siv"))
    assert read_journal(folder(journal), NAME).entries == again.entries and len(again.entries) == 6


REVIEW = Review(FORMAT, 1, "kvalitetssikrer", "Kari", "2022-02-02T10:00", "f", (), (), "")


@pytest.mark.parametrize("second", [signature("Per"), REVIEW])
def test_of_two_who_read_the_same_journal_the_second_is_told_to_run_again(
    journal: Journal, second: Signature | Review
) -> None:
    one, other = read_journal(folder(journal), NAME), read_journal(folder(journal), NAME)
    first = append(one, signature("Siv"))
    with pytest.raises(InputError, match=f"{NAME}/0005.json.*samtidig. Kjør igjen"):
        append(other, second)
    assert read_journal(folder(journal), NAME).entries == first.entries


def test_many_writers_at_once_never_break_the_journal(tmp_path: Path) -> None:
    at, written = tmp_path / NAME, []

    def write(number: int) -> None:
        try:
            entry = signature(f"S{number}") if number % 2 else replace_name(number)
            append(read_journal(at, NAME), entry)
            written.append(number)
        except InputError:
            pass

    append(Journal(at), signature("Første"))
    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_journal(at, NAME).entries) == 1 + len(written)


def replace_name(number: int) -> Review:
    return Review(FORMAT, 0, "utøvende", f"R{number}", "2022-02-02T10:00", str(number), (), (), "")


def test_a_journal_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("en fil der mappen skulle vært")
    with pytest.raises(InputError, match="Kan ikke skrive i journalen"):
        append(Journal(tmp_path / NAME), signature("Kari"))
    with pytest.raises(InputError, match=r"snapshots/\w+\.json\. Kan ikke skrive i journalen"):
        keep_snapshot(Journal(tmp_path / NAME), EMPTY)


def test_moving_and_repeating_do_not_change_the_content_of_a_snapshot(journal: Journal) -> None:
    from helpers.journal import KeptItem

    items = tuple(KeptItem(x, "avsnitt", "b", x, (), ()) for x in ("a", "b", "a"))
    assert Snapshot({}, items, ()).content == Snapshot({}, items[:1:-1] + items[1:2], ()).content
    assert replace(journal, entries=()).last("internal") is None
