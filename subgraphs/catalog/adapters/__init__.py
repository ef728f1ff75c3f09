"""Search engines: PostgreSQL's full text by default, Elasticsearch where there is one."""
