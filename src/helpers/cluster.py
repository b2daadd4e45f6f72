"""Chapters on a cluster of machines: an engine on Dask's ``distributed``, for when one machine is too small.

A chapter goes to a worker as text and slice, and comes back executed, as text: workers share no disk, and the bytes
are those of this machine. Whoever reaches a scheduler or a worker can run code there and read what it holds, so
registers leave this machine over TLS only, with certificates on both sides.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import time
import warnings
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import replace
from ipaddress import ip_address
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from helpers.engine import ChapterError, Engine, Work, code_hash, local_engine, open_engine
from helpers.forks import Forks
from helpers.message import InputError

if TYPE_CHECKING:
    from distributed import Client, Security

NAME = "dask"
SOON = 10  # seconds within which a scheduler answers
FIRST_WORKER = 5  # seconds a cluster may be without a worker when a run begins
NO_WORKER = 30  # and later: one that died is started again in a few
PER_THREAD = 2  # chapters on their way for each of the cluster's threads: one at work, one that waits beside it
WHERE = "--scheduler"
GUIDE = "Se README, «A cluster»."
START = "Start dem med «dask worker ADRESSE --no-dashboard», og kjør igjen."


def open_chosen(
    name: str = "", jobs: int = 0, scheduler: str = "", forks: Forks | None = None
) -> closing[Engine]:  # fmt: skip
    """The engine a command asks for, on this machine or on a cluster; to be closed after use.

    Args:
        name: that of a local engine, or ``dask``; empty for the best on this machine.
        jobs: notebooks executed at a time; 0 for as many as there is room for.
        scheduler: address of the cluster's scheduler; with ``dask``, and only then.
        forks: the parent of forks of this machine, where it was started ahead.

    Raises:
        InputError: when there is no such engine here, or the cluster cannot be used.
    """
    if name != NAME and scheduler:
        raise InputError(
            WHERE, f"Adressen «{scheduler}» er gitt uten {NAME}", f"Skriv --engine {NAME}, eller ta bort adressen."
        )
    if name != NAME:
        return open_engine(name, jobs, forks)
    if not scheduler:
        do = f"Skriv --scheduler tls://MASKIN:PORT. {GUIDE}"
        raise InputError("--engine", f"Motoren «{NAME}» trenger adressen til en planlegger", do)
    return closing(ClusterEngine(scheduler, jobs))


class ClusterEngine:
    """Each notebook on some worker of a cluster; one that reads more than its slice is executed here.

    A chapter whose worker is lost runs again on another. Results leave the cluster as they come.

    Args:
        address: of the scheduler.
        jobs: notebooks executed at a time; 0 for as many as the cluster has room for, also when it grows.

    Raises:
        InputError: when the address is not safe or nobody answers there, or the cluster has no worker.
    """

    def __init__(self, address: str, jobs: int = 0) -> None:
        self._address, self._jobs = address, jobs
        self.places = jobs or 1
        self._here = local_engine(1)
        self._client = _connect(address)
        self._alone = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        self._known: set[str] = set()  # workers with the same package
        try:
            self._client.sync(self._begin)
        except BaseException:
            self._client.close()
            raise

    def warm(self, ready: str = "") -> None:
        """Have every worker there is start its processes; and this machine, for what is executed here."""
        asyncio.run_coroutine_threadsafe(self._warm(), self._client.loop.asyncio_loop)
        self._here.warm(ready)

    def submit(self, work: Work) -> Future[str | ChapterError]:
        """Execute a notebook on the cluster.

        The future raises InputError when the cluster is lost or may not be used: then nothing more runs there.
        """
        if not work.slice:  # a notebook without a slice reads files, and those are here
            return self._here.submit(work)
        return asyncio.run_coroutine_threadsafe(self._execute(work), self._client.loop.asyncio_loop)

    def close(self) -> None:
        """Take back what the cluster has in work, and leave it."""
        with suppress(OSError, RuntimeError):  # it is lost already
            self._client.sync(self._end, callback_timeout=SOON)
        with suppress(OSError):
            self._client.close()
        self._here.close()

    # What follows runs in the client's own thread and loop.

    async def _warm(self) -> None:
        self._note()
        with suppress(Exception):  # a worker that cannot start its processes says so when a chapter comes
            await self._client.run(_warm_here, wait=False)

    async def _begin(self) -> None:
        deadline = time.monotonic() + FIRST_WORKER
        while not await self._look():
            if time.monotonic() > deadline:
                raise InputError(WHERE, f"Ingen arbeidere hos planleggeren {self._address}", START)
            await asyncio.sleep(0.1)
        self._watcher = asyncio.create_task(self._watch())

    async def _end(self) -> None:
        ending = [*self._running, self._watcher]
        for one in ending:
            one.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def _note(self) -> None:
        """Note the task that runs, for the end."""
        running = asyncio.current_task()
        assert running
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    async def _look(self) -> int:
        """Count the threads that take work now, and see that it is safe to send them some.

        Raises:
            InputError: when the scheduler is gone, what a worker is sent could be read on its way, or it has another
                package.
        """
        if self._client.status != "running":  # it tries again, but what it had there is lost to it
            raise self._lost()
        try:
            about = await asyncio.wait_for(self._client.scheduler.identity(n_workers=-1), SOON)
        except OSError as error:
            raise self._lost() from error
        workers: Mapping[str, Mapping[str, Any]] = about["workers"]
        for address in workers:
            if not _is_safe(address):
                do = f"Start den med TLS, eller med --host 127.0.0.1 på denne maskinen. {GUIDE}"
                raise InputError(f"Arbeider {address}", "Det som sendes dit, er ikke kryptert", do)
        await self._know(workers)
        threads: int = sum(worker["nthreads"] for worker in workers.values() if worker["status"] == "running")
        self.places = self._jobs or max(1, PER_THREAD * threads)
        return threads

    async def _know(self, workers: Mapping[str, Any]) -> None:
        """Ask workers that are new what package they have; without it they could not even be sent a chapter.

        Raises:
            InputError: one of them has another.
        """
        self._known &= workers.keys()
        new = [address for address in workers if address not in self._known]
        said: dict[str, object] = {}
        if new:
            with suppress(OSError):  # it has no time to answer, or is gone already
                asking = self._client.run(code_hash, workers=new, on_error="return")
                said = await asyncio.wait_for(asking, SOON)
        for address, code in said.items():
            if isinstance(code, OSError):
                continue
            if code != code_hash():
                raise _other_package(address)
            self._known.add(address)

    async def _watch(self) -> None:
        """Look after the cluster for as long as it can be used; that it no longer can is raised."""
        seen = time.monotonic()
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            if await self._look():
                seen = now
            elif now - seen > NO_WORKER:
                raise InputError(WHERE, f"Ingen arbeidere igjen hos planleggeren {self._address}", START)

    async def _execute(self, work: Work) -> str | ChapterError:
        from distributed import KilledWorker

        self._note()
        packed = pickle.dumps(replace(work, folder=""), protocol=pickle.HIGHEST_PROTOCOL)
        with suppress(KilledWorker):
            return await self._ask(packed)
        # Workers died under it, again and again; but each had other chapters, too, and one of those may be to blame.
        # So of all that were there each is tried once more, and no two at the same time.
        async with self._alone:
            try:
                return await self._ask(packed)
            except KilledWorker:
                place, found = f"workbooks/{work.name}.ipynb", "Arbeiderne som kjørte kapittelet, døde én etter én"
                return ChapterError(str(InputError(place, found, "Kjør det på denne maskinen, uten --engine dask.")))

    async def _ask(self, packed: bytes) -> str | ChapterError:
        """Have one worker or another execute a notebook.

        Raises:
            KilledWorker: when it was on so many workers that died as the scheduler allows.
            InputError: when the cluster cannot be used.
        """
        from distributed import KilledWorker

        if self._watcher.done():
            raise self._watcher.exception() or self._lost()
        # Not pure: a result is never that of another run, and no two chapters share a key.
        asked = self._client.submit(execute_here, code_hash(), packed, pure=False)
        answer = asyncio.ensure_future(asked.result())
        try:
            await asyncio.wait({answer, self._watcher}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise self._watcher.exception() or self._lost()
            if asked.cancelled():  # by nobody here: the scheduler is gone, or has begun anew
                raise self._lost() from (None if answer.cancelled() else answer.exception())
            result: str | ChapterError | InputError = answer.result()
        except (InputError, KilledWorker):
            raise
        except Exception as error:
            found = f"Klyngen kan ikke kjøre kapitler ({type(error).__name__}: {str(error).strip()})"
            do = "Installer samme revisjonsbok hos planlegger og arbeidere som her, og start dem på nytt."
            raise InputError(f"{WHERE} {self._address}", found, do) from error
        finally:
            answer.cancel()
            asked.release()  # nobody wants it any more: the cluster forgets it, and takes it back if it still waits
        if isinstance(result, InputError):
            raise result
        return result

    def _lost(self) -> InputError:
        found = f"Forbindelsen til planleggeren {self._address} er brutt"
        return InputError(WHERE, found, "Det som er kjørt, er tatt vare på. Start planleggeren, og kjør igjen.")


def _connect(address: str) -> Client:
    """A client of the cluster."""
    try:
        from distributed import Client
    except ImportError:
        found = f"Motoren «{NAME}» er ikke installert"
        raise InputError("--engine", found, "Kjør pip install 'revisjonsbok[cluster]'.") from None
    _require_safe(address)
    security = _security(address)
    for name in ("distributed", "distributed.client"):  # what goes wrong is told once, in the user's language
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():  # of versions that differ; those that matter are refused by the worker
            warnings.simplefilter("ignore")
            return Client(address, security=security, timeout=SOON, set_as_default=False)
    except (OSError, ImportError, RuntimeError, ValueError) as error:
        found = f"Får ikke kontakt med noen planlegger på {address} ({type(error).__name__})"
        do = f"Sjekk adressen, og start den med «dask scheduler --no-dashboard». {GUIDE}"
        raise InputError(WHERE, found, do) from error


def _security(address: str) -> Security:
    """Dask's own settings for certificates, refused where they would not protect what is sent.

    Raises:
        InputError: when this machine lacks the certificates, or they cannot be read.
    """
    from distributed import Security

    if not address.startswith("tls:"):
        return Security()
    security = Security(require_encryption=True)
    try:
        if not (security.tls_ca_file and security.tls_client_cert):
            raise OSError("de er ikke oppgitt")
        security.get_connection_args("client")
    except (OSError, ValueError) as error:
        found = f"Sertifikatene til klyngen kan ikke brukes ({error})"
        do = f"Oppgi distributed.comm.tls.ca-file, client.cert og client.key i Dasks innstillinger. {GUIDE}"
        raise InputError(WHERE, found, do) from error
    return security


def _require_safe(address: str) -> None:
    """Refuse an address that cannot be understood, and one that registers would be sent to in the open."""
    form = "tls://MASKIN:PORT, eller tcp://127.0.0.1:PORT på denne maskinen"
    if not _is_safe(address):
        parts = _parts(address)
        if parts is None:
            raise InputError(WHERE, f"«{address}» er ingen adresse", f"Skriv {form}.")
        do = f"Registrene er følsomme: bruk {form}. {GUIDE}"
        raise InputError(WHERE, f"Det som sendes til {address}, er ikke kryptert", do)


def _is_safe(address: str) -> bool:
    """Whether what is sent to an address is encrypted, or stays on this machine."""
    if address.startswith("inproc://"):
        return True
    scheme, host = _parts(address) or ("", "")
    return scheme == "tls" or (scheme == "tcp" and _is_loopback(host))


def _parts(address: str) -> tuple[str, str] | None:
    """Scheme and host of an address with a port; without a scheme it is Dask's usual one."""
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        known = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:
        return None
    return (parts.scheme, parts.hostname or "") if known else None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


