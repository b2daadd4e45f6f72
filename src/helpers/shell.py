"""A papermill engine: cells run in ipykernel's own shell in this process, without a kernel process or a socket.

papermill and nbclient are used as they are; they speak to a kernel client that has its kernel beside it. It is for a
process that executes one notebook and ends: what a notebook does to the process stays done.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from queue import Empty
from types import SimpleNamespace
from typing import Any

from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from IPython.core.profiledir import ProfileDir
from IPython.core.shellapp import InteractiveShellApp
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.session import Session
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager
from papermill.utils import merge_kwargs, remove_args
from traitlets.config import Config

NAME = "revisjonsbok"
KERNEL = "python3"
_JSON = re.compile(r"application/(.*\+)?json")


class ShellEngine(Engine):  # type: ignore[misc]
    """``papermill --engine revisjonsbok``; a cell that runs longer than ``execution_timeout`` ends the process."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, execution_timeout: float | None = None, **kwargs: Any
    ) -> Any:
        if kernel_name != KERNEL:
            raise NoSuchKernel(kernel_name)
        known = PapermillNotebookClient.class_trait_names()
        given = remove_args([name for name in kwargs if name not in known], **kwargs)
        client = _Client(nb_man, **merge_kwargs(given, timeout=execution_timeout, kernel_name=kernel_name))
        return client.execute()


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client of a notebook, with the kernel in this process."""

    @contextmanager
    def setup_kernel(self, **_: Any) -> Iterator[None]:
        self.kc = _KernelHere(self.timeout)
        yield

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:
        """What a cell displays becomes an output as it is, where it is sound and nothing special is asked of it.

        It has come through JSON already. nbformat would copy all of it, and hold it against its schema by an
        interpreter of schemas: a tenth of the time of a chapter that displays tables.
        """
        content = msg["content"]
        asked = display_id or self.clear_before_next_output or self.output_hook_stack[msg["parent_header"]["msg_id"]]
        if asked or msg["msg_type"] != "display_data" or not _sound(content["data"]):
            return super().output(outs, msg, display_id, cell_index)
        data, metadata = NotebookNode(content["data"]), NotebookNode(content["metadata"])
        outs.append(NotebookNode(output_type="display_data", data=data, metadata=metadata))
        return outs[-1]


def _sound(data: dict[str, Any]) -> bool:
    """Whether data by type is what the schema of notebooks asks for at its simplest: text, or JSON of any kind."""
    return all(isinstance(value, str) or _JSON.fullmatch(kind) for kind, value in data.items())


class Untimed(NotebookExecutionManager):  # type: ignore[misc]
    """papermill's account of a notebook without how long each cell took.

    papermill reads the time a cell began back from its text, by a reader of dates in any form; no page shows it.
    """

    def cell_complete(self, cell: Any, cell_index: int | None = None, **more: Any) -> None:
        cell.metadata.papermill["start_time"] = None
        super().cell_complete(cell, cell_index, **more)


class _KernelHere:
    """A kernel client, as nbclient asks for one, whose kernel is this process.

    A request is carried out at once; what the kernel says waits in its channel until it is asked for.
    """

    allow_stdin = False

    def __init__(self, timeout: float | None) -> None:
        started = _prepared.pop() if _prepared else _Started()
        self._timeout = timeout or 0
        self._session, self._context, self._kernel = started.session, started.context, started.kernel
        self.shell_channel, self.iopub_channel = started.session.replies, started.session.outputs
        self._context.run(_settle_in, self._session)

    def kernel_info(self) -> str:
        request = self._session.msg("kernel_info_request")
        content = {"language_info": self._kernel.language_info}
        self._session.send(None, "kernel_info_reply", content, request)
        return str(request["msg_id"])

    async def execute(self, code: str, *, store_history: bool, stop_on_error: bool) -> str:
        """Run a cell.

        Raises:
            DeadKernelError: when a cell before it asked the kernel to leave.
        """
        if self._kernel.shell.exit_now:
            raise DeadKernelError("Kernel died")
        content = {"code": code, "store_history": store_history, "stop_on_error": stop_on_error}
        request = self._session.msg("execute_request", content)
        # The system ends a process whose time is out, whatever it is doing; there is no thread here to watch it.
        signal.setitimer(signal.ITIMER_REAL, self._timeout)
        await asyncio.get_running_loop().create_task(self._execute(request), context=self._context)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return str(request["msg_id"])

    async def _execute(self, request: dict[str, Any]) -> None:
        self._kernel.set_parent([], request)
        await self._kernel.execute_request(None, [], request)
        self._session.send(None, "status", {"execution_state": "idle"}, request)

    def is_alive(self) -> bool:
        return True


class _Channel(deque[dict[str, Any]]):
    """Messages of a kernel, in order."""

    def get_msg(self, **_: float | None) -> dict[str, Any]:
        """The next message; there is nothing to wait for, so no ``timeout``.

        Raises:
            Empty: when there is none.
        """
        try:
            return self.popleft()
        except IndexError:
            raise Empty from None


class _Session(Session):  # type: ignore[misc]
    """Puts what a kernel sends in its channel, as it would arrive: through JSON and back."""

    def __init__(self, replies: _Channel, outputs: _Channel) -> None:
        super().__init__()
        self.replies, self.outputs = replies, outputs

    def send(self, _stream: Any, msg_or_type: Any, content: Any = None, *parent: Any, **more: Any) -> dict[str, Any]:
        """Its type tells what channel it is meant for."""
        buffers = more.pop("buffers", None) or ()
        for needless in ("ident", "track"):
            more.pop(needless, None)
        message = self.msg(msg_or_type, content, *parent, **more) if isinstance(msg_or_type, str) else msg_or_type
        arrived = {**message, "content": self.unpack(self.pack(message["content"])), "buffers": [*buffers]}
        (self.replies if message["msg_type"].endswith("_reply") else self.outputs).append(arrived)
        return dict(message)


class _Kernel(IPythonKernel):  # type: ignore[misc]
    """ipykernel's kernel, given one request at a time."""

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """Nothing waits behind the cell that failed."""


