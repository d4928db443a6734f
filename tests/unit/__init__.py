"""One part at a time, with real files, real keys and real signatures."""
