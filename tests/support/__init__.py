"""What several tests build on; nothing here pretends to be the real thing."""
