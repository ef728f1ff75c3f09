"""The routes both BFFs answer alike."""
