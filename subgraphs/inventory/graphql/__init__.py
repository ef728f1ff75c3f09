"""The GraphQL face of inventory."""
