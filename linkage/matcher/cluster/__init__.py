"""Clustering: which records are judged one person."""
