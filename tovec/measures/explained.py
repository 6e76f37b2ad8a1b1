"""What a figure is, from the docstring of the function that computes it."""

import inspect
from collections.abc import Mapping

from tovec.errors import BadSetting


def explanation(explained: Mapping[str, object], name: str) -> str:
    """Return the docstring of what computes the figure `name`. Raises BadSetting for an unknown one."""
    if name not in explained:
        raise BadSetting("name", name, f"one of {', '.join(explained)}")
    return inspect.getdoc(explained[name]) or ""
