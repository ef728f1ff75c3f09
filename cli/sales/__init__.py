"""Replays a shop's sales file through the public graph and proves that the graph says the same as the file.

Pure parts: `source` (text to lines), `classification` (what each line is), `invoices`, `matching` (returns to sales),
`catalogue`, `plan`, `ledger`. Parts that talk: `graph_shop` (the public API), `journal`, `replay`, `importing`,
`reading_back`.
"""
