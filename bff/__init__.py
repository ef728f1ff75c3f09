"""Backends for frontends: they keep the tokens, the browser keeps a cookie."""
