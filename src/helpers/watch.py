"""Watch one audit: on every saved change its affected chapters run, and the page in the browser follows.

The page is served to this machine alone, under an address nobody can guess. The script that refreshes it is put in by
the server, and stands in no file.
"""

from __future__ import annotations

import base64
import hashlib
import html
import os
import re
import secrets
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from helpers.engine import open_engine
from helpers.message import InputError
from helpers.publish import DRAFTS, inputs_of
from helpers.reporter import Quiet
from helpers.run import Result, run
from helpers.validation import Validator

POLL = 0.1  # seconds between two looks at the files; looking at 60 files takes 2 ms, under 2 % of a processor
SETTLED = 0.1  # seconds a file has to stay as it is: programs save in several steps
PAUSE = 0.5  # seconds before what cannot be read is tried again, since a program may hold it; doubled each time
UNREADABLE = 2
HELD = 20.0  # seconds a browser's question is held before it is asked to ask again
LOCAL = "127.0.0.1"

Stamp = Mapping[Path, tuple[int, int, int]]


def watch(root: Path, audit: str, *, engine: str = "", port: int = 0, tell: Callable[[str], None]) -> None:
    """Run an audit whenever an input of it is saved, and serve its draft, until interrupted.

    Args:
        engine: what runs the chapters; see ``open_engine``.
        port: on 127.0.0.1; 0 for one that is free.
        tell: where to say what happens, a line at a time.

    Raises:
        InputError: there is no such engine, or the port is taken.
    """
    shown = Shown(root / "outputs" / DRAFTS / audit / f"{audit}.html")
    validator = Validator()
    try:
        with open_engine(engine) as at_work, Server(shown, port) as server:
            tell(f"Åpne {server.address}")
            tell("Siden følger registrene og teksten. Ctrl-C avslutter.")
            validator.start()
            at_work.warm()

            pause, said = PAUSE, ""
            while True:
                seen = stamp(root, audit)
                started = time.monotonic()
                try:
                    result = run(
                        root, [audit], engine=at_work, reporter=_Reporter(shown), validator=validator, opened=True
                    )
                    readable, trouble = _trouble_of(result, audit)
                except InputError as error:
                    readable, trouble = False, str(error)
                except Exception as error:  # whatever it is, the next save may mend it
                    readable, trouble = True, f"Uventet feil: {type(error).__name__}: {error}"
                shown.say(trouble)
                took = f"{time.monotonic() - started:.1f}".replace(".", ",")
                if said != (said := trouble) or not trouble:
                    tell(trouble or f"Siden er ny. Det tok {took} s.")
                pause = PAUSE if _changed(root, audit, seen, None if readable else pause) else 2 * pause
    finally:
        validator.close()


def _trouble_of(result: Result, audit: str) -> tuple[bool, str]:
    """Whether the audit could be read, and what kept its page from being made."""
    outcome = next(outcome for outcome in result.outcomes if outcome.audit == audit)
    return outcome.code != UNREADABLE, outcome.error


def _changed(root: Path, audit: str, seen: Stamp, seconds: float | None) -> bool:
    """Wait until an input has changed and stands still again, or until it is time to try once more."""
    until = time.monotonic() + seconds if seconds else None
    while (now := stamp(root, audit)) == seen:
        if until and time.monotonic() > until:
            return False
        time.sleep(POLL)
    while True:
        time.sleep(SETTLED)
        if now == (now := stamp(root, audit)):
            return True


def stamp(root: Path, audit: str) -> Stamp:
    """When each input was written, how large it is, and which file it is: a program may put another in its place."""
    found = {}
    for path in inputs_of(root, audit):
        try:
            about = path.stat()
        except OSError:  # gone between two looks
            continue
        found[path] = (about.st_mtime_ns, about.st_size, about.st_ino)
    return found


@dataclass(frozen=True)
class _Reporter(Quiet):
    """Shows the draft as soon as it is written; the rest of a run makes nobody wait."""

    shown: Shown

    def draft(self, audit: str, page: Path) -> None:  # noqa: ARG002 - it is the one audit, and its one draft
        self.shown.say("")


