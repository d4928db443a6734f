"""The first release's tables; schema.py says what they hold."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes them in an empty database."""
    _make_agreements()
    _make_datasets()
    _make_runs()
    op.create_table(
        "probes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("writes", sa.Integer, nullable=False),
    )


def _make_agreements() -> None:
    op.create_table(
        "agreements",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("project", sa.String, nullable=False, unique=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("canonical", sa.LargeBinary, nullable=False),
        sa.Column("opened_at", sa.Integer, nullable=False),
    )
    op.create_table(
        "signatures",
        sa.Column("agreement", sa.String, _part_of("agreements.digest"), primary_key=True),
        sa.Column("agency", sa.String, primary_key=True),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("signed_at", sa.Integer, nullable=False),
    )
    op.create_table(
        "ceremony_messages",
        sa.Column("agreement", sa.String, _part_of("agreements.digest"), primary_key=True),
        sa.Column("step", sa.String, primary_key=True),
        sa.Column("sender", sa.String, primary_key=True),
        sa.Column("recipient", sa.String, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", sa.Integer, nullable=False),
    )


def _make_datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("agreement", sa.String, _part_of("agreements.digest"), nullable=False),
        sa.Column("agency", sa.String, nullable=False),
        sa.Column("record_count", sa.Integer, nullable=False),
        sa.Column("encoding_bytes", sa.Integer, nullable=False),
        sa.Column("records_per_chunk", sa.Integer, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("opened_at", sa.Integer, nullable=False),
        sa.Column("signature", sa.LargeBinary),
        sa.Column("committed_at", sa.Integer),
        sa.UniqueConstraint("agreement", "agency"),
    )
    op.create_table(
        "chunks",
        sa.Column("dataset", sa.String, _part_of("datasets.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("stored_at", sa.Integer),
    )


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("agreement", sa.String, _part_of("agreements.digest"), nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("failure_count", sa.Integer, nullable=False),
        sa.Column("key", sa.LargeBinary),
        sa.Column("requested_at", sa.Integer, nullable=False),
        sa.Column("held_at", sa.Integer),
        sa.Column("refused_by", sa.String),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'held', 'released', 'refused', 'failed')", name="state"
        ),
    )
    op.create_table(
        "result_tables",
        sa.Column("run", sa.String, _part_of("runs.id"), primary_key=True),
        sa.Column("agency", sa.String, primary_key=True),
        sa.Column("group", sa.String, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("page_count", sa.Integer, nullable=False),
    )
    op.create_table(
        "approvals",
        sa.Column("run", sa.String, _part_of("runs.id"), primary_key=True),
        sa.Column("agency", sa.String, primary_key=True),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("approved_at", sa.Integer, nullable=False),
    )


def _part_of(column: str) -> sa.ForeignKey:
    return sa.ForeignKey(column, ondelete="CASCADE")
