"""The agency's agent: reads an extract, encodes it under the agencies' secret, gets match keys."""
