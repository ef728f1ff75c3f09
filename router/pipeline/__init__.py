"""The stages of a request, in order: parse, limit, validate, authorize, plan, execute."""
