"""Benchmarks: how accurate and how fast the linkage is, beside its peers; in no wheel."""
