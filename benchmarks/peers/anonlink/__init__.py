"""clkhash and anonlink, the encoded incumbent: a script for their environment, and its lock."""
