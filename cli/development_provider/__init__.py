"""A small OpenID Connect provider for the laptop and the tests: same realm file as Keycloak, never for production."""
