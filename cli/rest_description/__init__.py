"""OpenAPI 3.1 of the REST endpoints, made from their declaration, their operations and the public graph."""
