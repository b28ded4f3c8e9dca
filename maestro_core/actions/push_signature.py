"""Proving who sent a webhook: by Maestro's own signature, GitHub's, or the token that GitLab sends along.

Maestro's signature covers the time, so that what somebody recorded cannot be sent again later; the other two do not,
and what they tell again changes nothing that has ended.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import SecretStr

TOLERANCE = timedelta(minutes=5)


class Scheme(StrEnum):
    """Whose way of signing."""

    MAESTRO = "maestro"
    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True)
class Proof:
    """What came with a webhook to prove who sent it; the audit keeps the proof as asterisks."""

    scheme: Scheme
    proof: SecretStr
    event: str = ""
    """What GitHub and GitLab call it."""
    timestamp: str = ""


def proof_in(headers: Mapping[str, str]) -> Proof | None:
    """The proof in the headers of a request, which are named in small letters; None without any."""
    if proof := headers.get("x-maestro-signature-256"):
        return Proof(Scheme.MAESTRO, SecretStr(proof), "", headers.get("x-maestro-timestamp", ""))
    if proof := headers.get("x-hub-signature-256"):
        return Proof(Scheme.GITHUB, SecretStr(proof), headers.get("x-github-event", ""))
    if proof := headers.get("x-gitlab-token"):
        return Proof(Scheme.GITLAB, SecretStr(proof), headers.get("x-gitlab-event", ""))
    return None


def signature(secret: SecretStr, body: bytes, *, timestamp: str = "") -> str:
    """The signature of a body: over the time, a point and the body where there is a time, else over the body.

    >>> signature(SecretStr("secret"), b"{}", timestamp="1780000000")[:15]
    'sha256=f2dadf9a'
    """
    signed = f"{timestamp}.".encode() + body if timestamp else body
    return "sha256=" + hmac.new(secret.get_secret_value().encode(), signed, hashlib.sha256).hexdigest()


def is_proven(proof: Proof, secret: SecretStr, body: bytes, *, now: datetime) -> bool:
    """Whether this secret made the proof, and now. Comparing takes as long for a wrong proof as for the right one."""
    if proof.scheme is Scheme.GITLAB:
        expected = secret.get_secret_value()
    else:
        expected = signature(secret, body, timestamp=proof.timestamp)
    is_timely = proof.scheme is not Scheme.MAESTRO or _is_timely(proof.timestamp, now)
    return hmac.compare_digest(expected.encode(), proof.proof.get_secret_value().encode(errors="replace")) and is_timely


def _is_timely(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE.total_seconds()
