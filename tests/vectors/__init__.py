"""Cases that every implementation must give alike, and the programs that make them."""
