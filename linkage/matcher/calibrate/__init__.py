"""What the data themselves say about where the threshold belongs, without any labels."""
