"""What both BFFs share: sign-in by OpenID Connect, sessions in Redis, CSRF defence, the GraphQL proxy."""
