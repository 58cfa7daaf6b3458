"""The war room console: domain rules, journal, feeds, actions, screens and the command line."""
