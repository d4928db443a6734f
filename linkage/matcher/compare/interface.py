"""The seam between candidate pairs and decisions."""

from typing import Protocol

from linkage.matcher.model.pairs import CandidatePairs, DecidedPairs


class PairDecider(Protocol):
    """Judges candidate pairs; it knows what the dataset numbers in them stand for.

    A decider is a value: frozen, made once for a run, handed to every worker. What it decides on a
    block depends on the datasets and the block alone.
    """

    def decide(self, candidates: CandidatePairs) -> DecidedPairs:
        """The matches among the candidates, in ascending order of (left row, right row)."""
        ...
