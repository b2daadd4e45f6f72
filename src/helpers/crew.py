"""Where the work of a run is done, how much of it at a time, and what goes first."""

from __future__ import annotations

import asyncio
import heapq
import os
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from typing import Any, TypeVar

from helpers.engine import FORK_IS_SAFE, Engine, ForkEngine

T = TypeVar("T")
MOST_ON_WINDOWS = 61  # processes a pool can have there


def run_to_end(story: Coroutine[Any, Any, T]) -> T:
    """Run a story to its end, also where a loop is at work already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(story)
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, story).result()


class Places:
    """So many pieces of work at a time; of those that wait, the most urgent is next.

    Args:
        number: how many; asked anew each time, for on a cluster processors come and go.
    """

    def __init__(self, number: Callable[[], int]) -> None:
        self._number, self._taken = number, 0
        self._order = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    async def __call__(self, urgency: int, begin: Callable[[], Future[T]]) -> T:
        """Begin a piece of work when there is a place for it, and wait for what it comes to.

        Args:
            urgency: a lower number goes first.
        """
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (urgency, next(self._order), turn))
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it had its turn, and was broken off before it knew
                self._leave()
            raise
        try:
            return await asyncio.wrap_future(begin())
        finally:
            self._leave()

    def _leave(self) -> None:
        self._taken -= 1
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and self._taken < self._number():
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():  # one that was broken off waits no more
                self._taken += 1
                turn.set_result(None)


@dataclass(frozen=True)
class Crew:
    """Those who do the work on audits besides their chapters.

    Attributes:
        submit: has a function called; what it is given and returns can be pickled.
        places: for that work.
        chapters: for chapters; the same ones where both take the same processors.
        apart: whether that work is done in other processes than this one.
    """

    submit: Callable[..., Future[Any]]
    places: Places
    chapters: Places
    apart: bool

    async def do(self, urgency: int, function: Callable[..., T], *arguments: Any) -> T:
        """Have a function called when there is a place; a lower urgency goes first."""
        done: T = await self.places(urgency, lambda: self.submit(function, *arguments))
        return done


@contextmanager
def open_crew(engine: Engine, audits: int, ready: str) -> Iterator[Crew]:
    """The crew of a run.

    One audit is worked on in a thread of this process, which is there at once, while its chapters run elsewhere.
    Many are worked on in forked processes, the engine's own where it has such; where nothing is forked, in processes
    of a pool.

    Args:
        audits: how many there are to work on.
        ready: ``module:function`` that imports what the work needs.
    """
    chapters = Places(lambda: engine.places)
    here = os.cpu_count() or 1
    if audits < 2:
        with ThreadPoolExecutor(1) as thread:
            yield Crew(thread.submit, Places(lambda: 1), chapters, apart=False)
    elif isinstance(engine, ForkEngine):
        engine.warm(ready)
        yield Crew(engine.do, chapters, chapters, apart=True)
    elif FORK_IS_SAFE:
        with closing(ForkEngine(here)) as forks:
            forks.warm(ready)
            yield Crew(forks.do, Places(lambda: here), chapters, apart=True)
    else:
        with ProcessPoolExecutor(min(here, MOST_ON_WINDOWS), mp_context=get_context("spawn")) as processes:
            yield Crew(processes.submit, Places(lambda: here), chapters, apart=True)
