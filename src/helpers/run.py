"""The story of one run: open, gate beside chapters, pages, publish, comparison."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from helpers.audit import Audit
from helpers.crew import Crew, open_crew, run_to_end
from helpers.engine import CHAPTERS, COMPARISON, ChapterError, Engine, Task, cache_of, open_engine
from helpers.explain import Reason, unchanged
from helpers.folder import audit_names
from helpers.forks import WARM_STAGES, Died
from helpers.gate import has_judged
from helpers.index import write_index
from helpers.message import FAILED, InputError, Outcome
from helpers.page import warm
from helpers.publish import Inputs, only_run, recover, stamp
from helpers.records import keep_record, standing
from helpers.reporter import Quiet, Reporter
from helpers.sealed import Sealed
from helpers.stages import (
    Content,
    Heard,
    How,
    Looked,
    Opened,
    Ready,
    Shown,
    call,
    finish,
    judged,
    look_at,
    make_ready,
    open_audit,
    read_chapters,
)
from helpers.suites import read_sound_schema
from helpers.validation import Answer, Question, Validator

TOGETHER = 64
"""Audits in one stack, which Great Expectations judges together: it takes seconds for one, and hardly more for many.

While the pages of one stack are made, the chapters of the next run; so the number bounds what is held in memory.
"""
FEW = 8
"""Audits that are checked in this process before others could be started for them."""
OPEN, LOOK, FINISH, EXECUTE = range(4)
"""What goes first where processors are few: what Great Expectations waits for, what ends an audit, then chapters."""

T = TypeVar("T")
W = TypeVar("W", str, Audit)


@dataclass(frozen=True)
class Result:
    """What a run came to: an outcome for each audit (and the comparison, when it failed), and the index page."""

    outcomes: tuple[Outcome, ...]
    index: Path | None

    @property
    def code(self) -> int:
        """2 unreadable, else 3 a chapter raised, else 1 something held back, else 0."""
        codes = {outcome.code for outcome in self.outcomes}
        return next((code for code in (2, 3, 1) if code in codes), 0)


def run(
    root: Path, names: Sequence[str], *, engine: Engine, force: bool = False, reporter: Reporter,
    tell: Callable[[Reason], None] | None = None, validator: Validator | None = None, opened: bool = False,
    comparison: bool = True,
) -> Result:  # fmt: skip
    """Execute, gate and publish audits; one audit's trouble does not stop the others.

    Args:
        names: audits to run; empty for every audit in ``params/``.
        engine: what runs the notebooks; see ``open_engine``. It is left open.
        force: execute and judge again what the cache already holds.
        tell: told for each chapter, before it runs, whether and why it runs.
        validator: the process with Great Expectations, where the caller keeps one.
        opened: read files that are open in Excel as they were last saved, instead of refusing them.
        comparison: run the comparison over what is published, and write the index.

    Raises:
        InputError: when there is nothing to run, another run is at work, or suites or notebooks are not sound.
    """
    read_sound_schema(root)
    _require_notebooks(root)
    wanted = _wanted(root, names)
    with only_run(root):
        recover(root)
        inputs = Inputs(root)
        found = _standing(root, wanted, inputs)  # also where it is not used: inputs are hashed before they are read
        kept = {} if force else found
        for name, outcome in kept.items():
            _kept(name, outcome, reporter, tell)
        left = [name for name in wanted if name not in kept]
        with open_crew(engine, len(left), WARM_STAGES) as crew:
            how = How(root, force, opened, explained=tell is not None, at_once=crew.apart)

            async def finished(content: Sealed[Content], heard: Heard, name: str) -> Outcome:
                outcome = await crew.do(FINISH, finish, how, content, heard, inputs.of(name))
                if "draft" in outcome.pages:
                    reporter.draft(name, Path(outcome.pages["draft"]))
                with suppress(OSError):  # without a record the next run does it all again
                    if outcome.code < 2 and inputs.untouched(name):
                        keep_record(root, outcome, stamp(inputs.of(name)))
                return outcome

            worked = _Run[Outcome](how, engine, crew, reporter, tell, validator, renders=True)
            made = worked.through(left, open_audit, finished)
            outcomes = sorted([*kept.values(), *made], key=lambda outcome: outcome.audit)
            index, compared = write_index(root, outcomes, engine, crew.submit, force) if comparison else (None, [])
    return Result((*outcomes, *compared), index)


def ready_audit(root: Path, audit: Audit, *, engine: Engine, reporter: Reporter) -> Ready | Outcome:
    """Execute the chapters of an audit with the gate beside them; an outcome where one of them raised."""
    how = How(root)

    with open_crew(engine, 1, WARM_STAGES) as crew:

        async def ready(content: Sealed[Content], heard: Heard, _: str) -> Ready:
            return await crew.do(FINISH, make_ready, how, content, heard)

        (made,) = _Run[Ready](how, engine, crew, reporter).through([audit], call, ready)
    return made


def check(root: Path, names: Sequence[str], validator: Validator | None = None) -> Result:
    """The gate on registers, facts and text; no chapter runs, nothing is written but the verdicts' cache."""
    read_sound_schema(root)
    wanted = _wanted(root, names)
    with open_engine() as engine, open_crew(engine, 1 if len(wanted) < FEW else len(wanted), WARM_STAGES) as crew:
        how = How(root, at_once=crew.apart, chapters=False)
        judgement = _Run[Outcome](how, engine, crew, Quiet(), validator=validator)
        outcomes = judgement.through(wanted, open_audit, None)
    return Result(tuple(sorted(outcomes, key=lambda outcome: outcome.audit)), None)


