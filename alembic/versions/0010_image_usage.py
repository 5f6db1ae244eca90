"""How often pictures were asked for, by day."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "image_usage",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("renderings", sa.BigInteger(), nullable=False),
        sa.Column("originals", sa.BigInteger(), nullable=False),
        sa.Column("bytes_sent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "day", name="pk_image_usage"),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_image_usage_image_id_images", ondelete="CASCADE"),
    )
    op.create_index("ix_image_usage_day", "image_usage", ["day"])


def downgrade() -> None:
    op.drop_table("image_usage")
