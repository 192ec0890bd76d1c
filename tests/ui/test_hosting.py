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


def test_the_first_page_waits_for_no_library_that_it_does_not_need() -> None:
    """What only the publish view, the comparison of accounts and files need takes no time or memory at the start."""
    program = "import sys, smartia.ui.overview; print(sorted({'scipy', 'xlsxwriter', 'openpyxl'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]"]
