"""Great Expectations: suites run over the rows of all audits at once. The only module that imports it.

A question holds all that a suite judges, and nothing else: rows as plain values, and how many things each of its
named checks found. The answer is a function of that, whoever else is judged beside it; so it may be kept by content.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, RLock, Thread
from typing import TYPE_CHECKING, Any

from helpers.deferred import deferred, import_jsonschema
from helpers.message import InputError
from helpers.spared import configure_once, light_fields, nothing_is_plain

if TYPE_CHECKING:
    import pandas as pd

CUSTOM = "expect_check_to_pass"
AUDIT, ROW = "audit", "_row"
FOUND = "found"
DIED = "Prosessen som kontrollerer, døde."

Answer = tuple[tuple[int, int], ...]
"""What is not as expected: a rule's place in its suite, with the number of a row or of a thing its check found."""


@dataclass(frozen=True)
class Question:
    """A suite, and one audit's rows that it judges.

    Attributes:
        columns: the columns of the rows.
        rows: plain values, None where a cell is empty.
        found: how many things each named check of the suite found.
    """

    audit: str
    suite: Mapping[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    found: Mapping[str, int]


def validate(questions: Sequence[Question]) -> list[Answer]:
    """Run every suite once, over the rows of all audits that ask about it.

    Raises:
        InputError: a suite with a rule Great Expectations does not know or cannot run, or one that does not say
            which rows.
    """
    gx = _great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = {"globally": False}
    # One for all suites: Great Expectations writes out its whole configuration for each asset added.
    asset = context.data_sources.add_pandas("revisjonsbok").add_dataframe_asset("registers")
    whole = asset.add_batch_definition_whole_dataframe("all")
    asked: dict[str, list[int]] = {}
    for number, question in enumerate(questions):
        asked.setdefault(question.suite["name"], []).append(number)
    answers: dict[int, Answer] = {}
    for numbers in asked.values():
        together = _validated(gx, whole, [questions[number] for number in numbers])
        answers |= dict(zip(numbers, together, strict=True))
    return [answers[number] for number in range(len(questions))]


def _validated(gx: Any, whole: Any, questions: Sequence[Question]) -> list[Answer]:
    suite = questions[0].suite
    file = f"expectations/{suite['name']}.json"
    batch = whole.get_batch({"dataframe": _stacked(questions)})
    rules = [{**rule, "meta": {**rule["meta"], "place": place}} for place, rule in enumerate(suite["expectations"])]
    try:
        expectations = gx.ExpectationSuite(name=suite["name"], expectations=rules)
    except ValueError as error:  # of pydantic: a value of another kind than the rule takes
        raise InputError(
            file, "Suiten har en regel som Great Expectations ikke forstår", " ".join(str(error).split())
        ) from None
    result = batch.validate(
        expectations,
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": [AUDIT, ROW],
            "return_unexpected_index_query": False,
            "include_unexpected_rows": False,
        },
    )
    if len(result.results) != len(rules):
        raise InputError(
            file,
            "Great Expectations kjenner ikke alle reglene",
            f"Kjente typer står i de andre suitene; én av disse er ukjent: "
            f"{', '.join(sorted({rule['type'] for rule in rules}))}.",
        )
    found: dict[str, list[tuple[int, int]]] = {question.audit: [] for question in questions}
    for one in sorted(result.results, key=lambda one: one.expectation_config.meta["place"]):
        config = one.expectation_config
        rule = f"{file}, regel {config.meta['place'] + 1}"
        if trouble := _raised(one.exception_info or {}):
            raise InputError(rule, f"Great Expectations kan ikke kjøre regelen {config.type}", f"Den sier: {trouble}")
        places = () if one.success else one.result.get("unexpected_index_list") or ()
        if not one.success and not places:
            raise InputError(
                rule,
                f"Regelen {config.type} sier at noe er galt, men ikke i hvilke rader",
                "Bruk en regel som ser på hver rad.",
            )
        for place in places:
            found[place[AUDIT]].append((config.meta["place"], int(place[ROW])))
    return [tuple(found[question.audit]) for question in questions]


def _raised(info: Mapping[str, Any]) -> str:
    """What a rule raised; GX tells it of the rule, or of each thing it had to work out for the rule."""
    told = [info] if "raised_exception" in info else list(info.values())
    return next((str(one["exception_message"]).rstrip(".") for one in told if one["raised_exception"]), "")


def _stacked(questions: Sequence[Question]) -> pd.DataFrame:
    """The rows of all audits under each other; what the checks found travels in the frame's attributes."""
    import pandas as pd

    rows = [(question.audit, number, *row) for question in questions for number, row in enumerate(question.rows)]
    frame = pd.DataFrame(rows, columns=[AUDIT, ROW, *questions[0].columns], dtype=object)
    frame.attrs[FOUND] = _Found({question.audit: dict(question.found) for question in questions})
    return frame


