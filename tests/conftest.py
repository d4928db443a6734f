"""For all tests: kernels for graphics processors are interpreted, here and in child processes."""

import os

# numba reads it when it is first imported, and does so before any test module.
os.environ["NUMBA_ENABLE_CUDASIM"] = "1"
