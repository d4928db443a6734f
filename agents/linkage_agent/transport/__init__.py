"""How an agent reaches the matcher: one interface, today over gRPC."""
