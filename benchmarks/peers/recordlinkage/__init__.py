"""The Python Record Linkage Toolkit: scripts for its environment, and the lock of that."""
