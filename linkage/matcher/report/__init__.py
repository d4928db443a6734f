"""Report: a run's account of itself for the matcher's operator, as text and as a page."""
