"""Random federated graphs over one consistent world, with one schema over the same world as the oracle."""
