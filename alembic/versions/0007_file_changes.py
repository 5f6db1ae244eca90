"""The journal of changes of files, and the trash."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("beat", sa.Integer(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_file_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_file_changes_owner", "file_changes", ["owner"])
    op.create_table(
        "trash",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=1024), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=True),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("deleted", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trash"),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_trash_image_id_images", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_trash_user_id_users", ondelete="SET NULL"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_trash_image_id", "trash", ["image_id"])
    op.create_index("ix_trash_user_id", "trash", ["user_id"])
    op.create_index("ix_trash_deleted", "trash", ["deleted"])


def downgrade() -> None:
    op.drop_table("trash")
    op.drop_table("file_changes")