# What follows runs on a worker.

_lock = Lock()
_engine: Engine | None = None


def _engine_here() -> Engine:
    """One engine for all that this worker does; its processes end with the worker's, however that ends."""
    global _engine
    with _lock:
        if _engine is None:
            from distributed import get_worker

            _engine = local_engine(get_worker().state.nthreads)
        return _engine


def _warm_here() -> None:
    _engine_here().warm()


def execute_here(code: str, packed: bytes) -> str | ChapterError | InputError:
    """Execute a notebook on this worker; nothing is raised: Dask would write what was sent here to the log.

    Args:
        code: ``code_hash()`` of who asks; only the same package gives the same bytes.
        packed: the pickled ``Work``, which is not opened before that is known.
    """
    try:
        if code != code_hash():
            from distributed import get_worker

            return _other_package(get_worker().address)
        return _engine_here().submit(pickle.loads(packed)).result()
    except Exception as error:
        return ChapterError(f"Arbeideren kunne ikke kjøre kapittelet ({type(error).__name__}).")


def _other_package(address: str) -> InputError:
    found = "Den har en annen versjon av revisjonsbok, av Python eller av pakkene"
    do = "Installer det samme der som her (requirements.txt), og start den på nytt."
    return InputError(f"Arbeider {address}", found, do)
