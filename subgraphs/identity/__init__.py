"""Identity owns tenants, users and tills: who exists, what they are called, which roles they hold.

Words: a *tenant* is a retail company; a *user* is a principal of the identity provider known to a tenant; a *device* is
a till or scanner with a key of its own; a *PIN* tells at a till who of the signed-in people stands there; an *approval*
is a manager's word by PIN that a cashier may do one thing once.
A user is *in step* when the account at the identity provider shows what the user is here; a worker sees to that.
Passwords, sessions and tokens belong to the identity provider, never here (X-08).
Processes: `retailflow serve subgraph identity`, or inside `retailflow serve app`.
"""
