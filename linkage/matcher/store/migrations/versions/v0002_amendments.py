"""Amendments wait beside the agreement in force; runs count how often the process ended in them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes two tables and a column; what is stored stays as it is."""
    op.create_table(
        "amendments",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("project", sa.String, nullable=False, unique=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("canonical", sa.LargeBinary, nullable=False),
        sa.Column("opened_at", sa.Integer, nullable=False),
    )
    op.create_table(
        "amendment_signatures",
        sa.Column(
            "amendment",
            sa.String,
            sa.ForeignKey("amendments.digest", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("agency", sa.String, primary_key=True),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("signed_at", sa.Integer, nullable=False),
    )
    op.add_column(
        "runs", sa.Column("cut_off_count", sa.Integer, nullable=False, server_default="0")
    )
