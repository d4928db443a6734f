"""Execution: where the stages of a match run do their work."""
