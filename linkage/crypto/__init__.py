"""Secrets and what is done with them; every primitive is the `cryptography` package's."""