@dataclass(frozen=True)
class _Run(Generic[T]):
    """Audits on their way through the stages, stack by stack; the arguments are those of `run`.

    Attributes:
        renders: whether pages are made at the end.
    """

    how: How
    engine: Engine
    crew: Crew
    reporter: Reporter
    tell: Callable[[Reason], None] | None = None
    validator: Validator | None = None
    renders: bool = False

    def through(
        self,
        audits: Sequence[W],
        opening: Callable[[How, W], Opened],
        last: Callable[[Sealed[Content], Heard, str], Awaitable[T]] | None,
    ) -> list[T | Outcome]:
        """Take audits through all stages; those that cannot be read, or whose chapters raise, become outcomes.

        Args:
            opening: what opens an audit.
            last: what is done with an audit that is ready; None to stop at the verdict on registers, facts and text.
        """
        if not audits:
            return []
        self.reporter.begin([(_name(audit), chapter) for audit in audits for chapter in CHAPTERS])
        return run_to_end(self._stacks(audits, opening, last))

    async def _stacks(self, audits: Sequence[W], opening: Any, last: Any) -> list[T | Outcome]:
        gate, turn = _Gate(self.validator), asyncio.Lock()
        # What is certain to be needed starts now; else it starts with the first who asks.
        if self.how.force or not has_judged(self.how.root):
            gate.start()
        if self.how.chapters and (self.how.force or not cache_of(self.how.root).exists()):
            self.engine.warm()
        stacks = [audits[at : at + TOGETHER] for at in range(0, len(audits), TOGETHER)]
        try:
            made = await asyncio.gather(*(self._stack(gate, turn, stack, opening, last) for stack in stacks))
        finally:
            gate.close()
        return [one for stack in made for one in stack]

    async def _stack(
        self, gate: _Gate, turn: asyncio.Lock, audits: Sequence[W], opening: Any, last: Any
    ) -> list[T | Outcome]:  # fmt: skip
        """One stack of audits, from its files to its pages."""
        crew = self.crew
        failed: list[Outcome] = []
        given = {_name(audit): audit for audit in audits}
        executed: dict[str, asyncio.Task[None]] = {}

        async def begin(name: str) -> Opened:
            one = await self._open(gate, opening, given[name])
            executed[name] = asyncio.create_task(self._execute(one))
            return one

        async with turn:
            opened: dict[str, Opened] = await _each(given, begin, failed)
            for name in given.keys() - opened.keys():
                self.reporter.without(name)
            content = {name: one.content for name, one in opened.items()}
            looked: dict[str, Looked] = await _each(opened, lambda name: self._look(opened[name]), failed)
            opened.clear()  # the slices of chapters are what takes memory
            seen = {name: one.seen for name, one in looked.items()}
            asked = asyncio.create_task(gate.ask({name: one.questions for name, one in looked.items()}))
            looked.clear()
            if last is None:
                said = await asked
                verdict: dict[str, Outcome] = await _each(
                    seen, lambda name: crew.do(FINISH, judged, self.how, content[name], seen[name], said[name]), failed
                )
                return [*verdict.values(), *failed]
            # Beside what is waited for; processes apart have it done already.
            warmed = asyncio.create_task(crew.do(FINISH, warm)) if self.renders and not crew.apart else None
            ran: dict[str, None] = await _each(seen, lambda name: executed[name], failed)
        self.reporter.phase("Datakontroll")
        shown: dict[str, Shown] = await _each(ran, lambda name: crew.do(FINISH, read_chapters, content[name]), failed)
        answers = await asked
        more = await gate.ask({name: one.questions for name, one in shown.items()})
        if warmed:
            await warmed
        self.reporter.phase("Sider")
        heard = {name: Heard(seen[name], answers[name], one.content, more[name]) for name, one in shown.items()}
        made: dict[str, T] = await _each(heard, lambda name: last(content[name], heard[name], name), failed)
        return [*made.values(), *failed]

    async def _open(self, gate: _Gate, opening: Any, audit: str | Audit) -> Opened:
        """Open an audit, and say why which chapters run."""
        opened: Opened = await self.crew.do(OPEN, opening, self.how, audit)
        if opened.asks:
            gate.start()
        if self.tell:
            for reason in opened.reasons:
                self.tell(reason)
        missing = {task.chapter for task in opened.missing}
        for chapter in CHAPTERS:
            if chapter not in missing:
                self.reporter.chapter(opened.audit, chapter)
        return opened

    async def _look(self, opened: Opened) -> Looked:
        """What the checks found; they run now, unless they have where the audit was opened."""
        if opened.looked:
            return opened.looked
        return await self.crew.do(LOOK, look_at, opened.content)

    async def _execute(self, opened: Opened) -> None:
        """Execute the chapters that are missing, and put them into the cache.

        Raises:
            ChapterError: one of them raised, or several.
        """

        async def one(task: Task) -> str:
            async with self.crew.chapters.place(EXECUTE):
                result = await asyncio.wrap_future(self.engine.submit(task.work))
            if isinstance(result, str):
                task.keep(result)
            self.reporter.chapter(task.audit, task.chapter)
            return str(result) if isinstance(result, ChapterError) else ""

        if errors := sorted(filter(None, await asyncio.gather(*map(one, opened.missing)))):
            raise ChapterError(" ".join(errors))


