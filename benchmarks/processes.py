"""What a command costs with all the processes it starts: seconds, processor seconds, memory. Linux only.

The command runs under a supervisor, a small process of its own that the system makes the parent of every orphan beneath
it. So no process leaves the tree, whatever group or session it puts itself in: all are descendants of the supervisor
when memory is counted, and all are waited for, by it or by their parents: their processor time is in its account.

Memory is the sum of PSS (proportional set size: pages that processes share are split among them) of all processes alive
at one moment, from ``/proc/<pid>/smaps_rollup``. It is sampled several times a second, less often where a sample is so
dear that it would take more than a twentieth of a processor; a peak between two samples is not seen.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INTERVAL = 0.2  # seconds between two samples
DEAR = 20  # a sample may take this part of the time between two
# IPython puts the packages of a virtual environment that is active before those of its own; and without the other
# Python keeps what it compiles, as it does for a user.
NOT_PASSED_ON = ("VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
LINGER = 20.0  # seconds that what a command leaves running may take to end by itself
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    Attributes:
        wall: seconds until it ended.
        cpu: user and system seconds of all its processes.
        peak: bytes of memory, all processes together; 0 when it was not sampled.
        samples: how many times memory was looked at.
        others: processor seconds that were taken meanwhile by all else on the machine, and by other machines on its
            host: with many of them a wall time says little.
        code: how it ended.
        left: processes that were still running some time after it, and had to be ended.
        said: what it printed.
    """

    wall: float
    cpu: float
    peak: int
    samples: int
    others: float
    code: int
    left: int
    said: str = ""


class Failed(Exception):
    """A command ended otherwise than it may; carries what it said."""


def measure(command: Sequence[str], *, sampled: bool = False, allowed: Sequence[int] = (0,)) -> Cost:
    """Run a command in the project's folder, and count what all its processes cost.

    Args:
        sampled: look at memory too, which costs a little time.
        allowed: the ways it may end.

    Raises:
        Failed: it ended otherwise, or left a process running.
    """
    supervised = [sys.executable, "-P", __file__, "sampled" if sampled else "plain", *command]
    environment = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    done = subprocess.run(supervised, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise Failed(done.stderr)
    said, _, counted = done.stdout.rstrip().rpartition("\n")  # the supervisor speaks last
    cost = Cost(**json.loads(counted), said=said.rstrip("\n"))
    if cost.code not in allowed or cost.left:
        raise Failed(f"{' '.join(command)}: ended with {cost.code}, {cost.left} left running\n{said}\n{done.stderr}")
    return cost


def supervise(command: Sequence[str], sampled: bool) -> Cost:
    """Run a command to its end as a child of this process, and everything it leaves behind."""
    _adopt_orphans()
    busy, own = _busy(), time.process_time()
    started = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    peak, samples = _watched(process.pid) if sampled else (0, 0)
    code = process.wait()
    wall = time.perf_counter() - started
    busy, own = _busy() - busy, time.process_time() - own
    left = _wait_for_the_rest()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    return Cost(wall, cpu, peak, samples, max(0.0, busy - own - cpu), code, left)


def _busy() -> float:
    """Seconds all processors have worked since the machine started, idling and waiting for disks left out."""
    user, nice, system, _, _, *more = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + sum(more)) / os.sysconf("SC_CLK_TCK")


def _adopt_orphans() -> None:
    """Be the parent of processes whose own parent ends."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "this system lets no process adopt orphans")


def _watched(pid: int) -> tuple[int, int]:
    """The most memory the tree held at once while a child ran, and how many times it was looked at."""
    peak, samples, pause = 0, 0, 0.0
    handle = os.pidfd_open(pid)
    try:
        while not select.select([handle], [], [], pause)[0]:
            began = time.perf_counter()
            peak, samples = max(peak, sum(map(memory_of, descendants(os.getpid())))), samples + 1
            pause = max(INTERVAL, DEAR * (time.perf_counter() - began))
    finally:
        os.close(handle)
    return peak, samples


def _wait_for_the_rest() -> int:
    """Wait for what the command left running, in the end by force; returns how many that took."""
    patience = time.monotonic() + LINGER
    ended = 0
    while True:
        try:
            gone, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if gone:
            continue
        if time.monotonic() > patience:
            for pid in descendants(os.getpid()):
                os.kill(pid, signal.SIGKILL)
                ended += 1
            patience += LINGER
        time.sleep(0.02)


def descendants(pid: int) -> list[int]:
    """Every process beneath one, by parent."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                # The name of a process may hold blanks and brackets; what follows its last bracket does not.
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:  # it has ended meanwhile
                continue
            children.setdefault(int(parent), []).append(int(entry.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        mine = children.get(waiting.pop(), [])
        found += mine
        waiting += mine
    return found


def memory_of(pid: int) -> int:
    """Bytes of memory of a process, shared pages in proportion; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    counts = vars(supervise(sys.argv[2:], sys.argv[1] == "sampled"))
    print("\n" + json.dumps({name: counts[name] for name in counts if name != "said"}))
