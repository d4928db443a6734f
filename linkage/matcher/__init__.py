"""The matcher: compares encodings that it has no key to read, and gives random match keys back."""
