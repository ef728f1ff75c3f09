"""The GraphQL face of payments."""
