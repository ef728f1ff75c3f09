"""Orders owns carts, orders, returns, and the state of each checkout saga.

Words: a *cart* collects lines at a snapshot price; checking it out places an *order*, PENDING until its *saga*
(workers/checkout_saga) has stock and money; a *charge* is a line that is not stock (postage, a fee); a *return*
gives back what was sold, or money for what cannot be matched to a sale (an *unreferenced* return).
Variants and users are known here only as read models fed by catalog and identity.
Processes: `retailflow serve subgraph orders`, or inside `retailflow serve app`.
"""
