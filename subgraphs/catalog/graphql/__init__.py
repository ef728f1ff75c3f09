"""The GraphQL face of catalog."""
