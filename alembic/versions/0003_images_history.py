"""Images and their history."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    name = sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql")
    op.create_table(
        "images",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("src", sa.String(length=1024), nullable=False),
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("filename", name, nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.Column("described", sa.Boolean(), nullable=False),
        sa.Column("focal_x", sa.Double(), nullable=True),
        sa.Column("focal_y", sa.Double(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_images"),
        sa.UniqueConstraint("key", name="uq_images_key"),
        sa.ForeignKeyConstraint(["folder_id"], ["folders.id"], name="fk_images_folder_id_folders"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_images_folder_id_filename", "images", ["folder_id", "filename"])
    op.create_table(
        "image_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.Integer(), nullable=False),
        sa.Column("action_info", sa.String(length=1024), nullable=False),
        sa.Column("action_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_image_history"),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name="fk_image_history_image_id_images", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_image_history_user_id_users", ondelete="SET NULL"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_image_history_image_id", "image_history", ["image_id"])
    op.create_index("ix_image_history_user_id", "image_history", ["user_id"])


def downgrade() -> None:
    op.drop_table("image_history")
    op.drop_table("images")
