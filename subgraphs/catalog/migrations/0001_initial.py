"""Products, variants, prices, categories, the search documents, and the event tables."""

from alembic import op

from kernel.database.security import create_event_tables, fence_by_tenant

revision = "catalog_0001"
down_revision = None

_TABLES = """
    CREATE TABLE catalog.tenant_currency (
        tenant_id uuid PRIMARY KEY,
        currency char(3) NOT NULL
    );
    CREATE TABLE catalog.category (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        slug text NOT NULL,
        name text NOT NULL,
        parent_id uuid,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, slug),
        FOREIGN KEY (tenant_id, parent_id) REFERENCES catalog.category (tenant_id, id)
    );
    CREATE TABLE catalog.product (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        slug text NOT NULL,
        name text NOT NULL,
        description text NOT NULL,
        status text NOT NULL CHECK (status IN ('ACTIVE', 'ARCHIVED')),
        category_id uuid,
        external_reference text,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        version integer NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, slug),
        FOREIGN KEY (tenant_id, category_id) REFERENCES catalog.category (tenant_id, id)
    );
    CREATE TABLE catalog.variant (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        product_id uuid NOT NULL,
        position integer NOT NULL,
        sku text NOT NULL,
        name text NOT NULL,
        options jsonb NOT NULL,
        price_minor bigint NOT NULL CHECK (price_minor >= 0),
        currency char(3) NOT NULL,
        barcode text,
        external_reference text,
        version integer NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, sku),
        FOREIGN KEY (tenant_id, product_id) REFERENCES catalog.product (tenant_id, id)
    );
    CREATE TABLE catalog.price_history (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        variant_id uuid NOT NULL,
        price_minor bigint NOT NULL,
        currency char(3) NOT NULL,
        changed_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, variant_id) REFERENCES catalog.variant (tenant_id, id)
    );
    CREATE TABLE catalog.search_document (
        tenant_id uuid NOT NULL,
        product_id uuid NOT NULL,
        version integer NOT NULL,
        is_searchable boolean NOT NULL,
        words tsvector NOT NULL,
        PRIMARY KEY (tenant_id, product_id)
    );
    CREATE INDEX category_by_age ON catalog.category (tenant_id, created_at, id);
    CREATE INDEX product_by_age ON catalog.product (tenant_id, created_at, id);
    CREATE INDEX product_by_name ON catalog.product (tenant_id, name, id);
    CREATE INDEX product_by_update ON catalog.product (tenant_id, updated_at, id);
    CREATE INDEX product_by_category ON catalog.product (tenant_id, category_id, created_at, id);
    CREATE INDEX variant_by_product ON catalog.variant (tenant_id, product_id, position);
    CREATE INDEX price_by_variant ON catalog.price_history (tenant_id, variant_id, changed_at);
    CREATE INDEX search_document_words ON catalog.search_document USING gin (words) WHERE is_searchable
"""

# each word may be the beginning of a word as written, or share a stem with an English one; a word without an
# English stem ("the") must not narrow the search
_SEARCH_QUERY = """
    CREATE FUNCTION catalog.search_query(words text[]) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog AS $$
    DECLARE
        word text;
        stem tsquery;
        beginning tsquery;
        required tsquery;
        fallback tsquery;
    BEGIN
        FOREACH word IN ARRAY words LOOP
            beginning := to_tsquery('simple', quote_literal(word) || ':*');
            stem := plainto_tsquery('english', word);
            fallback := coalesce(fallback && beginning, beginning);
            IF numnode(stem) > 0 THEN
                required := coalesce(required && (beginning || stem), beginning || stem);
            END IF;
        END LOOP;
        RETURN coalesce(required, fallback, ''::tsquery);
    END $$
"""


def upgrade() -> None:
    """Create the first tables."""
    for statement in _TABLES.split(";"):
        op.execute(statement)
    op.execute(_SEARCH_QUERY)
    fence_by_tenant("catalog", ["tenant_currency", "category", "product", "variant", "search_document"])
    fence_by_tenant("catalog", ["price_history"], append_only=True)
    create_event_tables("catalog")