@dataclass
class Shown:
    """What the browser is shown: the last draft, or what keeps it from being the newest."""

    draft: Path
    trouble: str = "Kapitlene kjøres for første gang."
    version: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _content: bytes = b""

    def say(self, trouble: str) -> None:
        """Show the draft as it now stands, or the trouble; browsers follow when there is anything new."""
        content = trouble.encode() or self._page()
        with self._changed:
            if content != self._content:
                self.trouble, self._content = trouble, content
                self.version += 1
                self._changed.notify_all()

    def wait(self, version: int) -> int:
        """The version shown, as soon as it is another than this, or after a while."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != version, HELD)
            return self.version

    def page(self) -> str:
        """What stands at the address: the draft, or the trouble with a way to the last draft."""
        with self._changed:
            version, trouble = self.version, self.trouble
        if trouble or not self.draft.is_file():
            return refreshing(_trouble(trouble, last=self.draft.is_file()), version)
        return refreshing(self._page().decode(), version)

    def last(self) -> str | None:
        """The last draft, whatever the trouble is; None when there is none."""
        return refreshing(self._page().decode(), self.version) if self.draft.is_file() else None

    def _page(self) -> bytes:
        return self.draft.read_bytes()


_TROUBLE = """<!DOCTYPE html>
<html lang="nb"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Siden er ikke oppdatert</title>
<style>body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem }}
p.trouble {{ border-left: .4rem solid #b00020; padding-left: 1rem }}</style></head>
<body><main><h1>Siden er ikke oppdatert</h1>
<p class="trouble">{message}</p>
{last}
<p>Lagre filen når den er rettet. Siden kommer av seg selv.</p></main></body></html>
"""


def _trouble(trouble: str, *, last: bool) -> str:
    return _TROUBLE.format(
        message=html.escape(trouble),
        last='<p><a href="last">Vis den siste siden som kunne lages</a></p>' if last else "",
    )


_SCRIPT = """
(async () => {
  for (;;) {
    try {
      const answer = await fetch("version?after=VERSION", {cache: "no-store"});
      if (answer.ok && await answer.text() !== "VERSION") {
        if (location.pathname.endsWith("/last")) { location.replace("./"); } else { location.reload(); }
        return;
      }
      if (answer.ok) { continue; }
    } catch { }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
})();
"""
_POLICY = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")([^"]*)(">)')


def refreshing(page: str, version: int) -> str:
    """The page with the script that asks for a newer version, and a policy that allows this one script."""
    script = _SCRIPT.replace("VERSION", str(version))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = {"script-src": f"'sha256-{digest}'", "connect-src": "'self'"}

    def widened(match: re.Match[str]) -> str:
        parts = [part.split() for part in match[2].split(";") if part.strip()]
        policy = {name: [value for value in values if value != "'none'"] for name, *values in parts}
        for name, value in allowed.items():
            policy.setdefault(name, []).append(value)
        return (
            match[1]
            + "; ".join(" ".join((name, *(values or ["'none'"]))) for name, values in policy.items())
            + match[3]
        )

    page = _POLICY.sub(widened, page, count=1)
    head, _, tail = page.rpartition("</body>")
    return f"{head}<script>{script}</script></body>{tail}"


class Server:
    """Serves what is shown on 127.0.0.1, under a secret path; nothing else, and to nobody else."""

    def __init__(self, shown: Shown, port: int) -> None:
        secret = f"/{secrets.token_urlsafe(16)}/"
        try:
            self._http = _Http((LOCAL, port), type("Handler", (_Handler,), {"shown": shown, "secret": secret}))
        except OSError as error:
            raise InputError(f"--port {port}", f"Porten kan ikke brukes ({error.strerror})", "Velg en annen.") from None
        self.address = f"http://{LOCAL}:{self._http.server_port}{secret}"

    def __enter__(self) -> Server:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": POLL}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # elsewhere it would let another program take the port over

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of an answer is no error of ours."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Three addresses: the page, the last draft, and the version; every other is not found."""

    server: _Http
    shown: Shown
    secret: str
    protocol_version = "HTTP/1.1"
    timeout = 3 * HELD
    server_version, sys_version = "revisjonsbok", ""

    def do_GET(self) -> None:
        """Answer this machine's browser. Any other name for this machine in *Host* is another site's trick."""
        port = self.server.server_port
        asked = urlsplit(self.path)
        folder, _, name = asked.path.rpartition("/")
        if self.headers.get("Host") not in (f"{LOCAL}:{port}", f"localhost:{port}"):
            self._answer(HTTPStatus.FORBIDDEN, "Bare denne maskinen.")
        elif not secrets.compare_digest(f"{folder}/".encode(), self.secret.encode()):
            self._answer(HTTPStatus.NOT_FOUND, "Finnes ikke.")
        elif name == "version":
            after = parse_qs(asked.query).get("after", [""])[0]
            self._answer(HTTPStatus.OK, str(self.shown.wait(int(after) if after.isdecimal() else -1)))
        elif name in ("", "last") and (page := self.shown.last() if name else self.shown.page()):
            self._answer(HTTPStatus.OK, page, "text/html")
        else:
            self._answer(HTTPStatus.NOT_FOUND, "Finnes ikke.")

    def _answer(self, status: HTTPStatus, content: str, kind: str = "text/plain") -> None:
        data = content.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", f"{kind}; charset=utf-8"),
            ("Content-Length", str(len(data))),
            ("Cache-Control", "no-store"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is written for a page fetched."""
