"""The routes that only the POS BFF has."""
