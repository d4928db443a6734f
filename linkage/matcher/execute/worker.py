"""A worker process: computes blocks for the executor that started it, until that one is gone.

    python -P -m linkage.matcher.execute.worker DESCRIPTOR

It imports what is in this package, and what the stages that it is handed import: no gRPC, no SQL,
nothing that reaches the network or the store.
"""

import contextlib
import os
import select
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle

from linkage.matcher.execute.messages import Begin, Compute, Computed, Failed, Reply, Request, Stage
from linkage.matcher.execute.sharing import attach


def main() -> None:
    """Serves the connection whose file descriptor is the first argument."""
    connection = Connection(int(sys.argv[1]))
    threading.Thread(target=_leave_with, args=(connection.fileno(),), daemon=True).start()
    with contextlib.suppress(EOFError, ConnectionError):
        _serve(connection)


def _serve(connection: "Connection[Reply, Request]") -> None:
    stage: Stage | None = None
    shared: object = None
    while True:
        match connection.recv():
            case Begin() as begin:
                stage, shared = begin.stage, _receive_shared(connection, begin)
            case Compute(block) if stage is not None:
                connection.send(compute(stage, shared, block))
            case _:
                stage = shared = None


def _receive_shared(connection: "Connection[Reply, Request]", begin: Begin) -> object:
    memory = recv_handle(connection)
    try:
        return attach(begin.outline, memory)
    finally:
        os.close(memory)


def compute(stage: Stage, shared: object, block: object) -> Reply:
    """What the stage gives for a block, or what it raised."""
    try:
        return Computed(stage(shared, block))
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller of map must hear of it
        # A traceback can't be sent. Its places can; they show code, never data.
        for place in traceback.extract_tb(error.__traceback__):
            error.add_note(f"worker: {place.filename}:{place.lineno} in {place.name}")
        return Failed(error)


def _leave_with(descriptor: int) -> None:
    """Ends this process as soon as nobody holds the other end, even in the middle of a block."""
    hung_up = select.poll()
    hung_up.register(descriptor, 0)  # POLLHUP is always reported
    hung_up.poll()
    os._exit(0)


if __name__ == "__main__":
    main()
