"""Identity's real neighbours: Keycloak and the database."""
