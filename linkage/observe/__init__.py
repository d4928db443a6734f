"""What the programs say about themselves: named events with allow-listed fields, nothing else."""
