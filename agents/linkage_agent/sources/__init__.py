"""Reading the agency's extract: a child process parses the file, text columns come back.

`extract` is the door. Nothing in here logs, and no error holds a value or a header of the file.
"""
