"""Other tools, each run in an environment of its own and never imported from here."""
