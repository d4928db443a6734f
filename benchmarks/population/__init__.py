"""A made-up region of the UK whose people are known to a police force, a council, a hospital."""
