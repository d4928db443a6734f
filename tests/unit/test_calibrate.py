from decimal import Decimal

import numpy as np
import pytest

from linkage.matcher.calibrate.threshold import Neighbours, estimate_threshold

RNG_SEED = 20261122


def world(
    count: int, share_matched: float, *, stranger: float = 0.5, partner: float = 0.85
) -> tuple[Neighbours, np.ndarray, np.ndarray]:
    """An agency whose strangers and partners score around two means; and both kinds of score."""
    rng = np.random.default_rng(RNG_SEED)
    strangers = np.clip(rng.normal(stranger, 0.05, count), 0, 1)
    partners = np.clip(rng.normal(partner, 0.05, count), 0, 1)
    matched = np.arange(count) < share_matched * count
    elsewhere = np.where(matched, np.maximum(strangers, partners), strangers)
    at_home = np.clip(rng.normal(stranger, 0.05, count), 0, 1)
    return Neighbours(elsewhere, at_home, count + 1), partners[matched], strangers[~matched]


@pytest.mark.parametrize("share_matched", [0.02, 0.3, 1.0])
def test_threshold_lies_where_few_partners_and_few_strangers_are_wrong(
    share_matched: float,
) -> None:
    neighbours, partners, strangers = world(20_000, share_matched)
    threshold = float(estimate_threshold([neighbours]))
    right, wrong = (partners >= threshold).sum(), (strangers >= threshold).sum()
    reached = 2 * right / (right + wrong + len(partners))
    best = max(
        2 * (partners >= t).sum() / ((partners >= t).sum() + (strangers >= t).sum() + len(partners))
        for t in np.arange(0.5, 1, 0.005)
    )
    assert reached > best - 0.01


def test_rare_matches_get_a_higher_threshold_than_common_ones() -> None:
    rare, common = (world(20_000, share)[0] for share in (0.02, 0.9))
    assert estimate_threshold([rare]) > estimate_threshold([common])


def test_relatives_at_home_raise_the_threshold() -> None:
    neighbours, _, _ = world(10_000, 0.2)
    relatives = neighbours.at_home.copy()
    relatives[:1000] = 0.8
    with_relatives = Neighbours(neighbours.elsewhere, relatives, neighbours.other_count)
    assert estimate_threshold([with_relatives]) > estimate_threshold([neighbours])


def test_without_any_match_only_equal_encodings_are_accepted() -> None:
    rng = np.random.default_rng(RNG_SEED)
    scores = rng.normal(0.5, 0.02, 5000)
    assert estimate_threshold([Neighbours(scores, scores.copy(), 5001)]) == Decimal(1)


@pytest.mark.parametrize("count", [0, 1, 2, 20, 199])
def test_an_agency_too_small_for_a_null_says_nothing(count: int) -> None:
    elsewhere, at_home = np.full(count, 0.9), np.full(count, 0.3)
    assert estimate_threshold([Neighbours(elsewhere, at_home, 1000)]) == Decimal(1)


def test_strangers_alone_never_look_like_matches() -> None:
    rng = np.random.default_rng(RNG_SEED)
    for count in (200, 300, 1000, 5000):
        for _ in range(20):
            scores = [np.clip(rng.normal(0.5, 0.05, count), 0, 1) for _ in range(4)]
            both = [
                Neighbours(scores[0], scores[1], count),
                Neighbours(scores[2], scores[3], count),
            ]
            assert estimate_threshold(both) == Decimal(1)


def test_threshold_is_a_decimal_that_an_agreement_could_state() -> None:
    threshold = estimate_threshold([world(1000, 0.5)[0]])
    assert 0 < threshold <= 1
    assert threshold * 200 == int(threshold * 200)
