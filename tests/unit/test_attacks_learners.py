"""A6: what a network and a kernel learn from known people; random bits teach nothing."""

from functools import partial

import numpy as np

from benchmarks.attacks.kernel import Kernel
from benchmarks.attacks.network import Examples, train
from benchmarks.attacks.rebuilding import Rebuilding, bigram_dice, most_frequent
from benchmarks.attacks.spelling import read_names, spell
from linkage.arrays import ByteArray
from tests.support.attacks import SCHEMA, Planted, named_share, plant, random_bits
from tests.support.columns import make_columns

MISTY = -8.0
"""Log odds of what is hardly possible."""


def _summed(rows: ByteArray, sources: int) -> ByteArray:
    """Every bit the sum of so many of a filter: what diffusion does."""
    bits = np.unpackbits(rows, axis=1)
    rng = np.random.default_rng(1)
    places = [rng.permutation(bits.shape[1]) for _ in range(sources)]
    return np.packbits(np.bitwise_xor.reduce([bits[:, place] for place in places]), axis=1)


def _gain_of(planted: Planted) -> tuple[float, float]:
    """How much better bigrams are told than by the baseline, and how many names are exact."""
    rebuilt = Rebuilding().rebuild(planted.view, np.random.default_rng(1))
    has = rebuilt.spelt.has[planted.truth]
    blind = np.broadcast_to(rebuilt.baseline, has.shape)
    right = [rebuilt.spelt.names[person] for person in planted.truth]
    exact = np.mean([names == true for names, true in zip(rebuilt.names, right, strict=True)])
    gain = bigram_dice(rebuilt.told, has).mean() - bigram_dice(blind, has).mean()
    return float(gain), float(exact)


def test_network_rebuilds_names_from_plain_filters_without_a_list() -> None:
    gain, exact = _gain_of(plant(1_500, known=1_200))
    assert gain > 0.4
    assert exact > 0.05


def test_network_learns_nothing_from_random_bits() -> None:
    gain, exact = _gain_of(plant(800, known=600, harden=random_bits))
    assert abs(gain) < 0.05
    assert exact < 0.02


def test_network_names_from_plain_filters_with_a_list() -> None:
    planted = plant(1_500, known=1_200)
    guesses = Rebuilding().name_targets(planted.view, np.random.default_rng(1))
    assert named_share(planted, guesses.best) > 0.5


def test_network_learns_what_no_linear_map_can() -> None:
    rng = np.random.default_rng(1)
    bits = rng.choice([-1, 1], (3_000, 6)).astype(np.float32)
    wanted = (bits[:, :1] * bits[:, 1:2] > 0).astype(np.float32)
    network = train(
        Examples(bits[:2_000], wanted[:2_000]), Examples(bits[2_000:], wanted[2_000:]), rng
    )
    assert ((network.logits(bits[2_000:]) > 0) == (wanted[2_000:] > 0)).mean() > 0.95


def test_kernel_names_from_plain_filters() -> None:
    planted = plant(700, known=400)
    guesses = Kernel().name_targets(planted.view, np.random.default_rng(1))
    assert named_share(planted, guesses.best) > 0.9


def test_kernel_names_from_sums_of_two_bits_which_are_not_linear() -> None:
    planted = plant(1_000, known=600, harden=partial(_summed, sources=2))
    guesses = Kernel().name_targets(planted.view, np.random.default_rng(1))
    assert named_share(planted, guesses.best) > 0.5


def test_kernel_names_nobody_from_random_bits() -> None:
    planted = plant(700, known=400, harden=random_bits)
    guesses = Kernel().name_targets(planted.view, np.random.default_rng(1))
    assert named_share(planted, guesses.best) < 0.02


def test_names_are_read_from_their_bigrams() -> None:
    people = make_columns(
        {
            "given_name": ["Anna Maria", "Otto", None],
            "family_name": ["Miller", "O'Neil", "Ito"],
            "birth_date": [None, None, None],
            "sex": [None, None, None],
            "address": [None, None, None],
            "postcode": [None, None, None],
        }
    )
    spelt = spell(people, SCHEMA)
    logits = np.where(spelt.has, 3.0, MISTY).astype(np.float32)
    assert [names[1] for names in read_names(spelt, logits)] == ["miller", "oneil", "ito"]
    assert read_names(spelt, logits)[2][0] == ""
    assert spelt.names[0] == ("anna maria", "miller")


def test_baseline_is_the_constant_set_that_does_best() -> None:
    has = np.array([[1, 1, 0, 0], [1, 1, 0, 1], [1, 0, 1, 0]], np.bool_)
    assert most_frequent(has).tolist() == [True, True, False, False]


def test_dice_of_nothing_told_and_nothing_there_is_one() -> None:
    told = np.array([[0, 0], [1, 0], [1, 1]], np.bool_)
    has = np.array([[0, 0], [0, 1], [1, 0]], np.bool_)
    assert bigram_dice(told, has).tolist() == [1.0, 0.0, 2 / 3]
