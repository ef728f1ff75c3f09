"""Turns a supergraph and an operation into a query plan: a graph search over (type, subgraph).

Of all plans that answer an operation the one with the least cost is wanted: first the fewest sequential hops, then
the fewest requests, then the fewest fields read from subgraphs (`cost.plan_cost` counts them in a finished plan).
The search decides hops exactly, and requests and fields as if nothing were shared; the decisions it had alternatives
for are then tried one by one on whole plans, as long as the budget lasts.
"""
