"""Integration tests: agents and matcher as processes, used as people and systemd would use them."""
