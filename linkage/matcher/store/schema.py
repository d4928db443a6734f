"""The matcher's tables. What is changed here needs a step in migrations/.

Digests are 64 hexadecimal characters. Times are seconds since 1970 in UTC. A deleted row takes the
rows that hang on it along; with it goes the only copy of the key of its sealed files.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

METADATA: Final = MetaData()


def seconds(at: datetime) -> int:
    """A time as the tables hold it."""
    return int(at.timestamp())


def _part_of(column: str) -> ForeignKey:
    return ForeignKey(column, ondelete="CASCADE")


AGREEMENTS: Final = Table(
    "agreements",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("project", String, nullable=False, unique=True),
    Column("epoch", Integer, nullable=False),
    Column("canonical", LargeBinary, nullable=False),
    Column("opened_at", Integer, nullable=False),
)
"""The agreement under which each project's data are kept."""

AMENDMENTS: Final = Table(
    "amendments",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("project", String, nullable=False, unique=True),
    Column("epoch", Integer, nullable=False),
    Column("canonical", LargeBinary, nullable=False),
    Column("opened_at", Integer, nullable=False),
)
"""What is to take that agreement's place, until all of its own parties have signed."""

SIGNATURES: Final = Table(
    "signatures",
    METADATA,
    Column("agreement", String, _part_of("agreements.digest"), primary_key=True),
    Column("agency", String, primary_key=True),
    Column("signature", LargeBinary, nullable=False),
    Column("signed_at", Integer, nullable=False),
)
"""Acceptance statements."""

AMENDMENT_SIGNATURES: Final = Table(
    "amendment_signatures",
    METADATA,
    Column("amendment", String, _part_of("amendments.digest"), primary_key=True),
    Column("agency", String, primary_key=True),
    Column("signature", LargeBinary, nullable=False),
    Column("signed_at", Integer, nullable=False),
)
"""The same for amendments."""

CEREMONY_MESSAGES: Final = Table(
    "ceremony_messages",
    METADATA,
    Column("agreement", String, _part_of("agreements.digest"), primary_key=True),
    Column("step", String, primary_key=True),
    Column("sender", String, primary_key=True),
    Column("recipient", String, primary_key=True),  # empty: all may read it
    Column("body", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("kept_at", Integer, nullable=False),
)

DATASETS: Final = Table(
    "datasets",
    METADATA,
    Column("id", String, primary_key=True),
    Column("agreement", String, _part_of("agreements.digest"), nullable=False),
    Column("agency", String, nullable=False),
    Column("record_count", Integer, nullable=False),
    Column("encoding_bytes", Integer, nullable=False),
    Column("records_per_chunk", Integer, nullable=False),
    Column("key", LargeBinary, nullable=False),  # of its sealed chunks
    Column("opened_at", Integer, nullable=False),
    Column("signature", LargeBinary),  # of the commitment statement
    Column("committed_at", Integer),
    Column("software", String, nullable=False, server_default=""),
    UniqueConstraint("agreement", "agency"),
)

CHUNKS: Final = Table(
    "chunks",
    METADATA,
    Column("dataset", String, _part_of("datasets.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("digest", String, nullable=False),
    Column("stored_at", Integer),  # null: has not arrived
)

RUNS: Final = Table(
    "runs",
    METADATA,
    Column("id", String, primary_key=True),
    Column("agreement", String, _part_of("agreements.digest"), nullable=False),
    Column("state", String, nullable=False),
    Column("failure_count", Integer, nullable=False),
    Column("cut_off_count", Integer, nullable=False, server_default="0"),  # by ends of the process
    Column("key", LargeBinary),  # of its sealed tables, while there are any
    Column("requested_at", Integer, nullable=False),
    Column("held_at", Integer),
    Column("refused_by", String),
    CheckConstraint(
        "state IN ('queued', 'running', 'held', 'released', 'refused', 'failed')", name="state"
    ),
)

RESULT_TABLES: Final = Table(
    "result_tables",
    METADATA,
    Column("run", String, _part_of("runs.id"), primary_key=True),
    Column("agency", String, primary_key=True),
    Column("group", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("page_count", Integer, nullable=False),
)

REPORTS: Final = Table(
    "reports",
    METADATA,
    Column("run", String, _part_of("runs.id"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""Each run's account of itself, while its result is kept."""

EXPLANATION_TABLES: Final = Table(
    "explanation_tables",
    METADATA,
    Column("run", String, _part_of("runs.id"), primary_key=True),
    Column("agency", String, primary_key=True),
    Column("page_count", Integer, nullable=False),
)

APPROVALS: Final = Table(
    "approvals",
    METADATA,
    Column("run", String, _part_of("runs.id"), primary_key=True),
    Column("agency", String, primary_key=True),
    Column("signature", LargeBinary, nullable=False),
    Column("approved_at", Integer, nullable=False),
)
"""Release approval statements."""

PROBES: Final = Table(
    "probes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("writes", Integer, nullable=False),
)
"""One row, written to find out whether anything can be written."""
