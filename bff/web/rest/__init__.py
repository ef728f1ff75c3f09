"""REST in front of the graph: each endpoint is declared in `endpoints.py`, over an operation of its own."""
