"""The linkage agreement: the only authority for what the agents and the matcher do."""
