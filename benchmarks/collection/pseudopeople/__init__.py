"""Extracts of the made-up population of pseudopeople, and the lock of its environment."""
