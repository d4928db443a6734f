"""The demo: four agencies and a matcher as real processes, from messy extracts to a picture."""
