"""Turns a supergraph and an operation into a query plan: a graph search over (type, subgraph)."""
