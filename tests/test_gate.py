"""The gate: Great Expectations over all audits at once; waivers; nothing sent."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from conftest import PROJECT, ROWS, Small, revisjonsbok
from helpers.audit import Audit
from helpers.checks import all_checks
from helpers.gate import gather, judge
from helpers.message import Message
from helpers.run import check
from helpers.suites import sheets_of
from helpers.validation import Question, Validator, validate

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


class Noted(Validator):
    """The process with Great Expectations, with a note of every suite it is asked to run."""

    def __init__(self) -> None:
        super().__init__()
        self.suites: list[str] = []

    def ask(self, questions: Sequence[Question]) -> int:
        self.suites += [question.suite["name"] for question in questions]
        return super().ask(questions)


@pytest.fixture(scope="module")
def process() -> Iterator[Noted]:
    """One process for the tests of this file: importing GX takes seconds."""
    noted = Noted()
    yield noted
    noted.close()


def verdict(small: Small, process: Validator | None = None) -> tuple[Message, ...]:
    return check(small.root, [small.name], process).outcomes[0].messages


INTERVIEWS = [{**ROWS["intervjuer"][0], "Sted": "linje 2"}, ROWS["intervjuer"][1]]
MOVED = [{**TOTAL, "Id": "annet", "Hva": "Annet", "Delene utgjør hele": ""}, *WRONG]


def test_an_unchanged_audit_asks_nothing(small: Small, process: Noted) -> None:
    first = verdict(small.write(tall=WRONG), process)
    untouched = Validator()
    assert verdict(small, untouched) == first
    assert not untouched.started


def test_one_changed_cell_has_one_suite_run(small: Small, process: Noted) -> None:
    verdict(small.write(), process)
    process.suites.clear()
    verdict(small.write(intervjuer=INTERVIEWS), process)
    assert process.suites == ["interviews"]


def test_a_changed_text_without_new_findings_needs_no_great_expectations(small: Small, process: Noted) -> None:
    verdict(small.write(), process)
    untouched = Validator()
    verdict(small.write({"background": "Bestilt av kontrollutvalget i Liten.\n"}), untouched)
    assert not untouched.started


def test_a_new_finding_elsewhere_has_its_suite_run(small: Small, process: Noted) -> None:
    verdict(small.write(), process)
    process.suites.clear()
    found = verdict(small.write({"summary": "Kommunen fattet {{ukjent}} vedtak.\n"}), process)
    assert "text" in process.suites
    assert any(message.check == "ukjent-referanse" for message in found)


@pytest.mark.parametrize(
    "states",
    [[{}, {"tall": WRONG}, {}], [{"tall": WRONG}, {"tall": MOVED}, {"tall": WRONG}], [{}, {"intervjuer": INTERVIEWS}]],
)
def test_what_is_kept_is_what_a_full_judgement_says(
    small: Small, process: Noted, states: list[dict[str, list[dict[str, str]]]]
) -> None:
    """After every change, also back again, and also where only lines moved."""
    for registers in states:
        assert verdict(small.write(**registers), process) == tuple(small.write(**registers).messages())


def test_the_phase_is_judged_anew(small: Small, process: Noted) -> None:
    verdict(small.write(tall=WRONG), process)
    small.phase = "arbeid"
    assert verdict(small.write(tall=WRONG), process) == tuple(small.messages())


def test_what_is_damaged_in_the_cache_is_judged_again(small: Small, process: Noted) -> None:
    first = verdict(small.write(tall=WRONG), process)
    for path in (small.root / ".cache/gate").iterdir():
        path.write_text(path.read_text(encoding="utf-8")[:-7], encoding="utf-8")
    assert verdict(small, process) == first


def test_an_answer_of_a_run_that_was_broken_off_is_nobodys(small: Small, process: Noted) -> None:
    evidence = gather(small.write(tall=WRONG).load())
    (sheet,) = (sheet for sheet in sheets_of(evidence) if sheet.name == "waivers")
    process.ask([Question(small.name, sheet.suite, sheet.columns, sheet.rows, {})])
    assert verdict(small, process) == tuple(small.messages())


def test_an_unchanged_run_imports_no_great_expectations(small: Small, tmp_path: Path) -> None:
    """Not in any process: the package found first refuses to be imported."""
    small.write()
    assert revisjonsbok("check", root=small.root).returncode == 0
    trap = tmp_path / "trap/great_expectations"
    trap.mkdir(parents=True)
    (trap / "__init__.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    path = os.pathsep.join([str(trap.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "helpers", "check", "--root", str(small.root)]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    small.write(intervjuer=INTERVIEWS)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 3, "the trap works"


@pytest.mark.parametrize("path", sorted((PROJECT / "expectations").glob("*.json")), ids=lambda path: path.stem)
def test_a_suite_is_one_that_great_expectations_runs_from_its_file(audits: Mapping[str, Audit], path: Path) -> None:
    """Every rule of the file as it stands, ours with the others; a rule it did not know would be refused."""
    suite = json.loads(path.read_text(encoding="utf-8"))
    evidence = gather(audits["nes-2018"])
    sheets = {sheet.name: sheet for sheet in (*sheets_of(evidence), *sheets_of(evidence, blocks=True))}
    found = dict.fromkeys(sheets[path.stem].checks, 1)
    (answer,) = validate([Question("nes", suite, sheets[path.stem].columns, sheets[path.stem].rows, found)])
    told = {suite["expectations"][rule]["kwargs"].get("check") for rule, _ in answer}
    assert told - {None} == set(found), "what a check found is said by Great Expectations"


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
