"""Signatures: who has approved an edition, by name and role, and whether what they signed still stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from helpers.audit import Audit
from helpers.journal import ASSURING, FORMAT, ROLES, Journal, Signature, append
from helpers.message import InputError
from helpers.schema import fold


@dataclass(frozen=True)
class Signed:
    """A signature, and whether it covers the content as it is now."""

    signature: Signature
    covers: bool


def signed(journal: Journal, content: str) -> tuple[Signed, ...]:
    """The last signature of each role, held against the content as it is now."""
    return tuple(Signed(one, one.content == content) for one in journal.signatures)


def signed_words(audit: Audit, content: str) -> Iterator[str]:
    """A sentence for each signature that no longer covers the content."""
    for one in signed(audit.journal, content):
        if not one.covers:
            yield audit.words("label.signature_fell", role=one.signature.role, date=one.signature.date)


def sign(audit: Audit, content: str, role: str, name: str, date: str, *, stops: int) -> Journal:
    """Append a signature over a content.

    Args:
        content: hash of what is signed, `Snapshot.content`.
        date: DD.MM.YYYY.
        stops: open stops of the gate.

    Raises:
        InputError: an unknown role, no name, the one who did the work as assurer (RSK 001: the last two roles may
            be one person, never the first), or an assurer signing over open stops.
    """
    if role not in ROLES:
        raise InputError("--role", f"Rollen «{role}» er ukjent", f"Bruk en av: {', '.join(ROLES)}.")
    if not name.strip():
        raise InputError("--name", "Navnet mangler", "En anonym godkjenning dokumenterer ingenting.")
    worked, assured = ([role] if role in group else [] for group in (ROLES[:1], ASSURING))
    for one in audit.journal.signatures:
        both = (worked and one.role in ASSURING) or (assured and one.role in ROLES[:1])
        if both and fold(one.name) == fold(name):
            found = f"{name} har alt signert som {one.role}"
            raise InputError("--name", found, "Den som har utført revisjonen, kan ikke kvalitetssikre den.")
    if assured and any(
        fold(one.name) == fold(name) and fold(one.role).startswith(ROLES[0]) for one in audit.params.team
    ):
        found = f"{name} står som {ROLES[0]} revisor i parametrene"
        raise InputError("--name", found, "Den som har utført revisjonen, kan ikke kvalitetssikre den.")
    if assured and stops:
        found = f"Datakontrollen har {stops} åpne stopp" if stops > 1 else "Datakontrollen har ett åpent stopp"
        raise InputError(audit.name, found, "Rett det, eller før et unntak som kvalitetssikrer har godtatt.")
    return append(audit.journal, Signature(FORMAT, role, " ".join(name.split()), date, content, ""))
