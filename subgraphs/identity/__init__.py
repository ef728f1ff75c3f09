"""Identity owns tenants and users: who exists, what they are called, which roles they hold.

Words: a *tenant* is a retail company; a *user* is a principal of the identity provider known to a tenant.
Credentials, sessions and tokens belong to the identity provider, never here (X-08).
Processes: `retailflow serve subgraph identity`, or inside `retailflow serve app`.
"""
