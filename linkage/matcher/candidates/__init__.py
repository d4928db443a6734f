"""Candidate pairs: which records are compared."""
