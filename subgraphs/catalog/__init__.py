"""Catalog owns what is sold: products, their variants, categories, prices and their history, and product search.

Words: a *product* is what a customer looks for; a *variant* is what is bought, known by its *SKU*; a product is
*archived*, never deleted. Stock belongs to inventory, never here (CA-05).
Processes: `retailflow serve subgraph catalog`, the search worker, or inside `retailflow serve app`.
"""
