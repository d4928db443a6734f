"""Accuracy: the standing collection, our linkage on each data set, and the peers beside it."""
