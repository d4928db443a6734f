"""Forecasts: what they grow with, and what the probe and the peak are."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from linkage.agreement.model import Accept, Candidates, MatchPolicy
from linkage.agreement.schema import EncodingSchema
from linkage.matcher.execute.local import LocalExecutor
from linkage.matcher.forecast import Forecast, forecast, peak_mebibytes, probe
from tests.support.encodings import dice_policy, plain_schema

ONE_FILTER = plain_schema(1, 1024)
SIX_FILTERS = plain_schema(6, 512)
DICE = dice_policy("0.8")
BALANCE = MatchPolicy(Accept.BALANCE, None, Candidates.ALL_PAIRS)
HAMMING = replace(DICE, candidates=Candidates.HAMMING, candidate_recall=Decimal("0.99"))
BLOCKING = replace(HAMMING, candidates=Candidates.BLOCKING)
MILLION = 1_000_000


def _told(
    counts: list[int], policy: MatchPolicy, workers: int = 2, schema: EncodingSchema = ONE_FILTER
) -> Forecast:
    return forecast(counts, schema, policy, workers, pair_ns=0.5)


def test_all_pairs_at_half_a_nanosecond_take_what_they_come_to() -> None:
    told = _told([MILLION, MILLION], DICE, workers=1)
    assert told.pair_count == 10**12
    assert told.milliseconds == 500_000
    assert _told([MILLION, MILLION], DICE, workers=4).milliseconds == 125_000
    assert _told([MILLION] * 3, DICE, workers=1).milliseconds == 1_500_000


def test_tables_take_less_time_than_all_pairs_of_large_datasets_and_never_more() -> None:
    hashed, whole = (_told([MILLION, MILLION], policy) for policy in (HAMMING, DICE))
    assert hashed.milliseconds < whole.milliseconds / 20
    assert hashed.pair_count == whole.pair_count
    small = [_told([1_000, 2_000], policy).milliseconds for policy in (HAMMING, DICE)]
    assert small[0] == small[1]


def test_where_it_is_known_what_is_compared_the_forecast_is_of_that() -> None:
    counts = [MILLION] * 3
    told = forecast(counts, ONE_FILTER, BLOCKING, 1, 0.5, [10**10, 10**12, 10**11])
    assert told.pair_count == 3 * 10**12
    assert told.milliseconds == 555_000
    assert forecast(counts, ONE_FILTER, BLOCKING, 1, 0.5, None).milliseconds == 1_500_000


@pytest.mark.parametrize("policy", [DICE, HAMMING, BALANCE])
def test_more_records_take_longer_and_more_memory(policy: MatchPolicy) -> None:
    told = [_told([count, count], policy, schema=SIX_FILTERS) for count in (10**4, 10**5, 10**6)]
    for fewer, more in pairwise(told):
        assert fewer.milliseconds < more.milliseconds
        assert fewer.mebibytes < more.mebibytes


def test_judging_takes_longer_than_comparing_and_grows_with_the_filters() -> None:
    counts = [20_000, 20_000]
    one, six = (_told(counts, BALANCE, schema=each) for each in (ONE_FILTER, SIX_FILTERS))
    assert _told(counts, DICE).milliseconds < one.milliseconds < six.milliseconds


def test_memory_holds_the_encodings_and_every_worker() -> None:
    encodings_mib = 2 * MILLION * 128 >> 20
    one, four = (_told([MILLION, MILLION], DICE, workers).mebibytes for workers in (1, 4))
    assert one > 3 * encodings_mib
    assert four - one == 3 * 400


def test_many_agencies_keep_no_more_at_a_time_than_few() -> None:
    two, six = (_told([MILLION] * count, BALANCE, schema=SIX_FILTERS) for count in (2, 6))
    encodings_mib = 4 * MILLION * SIX_FILTERS.encoding_bytes >> 20
    assert six.mebibytes - two.mebibytes < 3.1 * encodings_mib + 2_500


def test_the_probe_is_timed_in_a_worker() -> None:
    with LocalExecutor(1) as executor:
        nanoseconds = probe(executor, 1024)
        assert 0.001 < nanoseconds < 10_000
        alone = peak_mebibytes()
    assert peak_mebibytes() < alone, "the worker counts while it is there"
