"""The types orders adds to the graph."""
