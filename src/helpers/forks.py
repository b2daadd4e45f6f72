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
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from multiprocessing.connection import Connection
from struct import Struct
from threading import Lock, Thread
from types import FrameType
from typing import Any, NoReturn

# A fork takes over no thread, and on macOS system libraries do not survive one; elsewhere there is none.
FORK_IS_SAFE = sys.platform == "linux"
SERVE_CHAPTERS = "helpers.engine:serve_chapters"
"""What the parent of chapters calls; by name, so that it can be started before this process has imported as much."""
WARM_STAGES = "helpers.stages:warm"
"""What it calls besides where it does the stages of audits as well."""
QUIET = 2.0  # seconds
MANY = 6
RARELY = 1_000_000
"""New objects between two rounds of the collector in a child, which ends before they weigh much."""
_REPLY = Struct("<Qi")  # ticket; 0, or how the child died
_LEFT = -1
_PR_SET_PDEATHSIG = 1  # Linux: the signal a process gets when its parent dies


class Died(Exception):
    """A child, or its parent, ended without a result."""

    def __init__(self, signal: int = 0) -> None:
        super().__init__(signal)
        self.signal = signal  # what killed it; 0 when it left by itself


class Forks:
    """A parent of forks, seen from the process that gives it work. Threads may share it.

    Args:
        entry: ``module:function``; called in the parent as ``function(requests, replies, ready)`` with two file
            descriptors and the next argument, it does its imports and calls ``serve``.
        ready: ``module:function`` for the parent to call before the first piece of work, if any.
    """

    def __init__(self, entry: str, ready: str = "") -> None:
        module, function = entry.split(":")
        theirs, mine = os.pipe()
        self._requests = Connection(mine, readable=False)
        mine, replies = os.pipe()
        self._replies = Connection(mine, writable=False)
        # Without the folder Python puts first: an auditor's folder may hold a numbers.py.
        # It leaves at once: taking apart what it has imported takes longer than all else it does at its end.
        start = f"import {module} as entry; entry.{function}(*map(int, sys.argv[1:3]), sys.argv[3]); os._exit(0)"
        # The collector would walk, again and again, what is imported to stay.
        code = f"import gc, os, sys; gc.disable(); sys.path[:1] = filter(None, sys.path[:1]); {start}"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, str(theirs), str(replies), ready],
            pass_fds=(theirs, replies),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches only us; we end it
        )
        os.close(theirs)
        os.close(replies)
        self._lock, self._tickets = Lock(), 0
        self._at_work: dict[int, Future[Any]] = {}
        self.gone = False
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a child do a piece of work: a function of a module, and what it is given.

        What it raises is raised by the future; ``Died`` when it ended without a result.

        Raises:
            EOFError: when the parent is gone.
        """
        work = pickle.dumps((function, arguments), protocol=pickle.HIGHEST_PROTOCOL)
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        with self._lock:
            if self.gone:
                raise EOFError
            self._tickets += 1
            self._at_work[self._tickets] = future
            try:
                self._requests.send_bytes(_REPLY.pack(self._tickets, 0) + work)
            except OSError as error:
                del self._at_work[self._tickets]
                self.gone = True
                raise EOFError from error
        return future

    def _read(self) -> None:
        """Hand results to those who wait for them, until the parent is gone."""
        try:
            while True:
                reply = self._replies.recv_bytes()
                ticket, died = _REPLY.unpack_from(reply)
                future = self._at_work.pop(ticket)
                if died:
                    future.set_exception(Died(max(died, 0)))
                    continue
                try:
                    returned, result = pickle.loads(memoryview(reply)[_REPLY.size :])
                except Exception as error:  # what it returned cannot be read here
                    returned, result = False, error
                if returned:
                    future.set_result(result)
                else:
                    future.set_exception(result)
        except (EOFError, OSError):
            pass
        finally:
            with self._lock:
                self.gone = True
                left, self._at_work = list(self._at_work.values()), {}
            for future in left:
                future.set_exception(Died())

    def close(self) -> None:
        """End the parent and the children it has."""
        self._process.terminate()
        with self._lock:
            self.gone = True
            self._requests.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._replies.close()


def serve(requests: int, replies: int, later: Callable[[], None]) -> None:
    """Fork a child for each piece of work asked for, until told to end or the other side is gone.

    Args:
        requests, replies: descriptors of the pipes.
        later: done once, when nothing is asked for a while or many children have come: imports some of them need.
    """
    import ctypes  # in the parent, for all children

    end_with_parent = ctypes.CDLL(None).prctl
    asked, answers = Connection(requests, writable=False), Connection(replies, readable=False)
    told, tell = os.pipe()
    for end in (told, tell):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, _noted)
    running: dict[int, tuple[int, int]] = {}  # child to ticket and the file of its result
    forked, ready_for_many, here = 0, False, os.getpid()
    gc.freeze()  # the collector walks nothing that all children share: what is not touched is not copied
    try:
        while True:
            ready, _, _ = select.select([requests, told], [], [], None if ready_for_many else QUIET)
            if not ready_for_many and (not ready or forked == MANY):
                later()
                gc.freeze()
                ready_for_many = True
            if told in ready:
                if signal.SIGTERM in os.read(told, 4096):
                    return
                for answer in _finished(running):
                    answers.send_bytes(answer)
            if requests in ready:
                request = asked.recv_bytes()
                ticket = _REPLY.unpack_from(request)[0]
                try:
                    file = os.memfd_create("result")
                    child = os.fork()
                except OSError:  # no process or no file more: this piece is not done, the others go on
                    answers.send_bytes(_REPLY.pack(ticket, _LEFT))
                    continue
                if child == 0:
                    end_with_parent(_PR_SET_PDEATHSIG, signal.SIGKILL)
                    # What it held open, nobody would see the end of: the parent's own ends, and others' results.
                    not_mine = (requests, replies, told, tell, *(other for _, other in running.values()))
                    _be_child(memoryview(request)[_REPLY.size :], file, here, not_mine)
                with contextlib.suppress(OSError):  # it did so itself, and is further already
                    os.setpgid(child, child)
                running[child] = ticket, file
                forked += 1
    except (EOFError, BrokenPipeError):  # the other side is gone
        return
    finally:
        for child in running:
            _kill(child)


def _noted(number: int, frame: FrameType | None) -> None:
    """A signal is read from the pipe of ``set_wakeup_fd``, between two pieces of work."""


def _finished(running: dict[int, tuple[int, int]]) -> Iterator[bytes]:
    """Take leave of the children that have ended, and of what they left running."""
    while running and (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)):
        _kill(ended.si_pid)
        os.waitpid(ended.si_pid, 0)
        ticket, file = running.pop(ended.si_pid)
        with os.fdopen(file, "rb") as written:
            written.seek(0)
            result = written.read()
        if ended.si_code != os.CLD_EXITED:
            yield _REPLY.pack(ticket, ended.si_status)
        else:
            yield _REPLY.pack(ticket, 0 if result else _LEFT) + result


def _kill(child: int) -> None:
    """End a child, and what it left running."""
    with contextlib.suppress(ProcessLookupError):  # it left its group
        os.killpg(child, signal.SIGKILL)


def _be_child(work: memoryview, result: int, parent: int, not_mine: Iterable[int]) -> NoReturn:
    """Do one piece of work, and leave without what the parent would do at its end."""
    code = 1
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for other in not_mine:
            os.close(other)
        if os.getppid() != parent:  # it died before it could take this one with it
            os._exit(code)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        gc.set_threshold(RARELY)
        gc.enable()
        done = _done(work)
        with os.fdopen(result, "wb") as file:
            file.write(done)
        code = 0
    finally:
        os._exit(code)


def _done(work: memoryview) -> bytes:
    """The result, or what was raised, as it is sent back."""
    try:
        function, arguments = pickle.loads(work)
        return pickle.dumps((True, function(*arguments)), protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        return pickle.dumps((False, portable(error)), protocol=pickle.HIGHEST_PROTOCOL)


def portable(error: Exception) -> Exception:
    """An error that can be sent to another process: itself, with a note of where it was raised, or else its words."""
    told = "".join(traceback.format_exception(error))
    try:
        error.add_note(told)  # a traceback does not travel
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
        error.add_note(told)
    return error
