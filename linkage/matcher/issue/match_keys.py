"""Match keys: all that leaves the matcher of single records, but for explanations of matches.

A match key is 16 random bytes for each cluster and recipient group. It is never derived from
anything: not from a record, an encoding, a cluster's number or another group's key. So two groups
can't join what they were given, and a key tells nothing about the record that carries it, not even
whether another record has the same.
"""

from collections.abc import Callable, Sequence

import numpy as np

from linkage.arrays import TOKEN_BYTES, MatchKeys, RecordTokens, ShapeError, has_duplicate_rows
from linkage.matcher.model.clusters import Clusters


def issue_match_keys(
    clusters: Clusters,
    tokens: Sequence[RecordTokens],
    members: Sequence[int],
    random_bytes: Callable[[int], bytes],
) -> tuple[MatchKeys, ...]:
    """New match keys for one recipient group; every record of its members gets one.

    Args:
        clusters: Of the whole run.
        tokens: The record tokens of every dataset of the run, by number.
        members: The numbers of the datasets whose agencies are in the group, each once.
        random_bytes: Gives so many bytes from a cryptographic source, such as `os.urandom`.

    Returns:
        For each member, in the order given, the key of each record: equal for records of one
        cluster, in whichever of these datasets, and for no others.

    Raises:
        ShapeError: Tokens and clusters differ in number, or a member is no dataset of the run.
        RuntimeError: The random source gave too little, or the same key twice.
    """
    if [len(rows) for rows in tokens] != [len(labels) for labels in clusters.labels]:
        raise ShapeError("issue_match_keys: tokens and clusters are not of the same records")
    if not all(0 <= member < len(tokens) for member in members):
        raise ShapeError("issue_match_keys: a member is not a dataset of the run")
    present = np.zeros(clusters.count, np.bool_)
    for member in members:
        present[clusters.labels[member]] = True
    # Clusters without a record here get no key: the numbers of those present close ranks.
    key_numbers = np.cumsum(present) - 1
    key_count = int(present.sum())
    drawn = np.frombuffer(random_bytes(key_count * TOKEN_BYTES), np.uint8)
    if len(drawn) != key_count * TOKEN_BYTES:
        raise RuntimeError(f"the random source gave {len(drawn)} bytes for {key_count} keys")
    keys = drawn.reshape(key_count, TOKEN_BYTES)
    if has_duplicate_rows(keys):
        raise RuntimeError("the random source repeats itself")
    return tuple(
        MatchKeys(tokens[member], keys[key_numbers[clusters.labels[member]]]) for member in members
    )
