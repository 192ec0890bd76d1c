"""How the app is served: what is set before the first page."""

import subprocess
import sys

from tests.running_app import ROOT

PROGRAM = """
import pyarrow
usual = pyarrow.default_memory_pool()
for module in ("app", "asgi"):
    pyarrow.set_memory_pool(usual)
    __import__(module)
    print(pyarrow.default_memory_pool().backend_name)
"""


def test_memory_that_is_free_goes_back() -> None:
    """However the app is started, its tables lie in memory of the system's allocator, which gives back what is free."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["system", "system"]
