"""The trusted core: identifiers go in, encodings come out; nothing here logs, sends or stores."""
