"""The bounded contexts: each folder is one federated subgraph and the only owner of its data."""