class _Found(dict[str, dict[str, int]]):
    """What the checks found, by audit; pandas copies the attributes of a frame into every column taken from it."""

    def __deepcopy__(self, memo: object) -> _Found:
        return self


def _great_expectations() -> Any:
    """Import GX with telemetry off, and define the one custom expectation."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    import logging
    import warnings

    warnings.filterwarnings("ignore", module="great_expectations")
    # What it would log of a bad suite, with a traceback, is a message of ours.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    import great_expectations as gx
    import tqdm
    from great_expectations.expectations.expectation import BatchExpectation

    # GX makes its progress bars even where they are off; with this lock they make no semaphore that outlives a process.
    tqdm.tqdm.set_lock(RLock())
    if "ExpectCheckToPass" not in {kind.__name__ for kind in BatchExpectation.__subclasses__()}:

        class ExpectCheckToPass(BatchExpectation):  # type: ignore[misc]
            """A named check of ``helpers.checks`` finds nothing in any audit of the frame."""

            check: str
            metric_dependencies = ("table.row_count",)
            success_keys = ("check",)

            def _validate(
                self,
                metrics: Any,  # noqa: ARG002 - the signature is GX's
                runtime_configuration: Any = None,  # noqa: ARG002
                execution_engine: Any = None,
            ) -> Any:
                found = execution_engine.dataframe.attrs[FOUND]
                places = [{AUDIT: audit, ROW: n} for audit, of in found.items() for n in range(of.get(self.check, 0))]
                return {"success": not places, "result": {"unexpected_index_list": places}}

    return gx


class Validator:
    """Great Expectations in a process of its own, which imports it once however often it is asked.

    It is asked now and answers later. A caller that lives long keeps it.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._closing = Lock()

    @property
    def started(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Begin importing Great Expectations, if this is not done; returns at once."""
        with self._closing:
            if self.started:
                return
            # -P: an auditor's folder may hold a numbers.py. Nothing of the command itself is imported there again.
            command = [sys.executable, "-P", "-c", "from helpers.validation import serve; serve()"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, questions: Sequence[Question]) -> int:
        """Hand over questions; the ticket is for ``answers``, and what was asked before is no longer waited for."""
        self.start()
        assert self._process
        assert self._process.stdin
        self._asked += 1
        try:
            pickle.dump((self._asked, questions), self._process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
        except OSError:
            self.close()
            raise RuntimeError(DIED) from None
        return self._asked

    def answers(self, ticket: int) -> list[Answer]:
        """Wait for the answers to the last questions.

        Raises:
            InputError: a suite that cannot be run.
            RuntimeError: the process died, or Great Expectations raised.
        """
        process = self._process
        assert process
        assert process.stdout
        try:
            answered, answers = pickle.load(process.stdout)
            while answered < ticket:  # of a run that was broken off
                answered, answers = pickle.load(process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):  # it ended, or was closed beside this
            self.close()
            raise RuntimeError(DIED) from None
        if isinstance(answers, InputError):
            raise answers
        if isinstance(answers, str):
            raise RuntimeError(answers)
        return list(answers)

    def judge(self, questions: Sequence[Question]) -> list[Answer]:
        """Ask, and wait for the answers; raises what these raise."""
        return self.answers(self.ask(questions))

    def close(self) -> None:
        """End the process, whatever it is doing; whoever waits for an answer in another thread learns that it died."""
        with self._closing:
            process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait()
            with suppress(OSError):  # what was not read any more
                process.communicate()


def _import() -> None:
    """Import GX to serve, sparing it some work; the collector is kept from walking all it holds again and again."""
    gc.disable()
    try:
        import_jsonschema()
        with deferred("scipy.stats", "altair"), light_fields():
            _great_expectations()
        from great_expectations import util
        from great_expectations.core import id_dict
        from great_expectations.expectations.expectation import Expectation
        from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

        configure_once(Expectation, ExpectationConfiguration)
        nothing_is_plain(util, id_dict)
        gc.freeze()
    finally:
        gc.enable()


def serve() -> None:
    """The process: import Great Expectations at once, and answer until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks; this one ends with it
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed here is no answer
    # Questions are read while GX is imported: whoever asks is not kept waiting by a full pipe.
    importing = Thread(target=_import, daemon=True)
    importing.start()
    with suppress(EOFError, OSError):  # the other end is gone
        while True:
            ticket, questions = pickle.load(asked)
            importing.join()
            pickle.dump((ticket, _answer(questions)), answers, protocol=pickle.HIGHEST_PROTOCOL)
            answers.flush()


def _answer(questions: Sequence[Question]) -> list[Answer] | InputError | str:
    """The answers, or why there are none."""
    try:
        return validate(questions)
    except InputError as error:
        return error
    except Exception as error:
        return f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