async def _each(
    audits: Iterable[str], stage: Callable[[str], Awaitable[Any]], failed: list[Outcome]
) -> dict[str, Any]:  # fmt: skip
    """A stage for each of these audits; one it cannot be done for is among the failed, and goes no further."""
    names = list(audits)
    done = dict(zip(names, await asyncio.gather(*(_tried(name, stage(name)) for name in names)), strict=True))
    without = {name: one for name, one in done.items() if isinstance(one, Outcome) and one.state == FAILED}
    failed += without.values()
    return {name: one for name, one in done.items() if name not in without}


async def _tried(name: str, stage: Awaitable[T]) -> T | Outcome:
    """What a stage came to, or the outcome of the audit it could not be done for."""
    try:
        return await stage
    except InputError as error:
        return Outcome(name, 2, FAILED, error=str(error))
    except ChapterError as error:
        return Outcome(name, 3, FAILED, error=str(error))
    except OSError as error:  # a full disk, a file somebody holds
        trouble = InputError(str(error.filename or name), f"Kan ikke leses eller skrives ({error.strerror or error})")
        return Outcome(name, 2, FAILED, error=str(trouble))
    except (Died, BrokenProcessPool):
        died = InputError(name, "Prosessen som arbeidet med revisjonen, døde", "Kjør den på nytt.")
        return Outcome(name, 3, FAILED, error=str(died))
    except Exception as error:  # ours to mend; the other audits have nothing to do with it
        found = f"Uventet feil i denne revisjonen ({type(error).__name__}: {' '.join(str(error).split())})"
        unexpected = InputError(name, found, "Det som var publisert, står som før.")
        return Outcome(name, 3, FAILED, error=str(unexpected), details="".join(traceback.format_exception(error)))


