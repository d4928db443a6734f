"""Upload: the spooled dataset to the matcher, what is missing there, then the signed commit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from linkage.agreement.statements import commitment
from linkage.crypto.signatures import SigningKey
from linkage.errors import LinkageError
from linkage.ids import DatasetId
from linkage.reasons import CHUNK_CORRUPT
from linkage_agent.spool import Spool, SpooledDataset
from linkage_agent.transport.interface import Transport

CHUNKS_IN_FLIGHT: Final = 4
"""One waits for the matcher's disk while others travel; more gain nothing on a LAN."""
ATTEMPTS_IF_CORRUPT: Final = 3


def upload(
    transport: Transport,
    spool: Spool,
    dataset: SpooledDataset,
    signing: SigningKey,
    progress: Callable[[int, int], None],
) -> None:
    """Sends the dataset and commits it; after a kill, sends the rest. No harm if all is there.

    Args:
        transport: To the matcher.
        spool: Holds the payloads.
        dataset: What a person approved.
        signing: The agency's key, for the commit.
        progress: Told the chunks that have arrived, and how many there are.

    Raises:
        LinkageError: The matcher refused, or could not be reached; what arrived stays there.
    """
    total = len(dataset.manifest.chunk_digests)
    name = transport.open_dataset(dataset.manifest)
    status = transport.dataset_status(name)
    if status.committed:
        progress(total, total)
        return
    arrived = total - len(status.missing_chunks)
    with ThreadPoolExecutor(CHUNKS_IN_FLIGHT) as sender:
        sending = [
            sender.submit(_send_chunk, transport, spool, dataset, index)
            for index in status.missing_chunks
        ]
        try:
            for sent in sending:
                sent.result()
                arrived += 1
                progress(arrived, total)
        finally:
            for unsent in sending:
                unsent.cancel()
    statement = commitment(dataset.manifest.agreement, dataset.manifest.agency, name)
    transport.commit_dataset(name, signing.sign(statement))


def _send_chunk(transport: Transport, spool: Spool, dataset: SpooledDataset, index: int) -> None:
    name: DatasetId = dataset.id
    for attempt in range(1, ATTEMPTS_IF_CORRUPT + 1):
        try:
            return transport.put_chunk(name, index, spool.payload(dataset, index))
        except LinkageError as error:
            if error.reason is not CHUNK_CORRUPT or attempt == ATTEMPTS_IF_CORRUPT:
                raise
    return None
