"""What a message and a connection may cost; both ends keep the same numbers.

Figures and the faults behind them are in docs/decisions/0002-limits.md.
"""

from typing import Final

MAX_MESSAGE_BYTES: Final = 2 << 20
"""A chunk of 1 MiB with what is around it."""
MAX_METADATA_BYTES: Final = 8 << 10
MAX_CONCURRENT_STREAMS: Final = 64
MAX_CONCURRENT_CALLS: Final = 320
"""64 parties that each send 4 chunks and ask something else: 640 MiB of messages at the most. An
agent that is refused comes again a little later."""
DEADLINE_SECONDS: Final = 30.0
"""Of every call: none waits for a person or for a match run."""

ChannelOptions = tuple[tuple[str, int | str], ...]

_BOTH_ENDS: Final[ChannelOptions] = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_metadata_size", MAX_METADATA_BYTES),
)

SERVER_OPTIONS: Final[ChannelOptions] = (
    *_BOTH_ENDS,
    ("grpc.max_concurrent_streams", MAX_CONCURRENT_STREAMS),
    ("grpc.compression_enabled_algorithms_bitset", 1),  # none: no small message becomes large
    ("grpc.server_handshake_timeout_ms", 10_000),
    ("grpc.max_connection_idle_ms", 300_000),
    ("grpc.max_connection_age_ms", 3_600_000),
    ("grpc.max_connection_age_grace_ms", 60_000),
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 15_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 30_000),
)

CHANNEL_OPTIONS: Final[ChannelOptions] = (
    *_BOTH_ENDS,
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 15_000),
    ("grpc.enable_retries", 0),
    ("grpc.enable_http_proxy", 0),
    ("grpc.use_local_subchannel_pool", 1),
)
"""The agent retries by itself, and a proxy named in the environment breaks loopback."""
