"""How the database's tables came to be as they are, one step a release; only ever forward."""
