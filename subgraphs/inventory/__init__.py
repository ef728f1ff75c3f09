"""Inventory owns stock: where goods lie, how many are on hand, how many are promised, and every movement of them.

Words: *on hand* is physically there; *reserved* is promised to orders that are not finished; *available* is on hand
minus reserved. A *level* is the count of one variant at one location; a *movement* is one line of the append-only
log whose sum is on hand; a *reservation* holds stock for one order until it is committed (sold) or released.
Processes: `retailflow serve subgraph inventory`, or inside `retailflow serve app`.
"""
