"""What the matcher keeps: its only SQL, and sealed files for what is large."""
