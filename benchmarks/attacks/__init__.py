"""Attacks on encodings: what a curious matcher could find out, tried in earnest."""
