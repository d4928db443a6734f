"""Network: a small perceptron that learns which of many things hold, from bits.

One hidden layer, rectified; a logistic output for each thing; cross-entropy, minimised by Adam with
decoupled weight decay. Some examples are not learned from: training ends when they are told no
better, and gives the weights that told them best.

Source: Kingma, Ba (2015), "Adam: a method for stochastic optimization"; Loshchilov, Hutter (2019),
"Decoupled weight decay regularization".
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from benchmarks.attacks.bits import MatrixArray

HIDDEN: Final = 512
BATCH: Final = 64
EPOCHS: Final = 40
PATIENCE: Final = 3
"""Epochs without gain after which training ends."""
RATE: Final = 1e-3
DECAY: Final = 1e-4
_DRIFTS: Final = (0.9, 0.999)
"""How much of the mean gradient, and of the mean squared one, stays at each step."""


class Examples(NamedTuple):
    """Rows and what holds of them.

    Attributes:
        inputs: (n_rows, n_inputs) float32, of about unit variance.
        wanted: (n_rows, n_outputs) float32: 0 or 1.
    """

    inputs: MatrixArray
    wanted: MatrixArray


@dataclass(frozen=True, slots=True, repr=False)
class Network:
    """What was learned.

    Attributes:
        weights: (n_inputs, `HIDDEN`), (`HIDDEN`,), (`HIDDEN`, n_outputs), (n_outputs,) float32.
    """

    weights: tuple[MatrixArray, ...]

    def __repr__(self) -> str:
        return f"Network({' x '.join(str(len(each)) for each in self.weights[::2])})"

    def logits(self, inputs: MatrixArray) -> MatrixArray:
        """(n_rows, n_outputs) float32: log odds of each thing."""
        into, offset, out, base = self.weights
        logits: MatrixArray = np.maximum(inputs @ into + offset, 0) @ out + base
        return logits


def train(learned: Examples, asked: Examples, rng: np.random.Generator) -> Network:
    """A network that tells what holds of whom.

    Args:
        learned: What it learns from.
        asked: Others, which say when it has learned enough.
        rng: Source of chance: the first weights and the order of examples.
    """
    weights = _first_weights(learned, rng)
    adam = _Adam(weights)
    best, best_loss, waited = Network(()), np.inf, 0
    for _ in range(EPOCHS):
        order = rng.permutation(len(learned.inputs))
        for rows in np.array_split(order, -(-len(order) // BATCH)):
            adam.step(_gradients(weights, learned.inputs[rows], learned.wanted[rows]))
        now = Network(tuple(each.copy() for each in weights))
        loss = _loss(now.logits(asked.inputs), asked.wanted)
        if loss < best_loss:
            best, best_loss, waited = now, loss, 0
        elif (waited := waited + 1) == PATIENCE:
            break
    return best


def _first_weights(learned: Examples, rng: np.random.Generator) -> list[MatrixArray]:
    """Random ones, He et al. (2015); every output starts at the share of rows that have it."""
    shares = np.clip(learned.wanted.mean(axis=0), 1e-4, 1 - 1e-4)
    n_inputs = learned.inputs.shape[1]
    into = rng.standard_normal((n_inputs, HIDDEN), np.float32) * np.float32(np.sqrt(2 / n_inputs))
    out = rng.standard_normal((HIDDEN, len(shares)), np.float32) * np.float32(np.sqrt(1 / HIDDEN))
    return [into, np.zeros(HIDDEN, np.float32), out, np.log(shares / (1 - shares))]


def _gradients(
    weights: list[MatrixArray], inputs: MatrixArray, wanted: MatrixArray
) -> list[MatrixArray]:
    """Of the mean cross-entropy of a row, by each of the weights."""
    into, offset, out, base = weights
    hidden = np.maximum(inputs @ into + offset, 0)
    error = _share(hidden @ out + base) - wanted
    error /= len(inputs)
    behind = (error @ out.T) * (hidden > 0)
    return [inputs.T @ behind, behind.sum(axis=0), hidden.T @ error, error.sum(axis=0)]


class _Adam:
    """Adam over some arrays, which it changes in place."""

    def __init__(self, weights: list[MatrixArray]) -> None:
        self._weights = weights
        self._means = [np.zeros_like(each) for each in weights]
        self._squares = [np.zeros_like(each) for each in weights]
        self._steps = 0

    def step(self, gradients: list[MatrixArray]) -> None:
        """One step down the gradients."""
        self._steps += 1
        keep, keep_square = map(np.float32, _DRIFTS)
        unbiased = np.float32(np.sqrt(1 - keep_square**self._steps) / (1 - keep**self._steps))
        rate = np.float32(RATE) * unbiased
        for place, gradient in enumerate(gradients):
            mean, square = self._means[place], self._squares[place]
            np.add(mean, (1 - keep) * (gradient - mean), out=mean)
            np.add(square, (1 - keep_square) * (gradient * gradient - square), out=square)
            self._weights[place] *= np.float32(1 - RATE * DECAY)
            self._weights[place] -= rate * mean / (np.sqrt(square) + np.float32(1e-8))


def _share(logits: MatrixArray) -> MatrixArray:
    """The probability that log odds are of."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float32)


def _loss(logits: MatrixArray, wanted: MatrixArray) -> float:
    """Mean cross-entropy of a row."""
    return float((np.logaddexp(0, logits) - wanted * logits).sum(axis=1).mean())
