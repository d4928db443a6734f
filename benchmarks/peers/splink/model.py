"""The linkage model for Splink, by kinds of columns.

Comparisons are those of its library with term-frequency adjustments, with levels added where we saw
it lose: a name that begins another (initials, second names), address and postcode in one comparison
(families share both), years and codes of digits.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any, Final, TypeAlias

import splink.comparison_level_library as cll  # type: ignore[import-not-found]  # not ours
import splink.comparison_library as cl  # type: ignore[import-not-found]

from benchmarks.peers.columns import INITIAL_KIND, UK_KIND, WHOLE_ADDRESS, Columns

Comparison: TypeAlias = Any
"""Splink's, which has no types to name."""
LEAST_ALLOWED_PAIRS: Final = 3_000_000
"""Of candidates: what Splink scores in some ten seconds."""
ALLOWED_PAIRS_PER_RECORD: Final = 30
PILLARS: Final = (
    "given-name",
    "family-name",
    "full-name",
    "date",
    "national-id",
    "email",
    "phone",
    "address",
    UK_KIND,
    "postcode",
    "year",
    INITIAL_KIND,
)
"""Kinds of which two or three together all but name a person, the best first."""


def comparisons(columns: Columns) -> list[Comparison]:
    """One comparison for each column; the whole address and the postcode share one."""
    kinds = dict(columns.kinds)
    postcode = next(iter(columns.of(UK_KIND, "postcode")), None)
    shared = []
    if WHOLE_ADDRESS in kinds and postcode is not None:
        shared.append(_residence(WHOLE_ADDRESS, postcode, kinds.pop(postcode)))
        del kinds[WHOLE_ADDRESS]
    return [*shared, *(COMPARISONS[kind](name) for name, kind in kinds.items())]


def blocking_rules(columns: Columns, agencies: Sequence[int]) -> list[tuple[str, ...]]:
    """What candidates agree on: a column, or two of columns and parts where one would be too broad.

    Single columns come first, and of each sort those that make the fewest pairs, as long as all
    their pairs are not too many; one at least is taken.
    """
    whole = {name: name for name in columns.kinds}
    part = {part: name for name, parts in columns.parts.items() for part in parts}
    source = whole | part
    single = [(name,) for name in whole]
    double = [pair for pair in combinations(source, 2) if source[pair[0]] != source[pair[1]]]
    pairs_of: dict[tuple[str, ...], int] = {
        rule: columns.agreeing_pairs(rule, agencies) for rule in (*single, *double)
    }
    records = sum(len(column) for column in next(iter(columns.values.values())))
    allowed = max(LEAST_ALLOWED_PAIRS, ALLOWED_PAIRS_PER_RECORD * records)
    chosen: list[tuple[str, ...]] = []
    for rule in sorted(pairs_of, key=lambda rule: (len(rule), pairs_of[rule])):
        implied = {*rule, *(part for name in rule for part in columns.parts.get(name, ()))}
        if pairs_of[rule] <= allowed and not any(implied.issuperset(each) for each in chosen):
            chosen.append(rule)
            allowed -= pairs_of[rule]
    return chosen or [min(pairs_of, key=lambda rule: pairs_of[rule])]


def pillars(columns: Columns) -> list[str]:
    """The columns that all but name a person; one of each kind."""
    return [found[0] for kind in PILLARS if (found := columns.of(kind))]


def deterministic_rules(columns: Columns) -> list[tuple[str, ...]]:
    """Three columns on which hardly any but matches agree: each three of the best four."""
    best = pillars(columns)[:4]
    return list(combinations(best, min(3, len(best)))) if best else []


def training_rules(columns: Columns) -> list[tuple[str, ...]]:
    """Blocks in which parameters of the other columns are learned: each two of the best three.

    Blocks of one column are mostly made of strangers or, for an address, of families, and then EM
    learns about those.
    """
    best = pillars(columns)[:3]
    return list(combinations(best, min(2, len(best) - 1))) if len(best) > 1 else []


