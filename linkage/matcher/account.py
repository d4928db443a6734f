"""Account: what a run tells of itself, and why each accepted pair was accepted."""

from collections.abc import Sequence
from itertools import combinations
from operator import attrgetter
from typing import Final

from linkage.agreement.schema import Segment
from linkage.exchange.report import PairQuality, Quality, RunReport
from linkage.matcher.compare.distinct import DistinctFilters
from linkage.matcher.evidence.accepted import AcceptedPairs
from linkage.matcher.evidence.bars import evidence_bars
from linkage.matcher.evidence.competition import Sides
from linkage.matcher.evidence.estimate import quality
from linkage.matcher.evidence.judge import JudgedPairs
from linkage.matcher.evidence.levels import levels
from linkage.matcher.evidence.revised import revised
from linkage.matcher.evidence.words import level_weights, segment_weights, verdicts
from linkage.matcher.model.clusters import Clusters
from linkage.matcher.model.datasets import Dataset
from linkage.matcher.model.explained import Explained

LOW_CANDIDATE_RECALL: Final = 0.98
FEW_MATCHES: Final = 20


def account(
    datasets: Sequence[Dataset],
    segments: tuple[Segment, ...],
    judged: Sequence[JudgedPairs],
    clusters: Clusters,
    accepted: Sequence[AcceptedPairs],
    threshold: float,
) -> RunReport:
    """The run's account of itself: estimates, charts, warnings."""
    counts = [len(dataset.encodings) for dataset in datasets]
    of_pairs = []
    for each, together in zip(judged, accepted, strict=True):
        left, right = each.decided.datasets
        sides = Sides(counts[left], counts[right], *each.evidence.repeats)
        of_pairs.append(revised(clusters, each.decided, together, sides, each.candidate_recall))
    taken = [each.probabilities for each in accepted]
    overall = quality(of_pairs, taken)
    strongest = max(judged, key=attrgetter("matches"))
    weights = level_weights(strongest.evidence)
    return RunReport(
        threshold=threshold,
        overall=overall,
        pairs=tuple(
            PairQuality(left.agency, right.agency, quality([of_pair], [standing]))
            for (left, right), of_pair, standing in zip(
                combinations(datasets, 2), of_pairs, taken, strict=True
            )
        ),
        bars=evidence_bars([each.bars for each in judged]),
        weights=segment_weights(weights, segments),
        warnings=tuple(_warnings(overall, len(segments))),
    )


def explain(
    filters: Sequence[DistinctFilters],
    segments: tuple[Segment, ...],
    judged: Sequence[JudgedPairs],
    accepted: Sequence[AcceptedPairs],
) -> tuple[Explained, ...]:
    """What each segment said of each accepted pair, for each two datasets."""
    return tuple(
        Explained(
            own.pairs.left_dataset,
            own.pairs.right_dataset,
            own.pairs.left_rows,
            own.pairs.right_rows,
            verdicts(level_weights(each.evidence), levels(filters, own.pairs, segments)),
        )
        for each, own in zip(judged, accepted, strict=True)
    )


def _warnings(overall: Quality, segment_count: int) -> list[str]:
    found = []
    if overall.matches.value < FEW_MATCHES:
        found.append(
            "Hardly any records seem to belong to the same people: what was found may be chance."
        )
    if overall.candidate_recall < LOW_CANDIDATE_RECALL:
        found.append(
            "Some matches have so little in common that they were not looked at: the recall may "
            "be lower than estimated."
        )
    if segment_count == 1:
        found.append(
            "With one filter a record, matches that look like strangers can't be seen: where the "
            "records are full of slips, the recall is much lower than estimated."
        )
    return found
