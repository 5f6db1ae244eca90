"""Default templates of folders."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "folder_templates",
        sa.Column("folder_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("folder_id", name="pk_folder_templates"),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folders.id"], name="fk_folder_templates_folder_id_folders", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["template_id"], ["templates.id"], name="fk_folder_templates_template_id_templates"),
    )
    op.create_index("ix_folder_templates_template_id", "folder_templates", ["template_id"])


def downgrade() -> None:
    op.drop_table("folder_templates")
