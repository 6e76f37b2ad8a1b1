"""The packages that tovec depends on, as far as it can do without them.

`pip install --no-deps tovec` with numpy and safetensors opens saved folders, looks up vectors and finds
neighbors, at a fifth of the size. What needs more says so in one line.
"""

import sys
from importlib.util import find_spec

from tovec.errors import MissingDependency


def is_installed(package: str) -> bool:
    """Whether `package`, a name at the top level, can be imported; it is not imported here."""
    try:
        return package in sys.modules or find_spec(package) is not None
    except ModuleNotFoundError:  # of the package that it lies in
        return False


def needs(package: str, feature: str) -> None:
    """Raise MissingDependency, with what is asked for as its subject, unless `package` is installed."""
    if not is_installed(package):
        raise MissingDependency(package, feature)
