"""The demo shop: two retailers with stores, people, products and stock, loaded through the public graph."""
