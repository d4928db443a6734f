"""Scaling out: what a cluster costs beside one machine, and the plan for a very large match."""
