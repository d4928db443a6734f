"""Protocol tests: a real server over real mutual TLS, called as any program could call it."""
