"""Watch: the page in the browser follows every save, for this machine alone, and leaves no trace in any file."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conftest import ROWS, Small
from helpers.message import InputError
from helpers.watch import Server, Shown, refreshing, stamp

PAGE = (
    "<html><head><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "</head><body><p>Tallet er 10.</p></body></html>"
)
LONG = 300


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=LONG) as answer:
        return str(answer.read().decode())


def status(address: str, method: str = "GET", **headers: str) -> int:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request(method, parts.path, headers=headers)
    return connection.getresponse().status


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    draft = tmp_path / "liten.html"
    draft.write_text(PAGE, encoding="utf-8")
    one = Shown(draft)
    one.say("")
    return one


@pytest.fixture
def address(shown: Shown) -> Iterator[str]:
    with Server(shown, 0) as server:
        yield server.address


def test_the_draft_is_served_with_a_script_that_stands_in_no_file(shown: Shown, address: str) -> None:
    served = get(address)
    assert "Tallet er 10." in served
    assert "<script>" in served
    assert shown.draft.read_text(encoding="utf-8") == PAGE


def test_the_policy_allows_this_one_script_and_nothing_else_new() -> None:
    served = refreshing(PAGE.replace("style-src", "script-src 'sha256-own'; style-src"), 3)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', served)
    assert policy
    assert re.fullmatch(
        r"default-src 'none'; script-src 'sha256-own' 'sha256-[\w+/=]+'; style-src 'unsafe-inline'; connect-src 'self'",
        policy[1],
    )


def test_a_new_draft_is_told_at_once_and_the_same_draft_is_not(shown: Shown, address: str) -> None:
    first = get(f"{address}version?after=x")
    shown.say("")
    assert get(f"{address}version?after=x") == first
    shown.draft.write_text(PAGE.replace("10", "11"), encoding="utf-8")
    shown.say("")
    assert get(f"{address}version?after={first}") != first
    assert "Tallet er 11." in get(address)


def test_trouble_stands_where_the_page_would_with_the_last_one_a_click_away(shown: Shown, address: str) -> None:
    shown.say("STOPP · data/liten/tall.csv, rad 3. <b>Raden</b> kan ikke leses.")
    served = get(address)
    assert "data/liten/tall.csv, rad 3. &lt;b&gt;Raden&lt;/b&gt; kan ikke leses." in served
    assert 'href="last"' in served
    assert "Tallet er 10." in get(f"{address}last")
    shown.say("")
    assert "Tallet er 10." in get(address)


def test_only_this_machine_under_its_own_name_and_the_secret_path(address: str) -> None:
    parts = urlsplit(address)
    assert parts.hostname == "127.0.0.1"
    assert status(address) == 200
    assert status(address, Host=f"localhost:{parts.port}") == 200
    for host in ("evil.example", f"evil.example:{parts.port}", "127.0.0.1", ""):
        assert status(address, Host=host) == 403, host
    for path in ("/", "/guess/", f"{parts.path}../", f"{parts.path}liten.html", f"{parts.path}x/version"):
        assert status(f"http://127.0.0.1:{parts.port}{path}") == 404, path
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        assert status(address, method) == 501, method


def test_no_other_address_of_this_machine_answers(address: str) -> None:
    outward = {one[4][0] for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for host in {*outward, "127.0.0.2"}:
        with pytest.raises(OSError):
            socket.create_connection((str(host), urlsplit(address).port or 0), timeout=2)


def test_a_taken_port_is_a_message(shown: Shown, address: str) -> None:
    with pytest.raises(InputError, match="Porten kan ikke brukes"):
        Server(shown, urlsplit(address).port or 0)


def test_a_lock_of_excel_is_no_change_and_a_new_file_in_an_olds_place_is(small: Small) -> None:
    before = stamp(small.write().root, "liten")
    small.path("tall").with_name("~$registers.xlsx").write_bytes(b"lock")
    assert stamp(small.root, "liten") == before
    copy = small.path("tall").with_name(".tall.new")
    copy.write_bytes(small.path("tall").read_bytes())
    copy.replace(small.path("tall"))
    assert stamp(small.root, "liten") != before


@dataclass
class Watched:
    """The command at work on a small audit, and the browser's side of it."""

    small: Small
    process: subprocess.Popen[str]
    address: str
    version: str = "x"

    def next(self) -> str:
        """The page, once another is shown than the last time."""
        while (now := get(f"{self.address}version?after={self.version}")) == self.version:
            assert self.process.poll() is None
        self.version = now
        return get(self.address)


@pytest.fixture
def watched(small: Small) -> Iterator[Watched]:
    small.write()
    command = [sys.executable, "-m", "helpers", "watch", "liten", "--root", str(small.root)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:
        assert process.stdout
        yield Watched(small, process, process.stdout.readline().split()[1])
        process.kill()


@pytest.mark.slow
def test_the_page_follows_the_registers(watched: Watched) -> None:
    page = watched.next()
    while "fattet" not in page:
        page = watched.next()
    assert ">30</a>" in page
    total, *parts = ROWS["tall"]
    watched.small.sheet("tall", [{**total, "Verdi": "32"}, *parts])
    page = watched.next()
    assert ">32</a>" in page, "the text follows the cell"
    assert "delene i Tall" in page, "and the gate's message stands on the page"
    heading, _, rest = watched.small.path("tall").read_text(encoding="utf-8").partition("\n")
    watched.small.path("tall").write_text(f'{heading}\n"{rest}', encoding="utf-8")
    page = watched.next()
    assert "Siden er ikke oppdatert" in page
    assert "data/liten/tall.csv, rad" in page
    assert ">32</a>" in get(f"{watched.address}last")
    watched.small.write()
    assert ">30</a>" in watched.next()
    for path in (watched.small.root / "outputs").rglob("*.html"):
        assert "version?after" not in path.read_text(encoding="utf-8"), path
    watched.process.send_signal(signal.SIGINT)
    assert watched.process.wait(60) == 0
