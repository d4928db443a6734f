"""Evidence: from how alike two records' filters are to the probability that they are one person."""
