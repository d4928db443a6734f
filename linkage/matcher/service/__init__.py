"""What the matcher does for its callers: check the clause, act, log. Knows no transport."""
