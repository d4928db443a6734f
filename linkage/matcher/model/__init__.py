"""The named arrays that the stages of a match run hand to each other."""
