"""A simulated agent with real HTTP endpoints, for demonstrations, drills and tests."""
