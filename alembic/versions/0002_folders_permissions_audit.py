"""Folders, permissions of groups, and the audit log.

What the root gives to whom depends on the settings; the server fills it in
(`qis_core.services.startup`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RIGHTS = ("folios", "reports", "admin_users", "admin_files", "admin_folios", "admin_permissions", "admin_all")


def upgrade() -> None:
    op.create_table(
        "folders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=1025), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["folders.id"], name="fk_folders_parent_id_folders", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_folders"),
        sa.UniqueConstraint("key", name="uq_folders_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_folders_parent_id", "folders", ["parent_id"])
    op.create_table(
        "folder_permissions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("access", sa.Integer(), nullable=False),
        sa.CheckConstraint("access IN (0, 10, 20, 30, 40, 50, 60, 70)", name=op.f("ck_folder_permissions_access")),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folders.id"], name="fk_folder_permissions_folder_id_folders", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name="fk_folder_permissions_group_id_groups", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_folder_permissions"),
        sa.UniqueConstraint("folder_id", "group_id", name="uq_folder_permissions_folder_id_group_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_folder_permissions_group_id", "folder_permissions", ["group_id"])
    op.create_table(
        "system_permissions",
        sa.Column("group_id", sa.Integer(), nullable=False),
        *(sa.Column(right, sa.Boolean(), nullable=False) for right in RIGHTS),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name="fk_system_permissions_group_id_groups", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", name="pk_system_permissions"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("username", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=1100), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
        sqlite_autoincrement=True,
    )
    for column in ("at", "action", "user_id"):
        op.create_index(f"ix_audit_log_{column}", "audit_log", [column])


def downgrade() -> None:
    for table in ("audit_log", "system_permissions", "folder_permissions", "folders"):
        op.drop_table(table)
