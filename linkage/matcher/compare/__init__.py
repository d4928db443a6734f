"""Comparison: which candidate pairs are matches."""
