"""What stands between a row of the table and the model: a factor, a normalization."""

import math
from collections.abc import Mapping
from typing import Any

from tovec.models.architectures import Architecture


def scale_of(architecture: Architecture | None, config: Mapping[str, Any]) -> tuple[float, str]:
    """Return what the model multiplies a row by, and why; with a word on a norm, which is not applied."""
    if architecture is None:
        return 1.0, ""
    norm = f"the model applies a {architecture.norm} after the lookup" if architecture.norm else ""
    rule = architecture.scale
    if rule is None or (architecture.scale_if is not None and not config.get(architecture.scale_if)):
        return 1.0, norm
    name = rule.removeprefix("sqrt ")
    value = config.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        unsaid = f"the model scales rows by {name}, which its configuration does not say"
        return 1.0, unsaid if value is None else norm
    try:
        scale = math.sqrt(value) if rule != name else float(value)
    except OverflowError:  # a whole number past all floats
        return 1.0, norm
    if scale == 1.0:
        return 1.0, norm
    why = f"the square root of {name} {value}" if rule != name else f"{name} of the configuration"
    return scale, f"{why}, before a {architecture.norm}" if norm else why
