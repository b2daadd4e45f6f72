"""Where the work of a run is done, how much of it at a time, and what goes first."""

from __future__ import annotations

import asyncio
import heapq
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from math import ceil
from multiprocessing import get_context
from typing import Any, TypeVar

from helpers.engine import Engine, ForkEngine
from helpers.forks import FORK_IS_SAFE, portable

T = TypeVar("T")
MOST_ON_WINDOWS = 61  # processes a pool can have there
IN_A_ROW = 8
"""Pieces of work one process does, where many wait: the first pays for what the others find done."""


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
        self.number = number
        self._taken = 0
        self._order = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def place(self, urgency: int) -> AsyncIterator[None]:
        """Wait for a place, and have it; a lower number goes first."""
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
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        self._taken -= 1
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and self._taken < self.number():
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():  # one that was broken off waits no more
                self._taken += 1
                turn.set_result(None)


@dataclass(frozen=True, eq=False)
class _Piece:
    """A piece of work that waits to be done, and where its result goes."""

    arguments: tuple[Any, ...]
    result: asyncio.Future[Any]


class Crew:
    """Those who do the work on audits besides their chapters.

    Args:
        submit: has a function called; what it is given and returns can be pickled.
        places: for that work.
        chapters: for chapters; the same ones where both take the same processors.
        apart: whether that work is done in other processes than this one.
    """

    def __init__(self, submit: Callable[..., Future[Any]], places: Places, chapters: Places, *, apart: bool) -> None:
        self.submit, self.places, self.chapters, self.apart = submit, places, chapters, apart
        self._waiting: dict[Callable[..., Any], deque[_Piece]] = {}

    async def do(self, urgency: int, function: Callable[..., T], *arguments: Any) -> T:
        """Have a function called when there is a place; a lower urgency goes first.

        What waits for the same function is done in a row. A piece that takes its process down harms only itself.
        """
        piece = _Piece(arguments, asyncio.get_running_loop().create_future())
        waiting = self._waiting.setdefault(function, deque())
        waiting.append(piece)
        try:
            async with self.places.place(urgency):
                if piece in waiting:  # else it goes in a row with one before it
                    fair = ceil(len(waiting) / self.places.number())
                    await self._work(function, [waiting.popleft() for _ in range(min(fair, IN_A_ROW))])
            done: T = await piece.result
        finally:
            if piece in waiting:  # one that was broken off waits no more
                waiting.remove(piece)
        return done

    async def _work(self, function: Callable[..., Any], pieces: Sequence[_Piece]) -> None:
        """Do pieces of work in one process; each alone if that fails."""
        results: list[Any]
        try:
            if len(pieces) == 1:
                results = [await asyncio.wrap_future(self.submit(function, *pieces[0].arguments))]
            else:
                row = [piece.arguments for piece in pieces]
                results = await asyncio.wrap_future(self.submit(do_in_a_row, function, row))
        except Exception as error:
            if len(pieces) > 1:
                for piece in pieces:
                    await self._work(function, [piece])
                return
            results = [error]
        for piece, result in zip(pieces, results, strict=True):
            if piece.result.done():  # it was broken off
                continue
            if isinstance(result, Exception):
                piece.result.set_exception(result)
            else:
                piece.result.set_result(result)


def do_in_a_row(function: Callable[..., Any], pieces: Sequence[Sequence[Any]]) -> list[Any]:
    """What each piece of work came to: its result, or the error it raised."""
    return [_attempted(function, arguments) for arguments in pieces]


def _attempted(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        return portable(error)


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