class _Stream(OutStream):  # type: ignore[misc]
    """ipykernel's stream of output, and what is written past Python to the same descriptor, in the order written."""

    def __init__(self, session: Session, name: str, descriptor: int) -> None:
        self._written, self._read = os.memfd_create(name), 0
        super().__init__(session, _NoThread(), name, watchfd=False)
        self._original_stdstream_copy = os.dup(descriptor)
        os.dup2(self._written, descriptor)

    def write(self, string: str) -> int | None:
        self._take()
        return int(super().write(string) or 0)

    def _flush(self) -> None:
        self._take()
        super()._flush()

    def _take(self) -> None:
        size = os.fstat(self._written).st_size
        if size > self._read:
            found = os.pread(self._written, size - self._read, self._read)
            self._read = size
            super().write(found.decode(errors="replace"))


class _NoThread(IOPubThread):  # type: ignore[misc]
    """What a stream hands its output to: it is sent when the stream is flushed, at the latest when the cell ends."""

    def __init__(self) -> None:
        self.thread = None
        self.io_loop = SimpleNamespace(call_later=lambda *_: None)

    def schedule(self, f: Any) -> None:
        f()


class _Started:
    """A kernel with its session, and the context its cells run in."""

    def __init__(self) -> None:
        self.session = _Session(replies=_Channel(), outputs=_Channel())
        # One context for all cells, as in a kernel: a decimal precision set in one holds in the next.
        self.context = copy_context()
        self.kernel: IPythonKernel = self.context.run(_start_kernel, self.session)


_prepared: list[_Started] = []
"""The kernel that waits for the notebook of this process, if one was prepared."""


def prepare() -> None:
    """Start a kernel for the one notebook of each process that is forked from this one."""
    started = _Started()
    started.kernel.shell.transform_cell("x = 1")  # builds the parts of IPython's own grammar
    _prepared[:] = [started]


def _start_kernel(session: Session) -> IPythonKernel:
    """What ``ipykernel_launcher`` does in a new process, but for sockets, threads and the user's profile."""
    kernel = _Kernel.instance(
        config=Config({"HistoryManager": {"enabled": False}}),
        session=session,
        log=logging.getLogger(__name__),
        profile_dir=ProfileDir(),  # without a place: nothing is read from the user's own
        shell_channel_thread=SimpleNamespace(parent_thread=None),
        _execute_sleep=0,
    )
    kernel.io_loop = SimpleNamespace(call_later=lambda *_: None)
    kernel.shell.db = {}  # what %store keeps
    return kernel


def _settle_in(session: Session) -> None:
    """What belongs to the process the cells run in: where they print, and where they import from."""
    sys.stdout, sys.stderr = _Stream(session, "stdout", 1), _Stream(session, "stderr", 2)
    InteractiveShellApp.init_path(SimpleNamespace(ignore_cwd=False))
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