def _given_name(column: str) -> Comparison:
    begins = f"starts_with({column}_l, {column}_r) or starts_with({column}_r, {column}_l)"
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            cll.NullLevel(column),
            cll.ExactMatchLevel(column, term_frequency_adjustments=True),
            cll.CustomLevel(begins, "one begins the other"),
            cll.JaroWinklerLevel(column, 0.92),
            cll.JaroWinklerLevel(column, 0.88),
            cll.JaroWinklerLevel(column, 0.7),
            cll.ElseLevel(),
        ],
    )


def _date(column: str) -> Comparison:
    return cl.DateOfBirthComparison(column, input_is_string=True, datetime_format="%Y-%m-%d")


def _year(column: str) -> Comparison:
    apart = f"abs(try_cast({column}_l as integer) - try_cast({column}_r as integer))"
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            cll.NullLevel(column),
            cll.ExactMatchLevel(column, term_frequency_adjustments=True),
            cll.CustomLevel(f"{apart} <= 1", "one year apart"),
            cll.LevenshteinLevel(column, 1),
            cll.CustomLevel(f"{apart} <= 5", "five years apart"),
            cll.ElseLevel(),
        ],
    )


def _postcode(column: str) -> Comparison:
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            cll.NullLevel(column),
            cll.ExactMatchLevel(column, term_frequency_adjustments=True),
            cll.LevenshteinLevel(column, 1),
            cll.CustomLevel(_same_area(column, "postcode"), "same area"),
            cll.ElseLevel(),
        ],
    )


def _address(column: str) -> Comparison:
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            cll.NullLevel(column),
            cll.ExactMatchLevel(column, term_frequency_adjustments=True),
            cll.LevenshteinLevel(column, 2),
            cll.JaroWinklerLevel(column, 0.88),
            cll.JaroWinklerLevel(column, 0.75),
            cll.ElseLevel(),
        ],
    )


def _residence(address: str, postcode: str, postcode_kind: str) -> Comparison:
    alike = f"jaro_winkler_similarity({address}_l, {address}_r)"
    same = f"{postcode}_l = {postcode}_r"
    return cl.CustomComparison(
        output_column_name="residence",
        comparison_levels=[
            cll.And(cll.NullLevel(address), cll.NullLevel(postcode)),
            cll.ExactMatchLevel(address, term_frequency_adjustments=True),
            cll.CustomLevel(f"{alike} >= 0.88 and {same}", "address alike, same postcode"),
            cll.CustomLevel(same, "same postcode"),
            cll.CustomLevel(f"{alike} >= 0.92", "address alike"),
            cll.LevenshteinLevel(postcode, 1),
            cll.CustomLevel(f"{alike} >= 0.8", "address somewhat alike"),
            cll.CustomLevel(_same_area(postcode, postcode_kind), "same area"),
            cll.ElseLevel(),
        ],
    )


def _same_area(postcode: str, kind: str) -> str:
    """Whether postcodes agree but for two letters if British, or the first three."""
    if kind == UK_KIND:
        return f"{postcode}_l[:-3] = {postcode}_r[:-3]"
    return f"{postcode}_l[:3] = {postcode}_r[:3]"


def _words(column: str) -> Comparison:
    alike = cl.JaroWinklerAtThresholds(column, [0.9, 0.7])
    return alike.configure(term_frequency_adjustments=True)


def _digits(column: str) -> Comparison:
    alike = cl.DamerauLevenshteinAtThresholds(column, [1, 2])
    return alike.configure(term_frequency_adjustments=True)


def _whole(column: str) -> Comparison:
    return cl.ExactMatch(column).configure(term_frequency_adjustments=True)


COMPARISONS: Final[dict[str, Callable[[str], Comparison]]] = {
    "given-name": _given_name,
    "family-name": cl.NameComparison,
    "full-name": cl.NameComparison,
    "date": _date,
    "year": _year,
    "sex": cl.ExactMatch,
    UK_KIND: cl.PostcodeComparison,
    "postcode": _postcode,
    "address": _address,
    "place": _words,
    "phone": _digits,
    "email": cl.EmailComparison,
    "national-id": _digits,
    "code": _whole,
    INITIAL_KIND: _whole,
}
"""By kind."""
