"""The agency's keys: who it is, and the secret that it shares with the other agencies."""
