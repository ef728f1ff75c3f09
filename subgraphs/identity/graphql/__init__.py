"""The GraphQL face of identity."""
