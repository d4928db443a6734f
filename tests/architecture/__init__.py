"""The house: what may touch what, and what is in the box."""
