"""Every SQL statement of catalog but those of the search adapter."""
