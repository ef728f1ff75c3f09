"""Drives each checkout from PENDING to its end; see saga.py for the steps.

PostgreSQL holds the truth (`orders.checkout_saga`), a Dramatiq message is only a doorbell, and a sweeper runs what no
bell rang for. The worker is a client of the subgraphs like any other and calls their internal mutations.
"""
