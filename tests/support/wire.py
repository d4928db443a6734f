"""A wire that can be watched and blocked: a relay between an agent and the matcher.

TLS goes through it unseen. It counts what the agent sends; from a number of bytes on it passes
nothing more, so that a test can kill an agent in the middle of an upload, and not about then.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from benchmarks.demo.world import World

_BLOCK: Final = 1 << 16


@dataclass(slots=True)
class Wire:
    """A relay that runs.

    Attributes:
        address: where an agent can reach the matcher through it.
        limit_bytes: of what agents send, no more than this is passed on.
        sent_bytes: of it, what was passed on.
        is_blocked: set when the limit is reached.
    """

    address: str
    limit_bytes: float
    sent_bytes: int = 0
    is_blocked: threading.Event = field(default_factory=threading.Event)

    def relay_sent(self, source: socket.socket, sink: socket.socket) -> None:
        """From agent to matcher, as far as the limit allows."""
        with suppress(OSError):
            while self.sent_bytes < self.limit_bytes and (block := source.recv(_BLOCK)):
                sink.sendall(block)
                self.sent_bytes += len(block)
            if self.sent_bytes >= self.limit_bytes:
                self.is_blocked.set()
            else:
                sink.shutdown(socket.SHUT_WR)


@contextmanager
def wire_to(world: World, limit_bytes: float = float("inf")) -> Iterator[Wire]:
    """A relay to a world's matcher, gone at the end of the block with all its connections."""
    host, _, port = world.address.rpartition(":")
    sockets: list[socket.socket] = []
    with socket.create_server(("localhost", 0)) as server:
        wire = Wire(f"localhost:{server.getsockname()[1]}", limit_bytes)

        def accept() -> None:
            with suppress(OSError):  # the server is closed at the end
                while True:
                    agent, _ = server.accept()
                    matcher = socket.create_connection((host, int(port)))
                    sockets.extend((agent, matcher))
                    for relay, ends in (
                        (wire.relay_sent, (agent, matcher)),
                        (_relay_received, (matcher, agent)),
                    ):
                        threading.Thread(target=relay, args=ends, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield wire
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for end in sockets:
                end.close()


def _relay_received(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(_BLOCK):
            sink.sendall(block)
        sink.shutdown(socket.SHUT_WR)
