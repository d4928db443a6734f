"""What every party shares, and the matcher: nothing in this package ever sees an identifier."""
