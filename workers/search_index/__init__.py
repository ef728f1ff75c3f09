"""Keeps the product search in step with the catalogue's events."""

from workers.search_index.consumer import search_index_consumer

__all__ = ["search_index_consumer"]
