"""Payments moves money: it charges orders, gives money back, and knows at any time what the provider knows.

Words: a *payment* is one attempt to capture an order's total; a *refund* gives money back, of a payment or, without
a receipt, as a credit; a payment is *settled* once the provider's answer is known for good. Every provider call is
between two transactions: the intent is stored before it, the result after it, and both carry the same key.
Card numbers never come here, only the provider's tokens.
Processes: `retailflow serve subgraph payments`, or inside `retailflow serve app`; the sandbox provider has its own.
"""
