"""Exact tokens, as most agencies buy them: equal or not, nothing between."""