class _Gate:
    """Great Expectations in its own process, asked by stacks in turn.

    Args:
        validator: where the caller keeps one; else one is started if it is needed, and ended.
    """

    def __init__(self, validator: Validator | None) -> None:
        self._validator, self._lent = validator or Validator(), validator is not None
        self._turn = asyncio.Lock()

    def start(self) -> None:
        """Have Great Expectations imported, for it will be asked."""
        self._validator.start()

    async def ask(self, questions: Mapping[str, Sequence[Question]]) -> dict[str, Sequence[Answer]]:
        """The answers to the questions about each audit of a stack.

        Raises:
            InputError: a suite that Great Expectations cannot run.
        """
        suites: dict[str, Mapping[str, Any]] = {}  # sent once, whatever the number of audits
        together = [
            replace(question, suite=suites.setdefault(question.suite["name"], question.suite))
            for asked in questions.values()
            for question in asked
        ]
        async with self._turn:
            answers = iter(await asyncio.to_thread(self._validator.judge, together) if together else ())
        return {name: [next(answers) for _ in asked] for name, asked in questions.items()}

    def close(self) -> None:
        """End the process, unless it is lent; one that is lent and at work has been broken off, and ends too."""
        if not self._lent or self._turn.locked():
            self._validator.close()


def _name(audit: str | Audit) -> str:
    return audit if isinstance(audit, str) else audit.name


def _wanted(root: Path, names: Sequence[str]) -> list[str]:
    """The audits named, or all.

    Raises:
        InputError: when ``params/`` holds no audit.
    """
    wanted = list(dict.fromkeys(names)) or audit_names(root)
    if not wanted:
        raise InputError(str(root / "params"), "Fant ingen revisjoner", "Legg en <revisjon>.yaml i params/.")
    return wanted


def _standing(root: Path, names: Sequence[str], inputs: Inputs) -> dict[str, Outcome]:
    """The audits for which nothing is to be done, with what their last run came to."""
    known, found = {*audit_names(root)}, {}
    for name in names:
        with suppress(OSError):  # a file that cannot be read: opening the audit says which
            if name in known and (outcome := standing(root, name, stamp(inputs.of(name)))):
                found[name] = outcome
    return found


def _kept(name: str, outcome: Outcome, reporter: Reporter, tell: Callable[[Reason], None] | None) -> None:
    """Tell of an audit for which nothing is to be done."""
    if tell:
        for chapter in CHAPTERS:
            tell(unchanged(name, chapter))
    reporter.draft(name, Path(outcome.pages["draft"]))


def _require_notebooks(root: Path) -> None:
    for name in (*CHAPTERS, COMPARISON):
        if not (root / "workbooks" / f"{name}.ipynb").is_file():
            raise InputError(f"workbooks/{name}.ipynb", "Kapittelet mangler", "Hent filen tilbake fra arbeidsboken.")
