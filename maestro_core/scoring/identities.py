"""Who may be the same person: pairs of persons whose names, addresses or logins agree, with the reasons.

Rules after Bird et al. 2006, Mining Email Social Networks, and Wiese et al. 2016, Who is who in the mailing list: exact
agreement after folding, because a reason that can be read can be checked. Nothing is merged here: somebody decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

MOST_SHARING = 8  # a name or mailbox that more people share tells nobody apart
VERY_LIKELY, LIKELY = 0.8, 0.5
LIKELIHOODS = ("very likely", "likely", "possible")
COLUMNS = ("person_id", "other_id", "probability", "how_likely", "reasons")

_GENERIC = frozenset(
    (
        "admin",
        "administrator",
        "build",
        "builder",
        "contact",
        "debian",
        "dev",
        "developer",
        "developers",
        "devnull",
        "email",
        "git",
        "github",
        "gitlab",
        "hello",
        "home",
        "info",
        "jenkins",
        "localhost",
        "mail",
        "mailbox",
        "maintainer",
        "me",
        "noreply",
        "no-reply",
        "nobody",
        "none",
        "office",
        "root",
        "server",
        "software",
        "support",
        "team",
        "test",
        "ubuntu",
        "unknown",
        "user",
        "vagrant",
        "webmaster",
        "work",
    )
)
_NOREPLY = re.compile(r"^(?:\d+\+)?([^@+]+)@users\.noreply\.", re.IGNORECASE)
_SHORTEST_MAILBOX = 4
_UNSEEN = ("Mn", "Me", "Cf")
# Letters of their own in Unicode, though people write them as others where a keyboard lacks them.
_WITHOUT_ACCENT = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})


Keys = Callable[[dict[str, Any]], Iterator[str]]


@dataclass(frozen=True)
class Rule:
    """What two persons share, in words; how much that alone is worth; and the key of one that the other must have."""

    reason: str
    weight: float
    keys: Keys
    others: Keys


def folded_words(name: str) -> tuple[str, ...]:
    """The words of a name, sorted, in small letters without accents and what nobody sees.

    >>> folded_words("Lovelace, Adà"), folded_words("ada  LOVELACE"), folded_words("Łukasz Ørsted")
    (('ada', 'lovelace'), ('ada', 'lovelace'), ('lukasz', 'orsted'))
    """
    letters = (letter for letter in unicodedata.normalize("NFKD", name) if unicodedata.category(letter) not in _UNSEEN)
    return tuple(sorted(re.findall(r"\w+", "".join(letters).casefold().translate(_WITHOUT_ACCENT))))


def mailbox(email: str) -> str:
    """What stands before the @, without a suffix after +; empty where it tells nothing.

    >>> mailbox("Ada.Lovelace+git@example.org"), mailbox("info@example.org"), mailbox("7+ada@users.noreply.github.com")
    ('ada.lovelace', '', '')
    """
    if _NOREPLY.match(email):
        return ""
    box = email.casefold().partition("@")[0].partition("+")[0]
    return "" if len(box) < _SHORTEST_MAILBOX or box in _GENERIC else box


def login_in(email: str) -> str:
    """The login in an address that a forge hands out to hide the real one; empty in any other.

    >>> login_in("49+Ada@users.noreply.github.com"), login_in("ada@example.org")
    ('ada', '')
    """
    found = _NOREPLY.match(email)
    return found.group(1).casefold() if found else ""


def _full_name(told: dict[str, Any]) -> Iterator[str]:
    words = folded_words(told["name"])
    if len(words) > 1:
        yield " ".join(words)


def _mailbox(told: dict[str, Any]) -> Iterator[str]:
    box = mailbox(told["email"]) if told["email"] else ""
    # A given name alone is many people's mailbox.
    if box and box not in folded_words(told["name"]):
        yield box


def _login(told: dict[str, Any]) -> Iterator[str]:
    """Logins, and what stands for one in an address."""
    if told["login"]:
        yield told["login"].casefold()
    if told["email"] and login_in(told["email"]):
        yield login_in(told["email"])


def _handles(told: dict[str, Any]) -> Iterator[str]:
    """Logins and mailboxes without punctuation."""
    for text in (told["login"], told["email"] and mailbox(told["email"])):
        handle = re.sub(r"[\W_]+", "", (text or "").casefold())
        if len(handle) > _SHORTEST_MAILBOX:
            yield handle


def _written_together(told: dict[str, Any]) -> Iterator[str]:
    """A given and a family name as one word, in either order."""
    words = folded_words(told["name"])
    if len(words) == len(("given", "family")):
        yield "".join(words)
        yield "".join(reversed(words))


RULES = (
    Rule("the same login", 0.9, _login, _login),
    Rule("the same full name", 0.7, _full_name, _full_name),
    Rule("the same mailbox at another provider", 0.4, _mailbox, _mailbox),
    Rule("a login or mailbox that is the other's name", 0.4, _handles, _written_together),
)


def suggestions(accounts: pd.DataFrame, *, apart: Collection[frozenset[Any]] = ()) -> pd.DataFrame:
    """Pairs of persons who may be one, the likeliest first: person_id, other_id, probability, how_likely, reasons.

    accounts: person_id, name, email and login (either may be None), a row for each way a person is known; bots may not
    be among them. `apart` holds the pairs that somebody said are two. Probability is 1 − Π (1 − weight of each reason),
    a rank rather than a frequency. A key that more than eight people share tells nothing.

    >>> known = [("a", "Ada Lovelace", "ada@x.org", None), ("b", "ada lovelace", "ada@y.org", None)]
    >>> rows = pd.DataFrame(known, columns=["person_id", "name", "email", "login"])
    >>> suggestions(rows)["reasons"].tolist(), len(suggestions(rows, apart=[frozenset("ab")]))
    ([['the same full name']], 0)
    """
    told = accounts.astype(object).where(accounts.notna(), None).to_dict("records")
    reasons: dict[frozenset[Any], list[Rule]] = {}
    for rule in RULES:
        for pair in _pairs(rule, told):
            reasons.setdefault(pair, []).append(rule)
    rows = [(*sorted(pair, key=str), *_weighed(rules)) for pair, rules in reasons.items() if pair not in set(apart)]
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.sort_values(["probability", "person_id"], ascending=[False, True], kind="stable", ignore_index=True)


def without_implied(pairs: pd.DataFrame, *, apart: Collection[frozenset[Any]] = ()) -> pd.DataFrame:
    """Of these pairs, in their order, those that earlier ones do not imply: of five names of one person four, not ten.

    Who was said to be two is not made one by way of somebody else either.

    >>> three = pd.DataFrame({"person_id": ["a", "a", "b"], "other_id": ["b", "c", "c"]})
    >>> len(without_implied(three)), len(without_implied(three, apart=[frozenset("bc")]))
    (2, 1)
    """
    separate: dict[Any, set[Any]] = {}
    for one, other in (tuple(pair) for pair in apart if len(pair) > 1):
        separate.setdefault(one, set()).add(other)
        separate.setdefault(other, set()).add(one)
    groups: dict[Any, set[Any]] = {}
    joins = [_joins(groups, separate, *pair) for pair in zip(pairs["person_id"], pairs["other_id"], strict=True)]
    return pairs[pd.Series(joins, index=pairs.index, dtype=bool)].reset_index(drop=True)


def _joins(groups: dict[Any, set[Any]], separate: dict[Any, set[Any]], one: Any, other: Any) -> bool:
    """Whether two were not one before and may be; then their groups are one from now on."""
    ours, theirs = (groups.setdefault(person, {person}) for person in (one, other))
    if other in ours or any(separate.get(person, set()) & theirs for person in ours):
        return False
    ours |= theirs
    groups.update(dict.fromkeys(theirs, ours))
    return True


def _pairs(rule: Rule, told: list[dict[Any, Any]]) -> set[frozenset[Any]]:
    one, other = _sharing(rule.keys, told), _sharing(rule.others, told)
    both = ((one[key], other[key]) for key in one.keys() & other.keys())
    telling = ((some, others) for some, others in both if len(some | others) <= MOST_SHARING)
    return {frozenset(pair) for some, others in telling for pair in product(some, others) if pair[0] != pair[1]}


def _sharing(keys: Keys, told: list[dict[Any, Any]]) -> dict[str, set[Any]]:
    """The persons who have each key."""
    sharing: dict[str, set[Any]] = {}
    for row in told:
        for key in keys(row):
            sharing.setdefault(key, set()).add(row["person_id"])
    return sharing


def _weighed(rules: list[Rule]) -> tuple[float, str, list[str]]:
    doubt = 1.0
    for rule in rules:
        doubt *= 1 - rule.weight
    sure = 1 - doubt
    how_likely = LIKELIHOODS[sum(sure < bound for bound in (VERY_LIKELY, LIKELY))]
    return sure, how_likely, [rule.reason for rule in rules]
