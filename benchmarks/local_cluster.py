"""A Dask scheduler and workers on this machine, for as long as a measurement takes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

PATIENCE = 60.0


def available() -> bool:
    """Whether ``distributed`` is installed."""
    return find_spec("distributed") is not None


@contextmanager
def cluster(workers: int, folder: Path) -> Iterator[str]:
    """The address of a scheduler that has this many workers of one thread, each a process with a folder of its own.

    Args:
        folder: made for what they write.

    Raises:
        TimeoutError: they did not come up.
    """
    dask, file = [sys.executable, "-m", "dask"], folder / "scheduler.json"
    here = ["--host", "127.0.0.1", "--no-dashboard"]
    folder.mkdir()
    started = [_begun([*dask, "scheduler", *here, "--port", "0", "--scheduler-file", str(file)])]
    try:
        patience = time.monotonic() + PATIENCE
        while not file.exists():
            if time.monotonic() > patience or started[0].poll() is not None:
                raise TimeoutError("the scheduler did not come up")
            time.sleep(0.05)
        address = str(json.loads(file.read_text(encoding="utf-8"))["address"])
        for number in range(workers):
            own = ["--nthreads", "1", "--nworkers", "1", "--local-directory", str(folder / f"worker-{number}")]
            started.append(_begun([*dask, "worker", address, *here, *own]))
        with import_module("distributed").Client(address, timeout=PATIENCE) as client:
            client.wait_for_workers(workers, timeout=PATIENCE)
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait()


def _begun(command: Sequence[str]) -> subprocess.Popen[bytes]:
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing)
