"""A parent process that has its imports done, and forks a child for each piece of work. Linux only.

A child is as alone as a fresh process, at the price of a fork. The parent is single-threaded, so that a fork is safe,
and is spoken to over pipes. It ends, and its children with it, when the process that started it does.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, NoReturn

QUIET = 2.0  # seconds
MANY = 6


@dataclass(frozen=True)
class Died:
    """A child that ended without a result."""

    signal: int  # what killed it; 0 when it left by itself


class Forks:
    """A parent of forks, seen from the process that gives it work.

    Args:
        entry: ``module:function``; called in the parent as ``function(requests, replies)`` with two file descriptors,
            it does its imports and calls ``serve``.
    """

    def __init__(self, entry: str) -> None:
        module, function = entry.split(":")
        theirs, mine = os.pipe()
        self._requests = Connection(mine, readable=False)
        mine, replies = os.pipe()
        self._replies = Connection(mine, writable=False)
        # Without the folder Python puts first: an auditor's folder may hold a numbers.py.
        start = f"import {module} as entry; entry.{function}(*map(int, sys.argv[1:]))"
        code = f"import sys; sys.path[:1] = filter(None, sys.path[:1]); {start}"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, str(theirs), str(replies)],
            pass_fds=(theirs, replies),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches only us; we end it
        )
        os.close(theirs)
        os.close(replies)

    def submit(self, ticket: int, work: Any) -> None:
        """Have a child do a piece of work.

        Raises:
            EOFError: when the parent is gone.
        """
        try:
            self._requests.send((ticket, work))
        except OSError as error:
            raise EOFError from error

    def receive(self) -> tuple[int, Any]:
        """Wait for the next piece that is done: its ticket, and its result or ``Died``.

        Raises:
            EOFError: when the parent is gone.
        """
        ticket, result = self._replies.recv()
        return ticket, pickle.loads(result) if isinstance(result, bytes) else result

    def close(self) -> None:
        """End the parent and the children it has."""
        self._process.terminate()
        self._requests.close()
        self._replies.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def serve(requests: int, replies: int, work: Callable[[Any], Any], later: Callable[[], None]) -> None:
    """Fork a child for each piece of work asked for, until told to end or the other side is gone.

    Args:
        requests, replies: descriptors of the pipes.
        work: what a child does; what it returns is pickled. It has to catch what it may raise.
        later: done once, when nothing is asked for a while or many children have come: imports some of them need.
    """
    asked, answers = Connection(requests, writable=False), Connection(replies, readable=False)
    told, tell = os.pipe()
    for end in (told, tell):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, _noted)
    running: dict[int, tuple[int, int]] = {}  # child to ticket and the file of its result
    forked, ready_for_many = 0, False
    _settle()
    try:
        while True:
            ready, _, _ = select.select([requests, told], [], [], None if ready_for_many else QUIET)
            if not ready_for_many and (not ready or forked == MANY):
                later()
                _settle()
                ready_for_many = True
            if told in ready:
                if signal.SIGTERM in os.read(told, 4096):
                    return
                for answer in _finished(running):
                    answers.send(answer)
            if requests in ready:
                ticket, piece = asked.recv()
                file = os.memfd_create("result")
                child = os.fork()
                if child == 0:
                    _be_child(work, piece, file)
                with contextlib.suppress(OSError):  # it did so itself, and is further already
                    os.setpgid(child, child)
                running[child] = ticket, file
                forked += 1
    except (EOFError, OSError):  # the other side is gone
        return
    finally:
        for child in running:
            os.killpg(child, signal.SIGKILL)


def _settle() -> None:
    """Keep the collector from walking what all children share: what is not touched is not copied."""
    gc.collect()
    gc.freeze()


def _noted(number: int, frame: FrameType | None) -> None:
    """A signal is read from the pipe of ``set_wakeup_fd``, between two pieces of work."""


def _finished(running: dict[int, tuple[int, int]]) -> Iterator[tuple[int, bytes | Died]]:
    """Take leave of the children that have ended, and of what they left running."""
    while running and (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)):
        os.killpg(ended.si_pid, signal.SIGKILL)
        os.waitpid(ended.si_pid, 0)
        ticket, file = running.pop(ended.si_pid)
        with os.fdopen(file, "rb") as written:
            written.seek(0)
            result = written.read()
        whole = ended.si_code == os.CLD_EXITED and result
        yield ticket, result if whole else Died(0 if ended.si_code == os.CLD_EXITED else ended.si_status)


def _be_child(work: Callable[[Any], Any], piece: Any, result: int) -> NoReturn:
    """Do one piece of work, and leave without what the parent would do at its end."""
    code = 1
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        done = pickle.dumps(work(piece))
        with os.fdopen(result, "wb") as file:
            file.write(done)
        code = 0
    finally:
        os._exit(code)
