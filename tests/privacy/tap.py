"""A tap on the wire: a forwarding proxy on this machine that keeps what passes through it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_BUFFER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Stream:
    """What was sent over one connection."""

    to_matcher: bytearray = field(default_factory=bytearray)
    to_agency: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class Tap:
    """Agents connect to `port`; each of their connections is one of the streams."""

    port: int
    streams: list[Stream]


@contextmanager
def tapped(address: tuple[str, int]) -> Iterator[Tap]:
    """A tap before the address."""
    with socket.create_server(("localhost", 0)) as listener:
        tap = Tap(listener.getsockname()[1], [])
        accepting = threading.Thread(target=_accept, args=(listener, address, tap.streams))
        accepting.start()
        try:
            yield tap
        finally:
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits on it
            accepting.join()


def _accept(listener: socket.socket, address: tuple[str, int], streams: list[Stream]) -> None:
    with suppress(OSError):  # the listener was shut down
        while True:
            agency, _ = listener.accept()
            try:
                matcher = socket.create_connection(address)
            except OSError:
                agency.close()
                continue
            stream = Stream()
            streams.append(stream)
            ways = ((agency, matcher, stream.to_matcher), (matcher, agency, stream.to_agency))
            for way in ways:
                threading.Thread(target=_pass_on, args=way, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, kept: bytearray) -> None:
    with suppress(OSError):  # one end is gone
        while piece := source.recv(_BUFFER_BYTES):
            kept += piece
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
