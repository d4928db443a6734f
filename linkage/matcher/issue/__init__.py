"""Issue: what leaves the matcher after a run."""
