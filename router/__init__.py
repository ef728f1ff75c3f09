"""The federation router: composition of subgraphs, planning, execution, and the process that serves the graph."""
