"""The types identity adds to the graph."""
