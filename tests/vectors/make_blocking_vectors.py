"""Makes blocking.json: what PROTOCOL.md section 5.10 says must come out.

Written from that page alone, with the standard library: it shares no code with the agent, and works
on one record at a time.

    python tests/vectors/make_blocking_vectors.py tests/vectors/blocking.json
"""

import hashlib
import hmac
import itertools
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | None"
Rule: TypeAlias = "dict[str, str]"

PROJECT_SECRET = bytes(range(32))
"""For these vectors only. A real one is drawn at random and never written down."""
KINDS = {
    "area_code": "code",
    "born": "date",
    "postcode": "postcode",
    "school": "year",
    "sex": "sex",
}
RULES: list[Rule] = [
    {"sex": "whole", "born": "even-years"},
    {"born": "odd-years"},
    {"postcode": "area", "area_code": "whole", "school": "year"},
    {"school": "odd-years"},
]
RECORDS: list[dict[str, str]] = [
    {"born": born, "sex": sex, "postcode": postcode, "area_code": code, "school": school}
    for born, sex, postcode, code, school in (
        ("19800514", "female", "sw1a1aa", "7", "1985"),
        ("19810514", "female", "sw11aa", "7", "1985"),
        ("19790101", "male", "m11aa", "\u738b", "0000"),
        ("19820101", "other", "101", "7", "9999"),
        ("00000000", "male", "ab", "ab", "0001"),
        ("", "male", "sw1a1aa", "7", ""),
        ("19800514", "", "\u00e91a", "", "2001"),
        ("99991231", "", "", "7", "2000"),
    )
]
COARSENED: list[tuple[int, list[str]]] = [
    (3, ["aaaabbbb", "xxxyyyyy"]),
    (3, ["aaaabb", "xxxxxx"]),
    (3, ["aaaa.bbbbb", "xxxxx.yyyy"]),
    (3, ["aaabbb......", "............"]),
    (2, ["aabb", "....", "xyzw"]),
    (3, ["aaaaaabc", "xxxyyyxy", "pppqqqpq"]),
    (2, ["aaaabbbcd", "xyxyxyzxx"]),
    (2, ["abcdeffggg"]),
    (9, ["aaaaaaaa"]),
    (3, ["aaabbb.", "xxxyyyz"]),
    (4, ["aaaabbbbcc", "xyxyxyxyxy", "pppppppppp", "qqqqqqqqqr"]),
]
"""Smallest buckets and, for each rule, a letter for the token of each record; a dot is none."""


def frame(label: str, *parts: str | int) -> bytes:
    """Section 2."""
    result = b""
    for part in (label, *parts):
        value = part.to_bytes(8, "big") if isinstance(part, int) else part.encode("utf-8")
        result += len(value).to_bytes(8, "big") + value
    return result


def cut(part: str, form: str) -> str:
    """A part of a normal form; empty if it has none."""
    if not form or part == "whole":
        return form
    if part == "area":
        letters = itertools.takewhile(lambda char: "a" <= char <= "z", form)
        return "".join(letters)
    year = int(form[:4])
    if part == "year":
        return form[:4]
    wanted = 0 if part == "even-years" else 1
    return str(year if year % 2 == wanted else year - 1)


def token(epoch: int, number: int, rule: Rule, record: dict[str, str]) -> int:
    """A record's token under the rule of this number."""
    parts = [cut(rule[field], record[field]) for field in sorted(rule)]
    if not all(parts):
        return 0
    info = frame("linkage/blocking-key/v1", epoch, number) + b"\x01"
    key = hmac.new(PROJECT_SECRET, info, hashlib.sha256).digest()
    stream = hmac.new(key, frame(*parts), hashlib.sha256).digest()
    numbers = [256 * stream[at] + stream[at + 1] for at in range(0, 32, 2)]
    return next(number for number in numbers if number)


def coarsened(smallest: int, rules: list[list[int]]) -> list[list[int]] | None:
    """What may be sent of the tokens of each rule; None if the dataset may not be sent."""
    sent: list[list[int]] = []
    for tokens in rules:
        before = list(zip(*sent, strict=True)) if sent else [()] * len(tokens)
        alike = Counter(zip(before, tokens, strict=True))
        kept = [
            own if alike[group, own] >= smallest else 0
            for group, own in zip(before, tokens, strict=True)
        ]
        for group in set(before):
            members = [at for at, other in enumerate(before) if other == group]
            without = [at for at in members if not kept[at]]
            having = Counter(kept[at] for at in members if kept[at])
            if len(without) < smallest and having:
                most = max(having, key=lambda own: (having[own], own))
                for at in without:
                    kept[at] = most
        changed = sum(own not in {0, new} for own, new in zip(tokens, kept, strict=True))
        if 2 * changed > sum(own > 0 for own in tokens):
            return None
        sent.append(kept)
    return sent


def coarse_case(smallest: int, rules: list[str]) -> Json:
    """Letters stand for tokens by their place in the alphabet, a dot for 0."""
    numbers = [[0 if char == "." else ord(char) - 96 for char in rule] for rule in rules]
    sent = coarsened(smallest, numbers)
    return {
        "smallest_bucket": smallest,
        "tokens": [list[Json](rule) for rule in numbers],
        "sent": None if sent is None else [list[Json](rule) for rule in sent],
    }


def vectors() -> Json:
    """All cases."""
    return {
        "about": "PROTOCOL.md section 5.10; made by make_blocking_vectors.py",
        "project_secret": PROJECT_SECRET.hex(),
        "kinds": dict[str, Json](KINDS),
        "rules": [dict[str, Json](rule) for rule in RULES],
        "records": [
            {
                "epoch": epoch,
                "normal_forms": dict[str, Json](record),
                "tokens": [token(epoch, at, rule, record) for at, rule in enumerate(RULES, 1)],
            }
            for epoch in (1, 300)
            for record in RECORDS
        ],
        "coarsened": [coarse_case(*case) for case in COARSENED],
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(vectors(), indent=1) + "\n", encoding="ascii")
