"""Splink, the plaintext linkage of our days: scripts for its environment, and its lock."""
