"""Search through the index.

Behind Row-Level Security PostgreSQL uses an index only for leakproof operators, and the match of full text is none. So
a function runs as the schema's owner and fences by tenant itself, before anything else.
"""

from alembic import op

revision = "catalog_0002"
down_revision = "catalog_0001"


def upgrade() -> None:
    """Create the function and let its owner see the rows it filters."""
    op.execute("CREATE POLICY open_to_owner ON catalog.search_document FOR SELECT TO catalog_owner USING (true)")
    op.execute("""
        CREATE FUNCTION catalog.search_products(words text[]) RETURNS TABLE (product_id uuid, score bigint)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
            SELECT document.product_id, (ts_rank(document.words, wanted.query) * 1000000)::bigint
            FROM catalog.search_query(search_products.words) AS wanted (query), catalog.search_document AS document
            WHERE document.tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid
              AND document.is_searchable AND document.words @@ wanted.query
        $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION catalog.search_products FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION catalog.search_products TO catalog_app")
