"""What runs beside requests: outbox relay, event consumers, checkout saga, notifications, search index, refunds."""
