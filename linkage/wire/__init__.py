"""Between domain types and the network: messages, statuses, limits, TLS."""
