"""Runs keep their report, and what spoke for each accepted pair."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes two tables; what is stored stays as it is."""
    op.create_table(
        "reports",
        sa.Column("run", sa.String, _part_of_run(), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "explanation_tables",
        sa.Column("run", sa.String, _part_of_run(), primary_key=True),
        sa.Column("agency", sa.String, primary_key=True),
        sa.Column("page_count", sa.Integer, nullable=False),
    )


def _part_of_run() -> sa.ForeignKey:
    return sa.ForeignKey("runs.id", ondelete="CASCADE")
