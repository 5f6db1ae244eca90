"""Where the request came from that started a task."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("address", sa.String(length=60), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("tasks", "address")
