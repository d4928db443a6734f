"""`python -m benchmarks`: the one door to all benchmarks, run from the repository's root."""

import sys

from benchmarks.cli import main

if __name__ == "__main__":
    sys.exit(main())
