"""Who does the work of a run: how many at a time, who goes first, and what comes back from a forked process."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from conftest import ended, needs_fork
from helpers.crew import Crew, Places, open_crew, run_to_end
from helpers.engine import ForkEngine, KernelEngine, open_engine
from helpers.forks import WARM_STAGES, Died
from helpers.message import InputError
from helpers.sealed import Sealed


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forked processes find the functions of this file."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)


class Work:
    """Pieces of work that end when told to."""

    def __init__(self) -> None:
        self.begun: dict[str, Future[str]] = {}

    async def do(self, places: Places, urgency: int, name: str) -> str:
        async with places.place(urgency):
            self.begun[name] = Future()
            return await asyncio.wrap_future(self.begun[name])

    async def end(self, name: str) -> None:
        self.begun[name].set_result(name)
        await asyncio.sleep(0.01)


def test_the_most_urgent_goes_first_and_no_more_than_there_are_places_for() -> None:
    async def story() -> list[str]:
        work, places = Work(), Places(lambda: 2)
        asked = [("a", 3), ("b", 3), ("c", 3), ("d", 1), ("e", 2), ("f", 1)]
        waiting = [asyncio.create_task(work.do(places, urgency, name)) for name, urgency in asked]
        await asyncio.sleep(0.01)
        for _ in asked:
            at_work = [name for name, future in work.begun.items() if not future.done()]
            assert len(at_work) <= 2
            await work.end(at_work[0])
        assert await asyncio.gather(*waiting) == [name for name, _ in asked]
        return list(work.begun)

    assert run_to_end(story()) == ["a", "b", "d", "f", "e", "c"]


def test_what_is_broken_off_leaves_its_place_to_others() -> None:
    async def story() -> list[str]:
        work, places = Work(), Places(lambda: 1)
        first, second, third = (asyncio.create_task(work.do(places, 1, name)) for name in "abc")
        await asyncio.sleep(0.01)
        second.cancel()
        first.cancel()
        await asyncio.sleep(0.01)
        await work.end("c")
        assert await third == "c"
        return list(work.begun)

    assert run_to_end(story()) == ["a", "c"]


def test_places_that_come_are_used() -> None:
    async def story() -> list[str]:
        number, work = [1], Work()
        places = Places(lambda: number[0])
        waiting = [asyncio.create_task(work.do(places, 1, name)) for name in "abcd"]
        await asyncio.sleep(0.01)
        assert list(work.begun) == ["a"]
        number[0] = 3
        await work.end("a")
        assert list(work.begun) == ["a", "b", "c", "d"]
        for name in "bcd":
            await work.end(name)
        return await asyncio.gather(*waiting)

    assert run_to_end(story()) == ["a", "b", "c", "d"]


def test_a_piece_of_work_that_raises_gives_its_place_back() -> None:
    async def fail(places: Places) -> None:
        async with places.place(1):
            raise InputError("tall.csv", "galt")

    async def story() -> str:
        work, places = Work(), Places(lambda: 1)
        with pytest.raises(InputError):
            await fail(places)
        after = asyncio.create_task(work.do(places, 1, "a"))
        await asyncio.sleep(0.01)
        await work.end("a")
        return await after

    assert run_to_end(story()) == "a"


def do(crew: Crew, function: object, *arguments: object) -> object:
    return crew.submit(function, *arguments).result(60)


def test_one_audit_is_worked_on_in_this_process() -> None:
    """Nothing has to be started for it."""
    with open_engine() as engine, open_crew(engine, 1, WARM_STAGES) as crew:
        assert do(crew, os.getpid) == os.getpid()
        assert do(crew, threading.current_thread) is not threading.main_thread()
        assert crew.places is not crew.chapters


@needs_fork
def test_many_are_worked_on_in_forked_processes_that_share_the_places_of_the_chapters() -> None:
    with closing(ForkEngine(2)) as engine, open_crew(engine, 2, WARM_STAGES) as crew:
        first, second = do(crew, os.getpid), do(crew, os.getpid)
        assert len({first, second, os.getpid()}) == 3, "each piece of work in a process of its own"
        assert crew.places is crew.chapters


def look_at_the_parent() -> tuple[int, set[str]]:
    """Threads of the process this one was forked from, and the modules it had imported."""
    status = Path(f"/proc/{os.getppid()}/status").read_text(encoding="utf-8")
    return int(status.split("Threads:")[1].split()[0]), set(sys.modules)


@needs_fork
@pytest.mark.usefixtures("importable")
def test_the_parent_of_forks_has_one_thread_whatever_it_has_imported() -> None:
    """A fork takes over no thread. Great Expectations and the watcher, which have threads, are not there."""
    with closing(ForkEngine(2)) as engine, open_crew(engine, 2, WARM_STAGES) as crew:
        threads, modules = crew.submit(look_at_the_parent).result(60)
    assert threads == 1
    assert {"nbconvert", "matplotlib", "helpers.chapter", "helpers.checks.arithmetic"} <= modules
    assert not {"great_expectations", "helpers.watch", "distributed", "debugpy", "requests"} & modules


def work_on(number: int) -> tuple[int, int]:
    """A piece of work; the fourth cannot be done, the sixth kills the process it is done in."""
    if number == 4:
        raise InputError("tall.csv", "Galt tall")
    if number == 6:
        os._exit(1)
    time.sleep(0.05)
    return number, os.getpid()


async def do_all(crew: Crew, numbers: range) -> list[tuple[int, int] | BaseException]:
    return await asyncio.gather(*(crew.do(1, work_on, number) for number in numbers), return_exceptions=True)


@needs_fork
@pytest.mark.usefixtures("importable")
def test_what_waits_for_the_same_is_done_in_a_row_in_one_process() -> None:
    """What cannot be done is one piece's trouble."""
    with closing(ForkEngine(2)) as engine, open_crew(engine, 12, WARM_STAGES) as crew:
        done = run_to_end(do_all(crew, range(10, 22)))
        assert [one[0] for one in done if isinstance(one, tuple)] == [*range(10, 22)]
        assert 2 <= len({one[1] for one in done if isinstance(one, tuple)}) < len(done)
        refused = run_to_end(do_all(crew, range(6)))
        assert isinstance(refused[4], InputError)
        assert [one[0] for one in refused if isinstance(one, tuple)] == [0, 1, 2, 3, 5]


