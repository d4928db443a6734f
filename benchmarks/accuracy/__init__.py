"""Accuracy: how well the encoded linkage finds the shared people, beside plaintext peers."""
