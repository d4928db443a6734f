"""Datasets say which software made them; of those from before, it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes a column; what is stored stays as it is."""
    op.add_column("datasets", sa.Column("software", sa.String, nullable=False, server_default=""))
