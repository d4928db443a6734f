"""Speed: how fast the linkage is beside its peers, its own goals and what the machine allows."""
