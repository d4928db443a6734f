"""For all tests: no example is timed, and kernels for graphics processors are interpreted."""

import os

from hypothesis import settings

# numba reads it when it is first imported, and does so before any test module; so do its children.
os.environ["NUMBA_ENABLE_CUDASIM"] = "1"

# A first example may have to load compiled code, on a machine that has more to do.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
