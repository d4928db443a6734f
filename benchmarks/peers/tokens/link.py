"""Links by exact tokens, under the published rules T1 to T5 of OpenLinkToken (Truveta).

Each rule joins parts of a record to one string, of which agencies exchange a keyed hash. Equal
strings have equal hashes, so the strings are compared here and nothing is hashed. A record that
lacks one of a rule's parts has no token of that rule.

A pair is a match when it has any of T1 to T4 in common. T5, which has no birth date, is published
for finding candidates: it counts half and decides only where the others can't be made. Where no
agency has sex or postcode at all the rules do without them.

Source: the token rules and the normalisation in OpenLinkToken's documentation.

Usage: python -m benchmarks.peers.tokens.link FOLDER
"""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.peers.inside import Found, Pairs, Record, Task, found_at, work


@dataclass(frozen=True, slots=True)
class Rule:
    """What a token is made of.

    Attributes:
        counts: what having it in common counts.
        needed, optional: parts, with how many of their first characters (None: all).
    """

    counts: float
    needed: tuple[tuple[str, int | None], ...]
    optional: tuple[tuple[str, int | None], ...]


NAME: Final = (("family", None), ("given", None))
RULES: Final = (
    Rule(1.0, (("family", None), ("given", 1), ("birth", None)), (("sex", None),)),
    Rule(1.0, (*NAME, ("birth", None)), (("postcode", 3),)),
    Rule(1.0, (*NAME, ("birth", None)), (("sex", None),)),
    Rule(1.0, (("identifier", None), ("birth", None)), (("sex", None),)),
    Rule(0.5, (("family", None), ("given", 3)), (("sex", None),)),
)
"""T1 to T5."""
UNSAID: Final = frozenset(
    {"DR", "MR", "MRS", "MS", "MISS", "PROF", "JR", "SR", "II", "III", "IV", "PHD", "MD"}
)
"""Titles and suffixes are no part of a name."""
MOST_HOLDERS: Final = 1_000
"""Of one token in one agency: what more records share is a placeholder."""


def link(task: Task) -> Found:
    """All pairs with a token in common."""
    fields = _fields(task)
    records = [[_parts(record, fields) for record in each.records()] for each in task.agencies]
    common: dict[tuple[int, int, int, int], float] = defaultdict(float)
    rules = [rule for rule in RULES if all(part in fields for part, _ in rule.needed)]
    for rule in rules:
        holders = [_holders(each, rule, fields) for each in records]
        for left, right in task.agency_pairs():
            for token in holders[left].keys() & holders[right].keys():
                for row in holders[left][token]:
                    for other in holders[right][token]:
                        common[left, row, right, other] += rule.counts
    rows = np.array(list(common), np.int64).reshape(-1, 4).T
    pairs = Pairs(rows[0], rows[1], rows[2], rows[3])
    scores = np.array(list(common.values()), np.float64)
    threshold = max((rule.counts for rule in rules), default=1.0)
    return found_at(task, pairs, scores, "rules", threshold)


def _fields(task: Task) -> dict[str, str]:
    """The field of each part that there is; one full name holds both names."""
    fields = {
        "family": task.first("family-name", "full-name"),
        "given": task.first("given-name", "full-name"),
        "birth": task.first("date", "year"),
        "sex": task.first("sex"),
        "postcode": task.first("postcode"),
        "identifier": task.first("national-id"),
    }
    return {part: name for part, name in fields.items() if name is not None}


def _parts(record: Record, fields: dict[str, str]) -> dict[str, str]:
    """The parts of one record; a missing one is empty."""
    parts = {part: record[name].upper() for part, name in fields.items()}
    for part in ("family", "given"):
        if part in parts:
            parts[part] = _letters(parts[part])
    if "family" in fields and fields["family"] == fields.get("given"):
        words = [_letters(word) for word in record[fields["family"]].upper().split()]
        words = [word for word in words if word] or [""]
        parts["given"], parts["family"] = words[0], words[-1]
    for part in ("postcode", "identifier"):
        if part in parts:
            parts[part] = "".join(filter(str.isalnum, parts[part]))
    return parts


def _letters(name: str) -> str:
    """A name's letters without accents, titles and suffixes."""
    plain = unicodedata.normalize("NFKD", name)
    words = ("".join(filter(str.isalpha, word)) for word in plain.split())
    return "".join(word for word in words if word not in UNSAID)


def _holders(
    records: list[dict[str, str]], rule: Rule, fields: dict[str, str]
) -> dict[tuple[str, ...], list[int]]:
    """The records that hold each token of a rule."""
    wanted = [*rule.needed, *(part for part in rule.optional if part[0] in fields)]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, parts in enumerate(records):
        token = tuple(parts[part][:first] for part, first in wanted)
        if all(token):
            holders[token].append(row)
    return {token: rows for token, rows in holders.items() if len(rows) <= MOST_HOLDERS}


if __name__ == "__main__":
    work(link, ())
