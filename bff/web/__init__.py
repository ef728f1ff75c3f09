"""The backend of the web frontend: sign-in, session, GraphQL proxy, GraphiQL and a few plain pages."""
