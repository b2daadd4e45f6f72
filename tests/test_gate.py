"""The gate: Great Expectations over all audits at once; waivers; nothing sent."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from conftest import PROJECT, ROWS, Small
from helpers.audit import Audit
from helpers.checks import all_checks
from helpers.gate import Gate, gather, judge
from helpers.message import Message

TOTAL, A, B = ROWS["tall"]
WRONG = [{**TOTAL, "Verdi": "32"}, A, B]
WAIVER = {"Id": "un1", "Kontroll": "total-mot-deler", "Register": "Tall", "Rad": "i-alt", "Kolonne": "Verdi",
          "Funnet": "Vedtak: i alt 32, men delene i Tall, rad 3–4 blir 30 (10 + 20)", "Hvorfor": "Slik er den trykt.",
          "Hvem": "utøvende revisor", "Kvalitetssikrer": "kvalitetssikrer"}  # fmt: skip


def only(messages: list[Message], check: str) -> Message:
    (found,) = [message for message in messages if message.check == check]
    return found


def test_a_waiver_covers_what_was_found(small: Small) -> None:
    message = only(small.write(tall=WRONG, unntak=[WAIVER]).messages(), "total-mot-deler")
    assert message.waived == "Slik er den trykt. (utøvende revisor, godtatt av kvalitetssikrer)"
    assert not message.stops


def test_a_waiver_falls_when_the_cell_changes(small: Small) -> None:
    messages = small.write(tall=[{**TOTAL, "Verdi": "33"}, A, B], unntak=[WAIVER]).messages()
    assert only(messages, "total-mot-deler").stops
    assert "dekker ikke lenger" in only(messages, "unntak-falt").found


def test_a_waiver_stays_when_rows_move(small: Small) -> None:
    other = {**TOTAL, "Id": "annet", "Hva": "Annet", "Delene utgjør hele": ""}
    message = only(small.write(tall=[other, *WRONG], unntak=[WAIVER]).messages(), "total-mot-deler")
    assert "rad 4–5" in message.found
    assert message.waived


def test_the_waiver_of_a_stop_needs_the_assurer(small: Small) -> None:
    messages = small.write(tall=WRONG, unntak=[{**WAIVER, "Kvalitetssikrer": ""}]).messages()
    assert only(messages, "total-mot-deler").stops
    assert "kvalitetssikrer" in only(messages, "unntak-falt").expected


def test_a_message_reads_as_practice_asks(small: Small) -> None:
    message = only(small.write(tall=WRONG).messages(), "total-mot-deler")
    assert message.text == (
        "STOPP · Tall, G2, Verdi. Vedtak: i alt 32, men delene i Tall, rad 3–4 blir 30 (10 + 20). Rett tallet, legg til raden "
        "som mangler, eller sett Delene utgjør hele = Nei og skriv hvorfor."
    )


def test_its_id_stays_when_rows_move(small: Small) -> None:
    other = {**TOTAL, "Id": "annet", "Hva": "Annet", "Delene utgjør hele": ""}
    before = only(small.write(tall=WRONG).messages(), "total-mot-deler")
    after = only(small.write(tall=[other, *WRONG]).messages(), "total-mot-deler")
    assert before.id == after.id
    assert before.place.line != after.place.line


def test_every_listed_check_exists_and_every_check_is_listed(audits: Mapping[str, Audit]) -> None:
    listed = audits["nes-2018"].schema.checks()
    assert set(all_checks()) <= listed
    for register in audits["nes-2018"].schema.registers.values():
        for expectation in register.suite["expectations"]:
            if expectation["type"] == "expect_check_to_pass":
                assert expectation["kwargs"]["check"] in all_checks()


def test_one_audit_does_not_change_anothers_verdict(many: Callable[..., Small]) -> None:
    good, bad = many("god").write(), many("gal").write(tall=WRONG)
    together = judge([gather(good.load()), gather(bad.load())])
    for audit in (good, bad):
        alone = judge([gather(audit.load())])
        assert [message for message in together if message.audit == audit.name] == alone


def test_an_unchanged_audit_is_not_judged_again(small: Small) -> None:
    audit = small.write(tall=WRONG).load()
    first = Gate(small.root, [audit], with_blocks=False).verdicts()
    again = Gate(small.root, [audit], with_blocks=False)
    assert not hasattr(again, "_process")
    assert again.verdicts() == first


SILENT = """
import os, socket, sys, time
tried = []
def refuse(*arguments, **_):
    tried.append(arguments[-1])
    raise OSError("closed")
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = socket.getaddrinfo = refuse
from pathlib import Path
from helpers.audit import load_audit
from helpers.gate import gather, judge
judge([gather(load_audit(Path(sys.argv[1]), "nes-2018"))])
time.sleep(2)  # whatever is sent from a thread of its own
assert os.environ["GX_ANALYTICS_ENABLED"] == "False"
assert tried == [], tried
print("silent")
"""


def test_great_expectations_sends_nothing(tmp_path: Path) -> None:
    """Every way out is closed and telemetry is off, whatever the user's own settings say."""
    environment = {**os.environ, "HOME": str(tmp_path), "GX_ANALYTICS_ENABLED": "true"}
    done = subprocess.run(
        [sys.executable, "-c", SILENT, str(PROJECT)], capture_output=True, text=True, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "silent\n"
