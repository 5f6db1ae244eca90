"""Tags, and the index that search looks into: kept up by the database itself, whoever writes a record."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQLITE = (
    """
    CREATE VIRTUAL TABLE image_search USING fts5(
        name, title, description, tags, metadata, tokenize = 'unicode61 remove_diacritics 2'
    )
    """,
    """
    CREATE VIEW image_texts AS SELECT
        id, src AS name, title, description,
        (SELECT group_concat(tags.name, ' ') FROM tags JOIN image_tags ON tags.id = image_tags.tag_id
            WHERE image_tags.image_id = images.id) AS tags,
        (SELECT group_concat(atom, ' ') FROM json_tree(images.metadata) WHERE atom IS NOT NULL) AS metadata
        FROM images WHERE status = 1
    """,
    """
    CREATE TRIGGER image_search_added AFTER INSERT ON images BEGIN
        INSERT INTO image_search(rowid, name, title, description, tags, metadata)
            SELECT * FROM image_texts WHERE id = new.id;
    END
    """,
    """
    CREATE TRIGGER image_search_changed AFTER UPDATE OF src, title, description, metadata, status ON images BEGIN
        DELETE FROM image_search WHERE rowid = new.id;
        INSERT INTO image_search(rowid, name, title, description, tags, metadata)
            SELECT * FROM image_texts WHERE id = new.id;
    END
    """,
    """
    CREATE TRIGGER image_search_removed AFTER DELETE ON images BEGIN
        DELETE FROM image_search WHERE rowid = old.id;
    END
    """,
    """
    CREATE TRIGGER image_search_tagged AFTER INSERT ON image_tags BEGIN
        DELETE FROM image_search WHERE rowid = new.image_id;
        INSERT INTO image_search(rowid, name, title, description, tags, metadata)
            SELECT * FROM image_texts WHERE id = new.image_id;
    END
    """,
    """
    CREATE TRIGGER image_search_untagged AFTER DELETE ON image_tags BEGIN
        DELETE FROM image_search WHERE rowid = old.image_id;
        INSERT INTO image_search(rowid, name, title, description, tags, metadata)
            SELECT * FROM image_texts WHERE id = old.image_id;
    END
    """,
    "INSERT INTO image_search(rowid, name, title, description, tags, metadata) SELECT * FROM image_texts",
)

POSTGRESQL = (
    """
    CREATE TABLE image_search (
        image_id INTEGER NOT NULL CONSTRAINT pk_image_search PRIMARY KEY
            CONSTRAINT fk_image_search_image_id_images REFERENCES images (id) ON DELETE CASCADE,
        document TSVECTOR NOT NULL
    )
    """,
    "CREATE INDEX ix_image_search_document ON image_search USING gin (document)",
    # Words are split at everything that is no letter or digit, as SQLite splits them: file names are full of - and _.
    r"""
    CREATE FUNCTION qis_words(told TEXT) RETURNS TSVECTOR LANGUAGE sql IMMUTABLE AS $$
        SELECT to_tsvector('simple', regexp_replace(left(coalesce(told, ''), 200000), '[^[:alnum:]]+', ' ', 'g'))
    $$
    """,
    """
    CREATE FUNCTION qis_index_image(wanted INTEGER) RETURNS VOID LANGUAGE sql AS $$
        DELETE FROM image_search WHERE image_id = wanted;
        INSERT INTO image_search (image_id, document)
            SELECT id,
                setweight(qis_words(src), 'A') || setweight(qis_words(title), 'A')
                || setweight(qis_words((SELECT string_agg(tags.name, ' ') FROM tags
                    JOIN image_tags ON tags.id = image_tags.tag_id WHERE image_tags.image_id = images.id)), 'A')
                || setweight(qis_words(description), 'B')
                || setweight(qis_words((SELECT string_agg(value #>> '{}', ' ')
                    FROM jsonb_path_query(metadata::jsonb, '$.** ? (@.type() == "string" || @.type() == "number")')
                    AS value)), 'C')
            FROM images WHERE id = wanted AND status = 1
    $$
    """,
    """
    CREATE FUNCTION qis_image_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
        BEGIN PERFORM qis_index_image(new.id); RETURN NULL; END
    $$
    """,
    """
    CREATE FUNCTION qis_tags_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
        BEGIN PERFORM qis_index_image(coalesce(new.image_id, old.image_id)); RETURN NULL; END
    $$
    """,
    """
    CREATE TRIGGER image_search_changed AFTER INSERT OR UPDATE OF src, title, description, metadata, status ON images
        FOR EACH ROW EXECUTE FUNCTION qis_image_changed()
    """,
    """
    CREATE TRIGGER image_search_tagged AFTER INSERT OR DELETE ON image_tags
        FOR EACH ROW EXECUTE FUNCTION qis_tags_changed()
    """,
    "SELECT qis_index_image(id) FROM images",
)

POSTGRESQL_GONE = (
    "DROP TRIGGER image_search_changed ON images",
    "DROP FUNCTION qis_image_changed",
    "DROP FUNCTION qis_tags_changed CASCADE",
    "DROP FUNCTION qis_index_image",
    "DROP FUNCTION qis_words",
    "DROP TABLE image_search",
)


def upgrade() -> None:
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("key", name="uq_tags_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "image_tags",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "tag_id", name="pk_image_tags"),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_image_tags_image_id_images", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name="fk_image_tags_tag_id_tags", ondelete="CASCADE"),
    )
    op.create_index("ix_image_tags_tag_id", "image_tags", ["tag_id"])
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in POSTGRESQL_GONE:
            op.execute(sa.text(statement))
    else:
        for name in ("added", "changed", "removed", "tagged", "untagged"):
            op.execute(sa.text(f"DROP TRIGGER IF EXISTS image_search_{name}"))
        op.execute(sa.text("DROP VIEW image_texts"))
        op.execute(sa.text("DROP TABLE image_search"))
    op.drop_table("image_tags")
    op.drop_table("tags")
