"""Links encodings by clkhash with anonlink, as their tutorials do. Runs in their environment.

One filter of 1024 bits a record, double hashing. As the tutorial's schema for FEBRL has it, names
and birth date set 200 bits each, other fields 100; words are cut into bigrams, digits into single
ones with their positions. Every pair is compared; a Dice coefficient of 0.8 makes a match, and the
greedy solver chooses.

Usage: python -m benchmarks.peers.anonlink.link FOLDER
"""

import hashlib
from typing import Any, Final, TypeAlias

import anonlink  # type: ignore[import-not-found]  # in this environment only
import numpy as np
from clkhash import clk, schema  # type: ignore[import-not-found]

from benchmarks.peers.columns import INITIAL_KIND, UK_KIND, Columns, prepare
from benchmarks.peers.inside import Found, Pairs, Task, found_at, with_groups, work

Candidates: TypeAlias = tuple[Any, tuple[Any, Any], tuple[Any, Any]]
"""Similarities, agencies and records of pairs, as anonlink has them."""
LENGTH_BITS: Final = 1024
WORDS: Final = {"type": "ngram", "n": 2}
DIGITS: Final = {"type": "ngram", "n": 1, "positional": True}
WHOLE: Final = {"type": "exact"}
HASHED: Final = {
    "given-name": (WORDS, 200),
    "family-name": (WORDS, 200),
    "full-name": (WORDS, 400),
    INITIAL_KIND: (WHOLE, 100),
    "date": (DIGITS, 200),
    "year": (DIGITS, 100),
    "sex": (WHOLE, 100),
    "postcode": (DIGITS, 100),
    UK_KIND: (DIGITS, 100),
    "address": (WORDS, 100),
    "place": (WORDS, 100),
    "phone": (DIGITS, 200),
    "email": (WORDS, 200),
    "national-id": (DIGITS, 200),
    "code": (DIGITS, 100),
}
"""Tokens and bits by kind."""
THRESHOLD: Final = 0.8
LOWEST: Final = 0.5
"""Pairs below this are not kept, not even to find the best threshold: strangers score as much."""
KEPT_PER_RECORD: Final = 20
"""Candidates of one record in another agency: more than a record has matches."""


def link(task: Task) -> Found:
    """The likeliest pairs by Dice coefficient."""
    columns = prepare(task)
    recipe = schema.from_json_dict(_schema(columns))
    secret = hashlib.sha256(f"secret {task.seed}".encode()).hexdigest()
    filters = [
        clk.generate_clks(_rows(columns, agency), recipe, secret, validate=False, max_workers=1)
        for agency in range(len(task.agencies))
    ]
    similar = anonlink.similarities.dice_coefficient
    candidates = anonlink.candidate_generation.find_candidate_pairs(
        filters, similar, LOWEST, k=KEPT_PER_RECORD
    )
    scores, agencies, records = candidates
    pairs = Pairs(
        left_agency=np.array(agencies[0], np.int64),
        left=np.array(records[0], np.int64),
        right_agency=np.array(agencies[1], np.int64),
        right=np.array(records[1], np.int64),
    )
    found = found_at(task, pairs, np.array(scores, np.float64), "dice", THRESHOLD)
    if all(agency.holds_each_person_once for agency in task.agencies):
        return with_groups(found, anonlink.solving.greedy_solve(_at_threshold(candidates)))
    return found


def _schema(columns: Columns) -> dict[str, Any]:
    """The linkage schema, version 3 of clkhash."""
    features = []
    for name, kind in columns.kinds.items():
        comparison, bits = HASHED[kind]
        features.append(
            {
                "identifier": name,
                "format": {"type": "string", "encoding": "utf-8"},
                "hashing": {
                    "comparison": comparison,
                    "strategy": {"bitsPerFeature": bits},
                    "hash": {"type": "doubleHash"},
                    "missingValue": {"sentinel": ""},
                },
            }
        )
    return {
        "version": 3,
        "clkConfig": {
            "l": LENGTH_BITS,
            "kdf": {"type": "HKDF", "hash": "SHA256", "keySize": 64},
        },
        "features": features,
    }


def _rows(columns: Columns, agency: int) -> list[list[str]]:
    """One agency's records; a missing value is empty, a date and the like is digits only."""
    table = columns.table(agency)
    texts = [
        [
            _digits(value or "") if HASHED[kind][0] is DIGITS else value or ""
            for value in table[name]
        ]
        for name, kind in columns.kinds.items()
    ]
    return [list(row) for row in zip(*texts, strict=True)]


def _digits(value: str) -> str:
    return "".join(filter(str.isalnum, value))


def _at_threshold(candidates: Candidates) -> Candidates:
    """Those at the threshold; candidates are in descending order."""
    scores, agencies, records = candidates
    count = sum(score >= THRESHOLD for score in scores)
    return (
        scores[:count],
        (agencies[0][:count], agencies[1][:count]),
        (records[0][:count], records[1][:count]),
    )


if __name__ == "__main__":
    work(link, ("anonlink", "clkhash"))
