"""Upload: the spooled dataset to the matcher, what is missing there; then the signed commit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from linkage.agreement.statements import commitment
from linkage.crypto.signatures import SigningKey
from linkage.errors import ExitCode, LinkageError, Reason, RequestError
from linkage.ids import DatasetId
from linkage.reasons import CHUNK_CORRUPT
from linkage_agent.spool import Spool, SpooledDataset
from linkage_agent.transport.interface import Transport

CHUNKS_IN_FLIGHT: Final = 4
"""One waits for the matcher's disk while others travel; more gain nothing on a LAN."""
ATTEMPTS_IF_CORRUPT: Final = 3

DATASET_MISNAMED: Final = Reason(
    "DATASET_MISNAMED",
    "The matcher names the dataset otherwise than its content does.",
    "Nothing was sent. Use releases of agent and matcher that work together; if they are, tell the "
    "matcher's operator and the other agencies.",
    ExitCode.PROTOCOL,
)


def send_chunks(
    transport: Transport,
    spool: Spool,
    dataset: SpooledDataset,
    progress: Callable[[int, int], None],
) -> None:
    """Sends what is missing of the dataset; no harm if all is there.

    Args:
        transport: To the matcher.
        spool: Holds the payloads.
        dataset: What a person approved.
        progress: Told the chunks that have arrived, and how many there are.

    Raises:
        LinkageError: The matcher refused, or could not be reached; what arrived stays there.
    """
    if transport.open_dataset(dataset.manifest) != dataset.id:
        raise RequestError(DATASET_MISNAMED)
    total = len(dataset.manifest.chunk_digests)
    missing = transport.dataset_status(dataset.id).missing_chunks
    with ThreadPoolExecutor(CHUNKS_IN_FLIGHT) as sender:
        sending = [
            sender.submit(_send_chunk, transport, spool, dataset, index) for index in missing
        ]
        try:
            for arrived, sent in enumerate(sending, start=total - len(missing) + 1):
                sent.result()
                progress(arrived, total)
        finally:
            for unsent in sending:
                unsent.cancel()


def commit(transport: Transport, dataset: SpooledDataset, signing: SigningKey) -> None:
    """Closes the dataset with the agency's signature over its name; no harm if it is closed.

    Raises:
        LinkageError: The matcher refused, or could not be reached.
    """
    manifest = dataset.manifest
    statement = commitment(manifest.agreement, manifest.agency, dataset.id)
    transport.commit_dataset(dataset.id, signing.sign(statement))


def _send_chunk(transport: Transport, spool: Spool, dataset: SpooledDataset, index: int) -> None:
    name: DatasetId = dataset.id
    for attempt in range(1, ATTEMPTS_IF_CORRUPT + 1):
        try:
            return transport.put_chunk(name, index, spool.payload(dataset, index))
        except LinkageError as error:
            if error.reason is not CHUNK_CORRUPT or attempt == ATTEMPTS_IF_CORRUPT:
                raise
    return None
