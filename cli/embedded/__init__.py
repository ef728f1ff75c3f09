"""PostgreSQL and Redis as child processes, on loopback, with their data in the state folder."""
