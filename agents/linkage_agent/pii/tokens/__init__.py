"""Tokens: a normal form becomes short pieces, so that likeness can be counted."""