@needs_fork
@pytest.mark.usefixtures("importable")
def test_a_piece_that_kills_its_process_takes_nothing_along_that_was_done_in_the_same_row() -> None:
    with closing(ForkEngine(2)) as engine, open_crew(engine, 12, WARM_STAGES) as crew:
        done = run_to_end(do_all(crew, range(5, 11)))
    assert isinstance(done[1], Died)
    assert [one[0] for one in done if isinstance(one, tuple)] == [5, 7, 8, 9, 10]


def test_where_nothing_is_forked_many_are_worked_on_in_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.crew.FORK_IS_SAFE", False)
    with closing(KernelEngine(1)) as engine, open_crew(engine, 2, WARM_STAGES) as crew:
        assert do(crew, os.getpid) != os.getpid()


def refuse() -> None:
    raise InputError("data/liten/tall.csv, rad 3, kolonne E", "Tallet kan ikke leses", "Rett det.")


def divide() -> float:
    return 1 / 0


class _Unsendable(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(one + two)


def raise_what_cannot_travel() -> None:
    raise _Unsendable(1, 2)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave() -> None:
    os._exit(0)


@needs_fork
@pytest.mark.usefixtures("importable")
def test_what_a_forked_process_raises_is_raised_here() -> None:
    """As it was, with the place it was raised at; what cannot travel is told in words."""
    with closing(ForkEngine(2)) as engine:
        with pytest.raises(InputError, match="rad 3, kolonne E"):
            engine.do(refuse).result(60)
        with pytest.raises(ZeroDivisionError) as raised:
            engine.do(divide).result(60)
        assert "return 1 / 0" in raised.value.__notes__[0]
        with pytest.raises(RuntimeError, match="_Unsendable: 3"):
            engine.do(raise_what_cannot_travel).result(60)
        for end, by in ((die, signal.SIGKILL), (leave, 0)):
            with pytest.raises(Died) as died:
                engine.do(end).result(60)
            assert died.value.signal == by
        assert engine.do(os.getpid).result(60) != os.getpid(), "and the next is done"


class Opened:
    """Counts how often it is unpacked."""

    times = 0

    def __init__(self) -> None:
        self.content = "innhold"

    def __setstate__(self, state: object) -> None:
        Opened.times += 1


def test_what_is_passed_on_is_not_opened_on_the_way() -> None:
    sealed = Sealed(Opened())
    sealed.open()
    for _ in range(3):
        sealed = pickle.loads(pickle.dumps(sealed))
    assert Opened.times == 0
    assert sealed.open() is sealed.open()
    assert Opened.times == 1


def test_a_run_can_be_told_where_a_loop_is_at_work_already() -> None:
    """As in a notebook, and beside a browser."""

    async def inner() -> str:
        await asyncio.sleep(0)
        return "ferdig"

    async def outer() -> str:
        return run_to_end(inner())

    with ThreadPoolExecutor(1) as aside:
        assert aside.submit(asyncio.run, outer()).result() == "ferdig"


@needs_fork
def test_a_parent_that_is_killed_takes_its_children_with_it() -> None:
    """Whoever waits learns it at once, no child runs on, and what comes next gets a new parent."""
    with closing(ForkEngine(2)) as engine:
        parent, _ = engine.do(os.getppid).result(60), engine.do(os.getpid).result(60)
        at_work = [engine.do(time.sleep, 60), engine.do(time.sleep, 60)]
        time.sleep(0.5)
        listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="utf-8")
        children = [int(child) for child in listed.split()]
        assert len(children) == 2
        begun = time.monotonic()
        os.kill(parent, signal.SIGKILL)
        for one in at_work:
            with pytest.raises(Died):
                one.result(10)
        assert time.monotonic() - begun < 10
        assert all(ended(child) for child in children)
        assert engine.do(os.getppid).result(60) != parent


@needs_fork
def test_a_parent_that_cannot_start_is_not_started_for_ever() -> None:
    with closing(ForkEngine(1)) as engine:
        engine.warm("helpers.stages:no_such_function")
        with pytest.raises(Died):
            engine.do(len, b"0" * 1_000_000).result(60)
