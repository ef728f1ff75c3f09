"""A payment provider to try things with: a real HTTP service with its own truth, test cards and webhooks.

It keeps no card numbers, only brand and last four digits. It refuses to start in production.
"""

from subgraphs.payments.adapters.sandbox_server.app import SandboxSettings, create_app

__all__ = ["SandboxSettings", "create_app"]
