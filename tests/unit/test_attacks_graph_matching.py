"""A5: records are named with nobody known, from who is like whom; random bits say nothing."""

import numpy as np

from benchmarks.attacks.alignment import align
from benchmarks.attacks.coordinates import marks, principal_coordinates
from benchmarks.attacks.coupling import Frame, Points, coupled_moment
from benchmarks.attacks.graph_matching import GraphMatching, nearest_pairs
from tests.support.attacks import named_share, plant, random_bits


def test_plain_filters_of_the_same_people_are_named_with_nobody_known() -> None:
    planted = plant(600)
    guesses = GraphMatching().name_targets(planted.view, np.random.default_rng(1))
    assert named_share(planted, guesses.best) > 0.95


def test_lists_with_most_people_in_common_are_enough() -> None:
    planted = plant(1_000, overlap=0.7)
    guesses = GraphMatching().name_targets(planted.view, np.random.default_rng(1))
    assert named_share(planted, guesses.best) > 0.9


def test_random_bits_name_nobody() -> None:
    planted = plant(500, harden=random_bits)
    guesses = GraphMatching().name_targets(planted.view, np.random.default_rng(1))
    assert named_share(planted, guesses.best) < 0.01


def test_a_turn_is_found_whatever_the_points_are_in() -> None:
    rng = np.random.default_rng(1)
    points = rng.gamma(0.5, size=(400, 12)).astype(np.float32)
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    turn = np.linalg.qr(rng.standard_normal((12, 12)))[0].astype(np.float32)
    turned = points @ turn
    found = align(Points(points, turned[::-1].copy()), rng)
    assert np.abs(found - turn).max() < 0.2


def test_principal_coordinates_are_white_and_the_widest() -> None:
    rng = np.random.default_rng(1)
    bits = rng.random((500, 64)) < 0.5
    bits[:, 1:20] = bits[:, :1]  # the widest direction by far
    points = principal_coordinates(np.packbits(bits, axis=1), 5, rng)
    assert np.allclose(points.T @ points / len(points), np.eye(5), atol=1e-3)
    assert abs(np.corrcoef(points[:, 0], bits[:, 0])[0, 1]) > 0.98


def test_marks_do_not_hang_on_how_points_are_turned() -> None:
    rng = np.random.default_rng(1)
    points = rng.gamma(0.5, size=(300, 6)).astype(np.float32)
    turn = np.linalg.qr(rng.standard_normal((6, 6)))[0].astype(np.float32)
    left, right = marks(points, points @ turn)
    assert np.allclose(left, right, atol=0.05)


def test_a_hard_coupling_finds_who_is_who() -> None:
    rng = np.random.default_rng(1)
    points = rng.standard_normal((200, 8)).astype(np.float32)
    order = rng.permutation(200)
    near = Points(points, points[order])
    numbers = np.arange(200, dtype=np.float32)[:, None]
    moment = coupled_moment(near, Points(np.eye(200, dtype=np.float32)[:, :5], numbers), 0.01)
    expected = np.argsort(order)[:5] / 200
    assert np.allclose(moment[:, 0], expected, atol=1e-3)


def test_frame_puts_the_surest_direction_first() -> None:
    moment = np.diag([0.1, 0.9, 0.5])
    frame = Frame.of(moment)
    assert np.allclose(frame.strength, [0.9, 0.5, 0.1])
    assert np.allclose(np.abs(frame.left[:, 0]), [0, 1, 0])


def test_nearest_pairs_are_mutual() -> None:
    rng = np.random.default_rng(1)
    points = rng.standard_normal((300, 10)).astype(np.float32)
    order = rng.permutation(300)
    left, right = nearest_pairs(Points(points, points[order]))
    assert len(left) == 150
    assert (order[right] == left).all()
