"""The values of a widget's traits as Python has them, checked, and as the page has them.

Python names tokens, the page ids. What is `None` is what the page begins with.
"""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from tovec.checks import as_whole, in_one_line, whole_number
from tovec.embedding import Embedding
from tovec.errors import BadSetting
from tovec.projection.settings import Settings, check_settings

Info = Mapping[str, Any]
"""`MethodInfo` of page/src/data/source.ts."""

_CAMERA = "a dict with target (three numbers), distance (above 0), azimuth and elevation"
_WHOLE = ("neighbors",)  # the settings that are no decimals
_ENDS = ("from", "to")
_AXES = 'a list of {"from": words, "to": words}, one for each dimension'
MOST_AXES = 3
HEIGHT = 560  # pixels, of a widget
_PICTURE = ("method", "dims", "seed", "settings", "components", "axes")


def token(embedding: Embedding, given: str | int) -> str:
    """Return the token that is given by its name, also in another spelling, or by its id."""
    row = embedding.vocabulary.id(given) if isinstance(given, str) else given
    return embedding.tokens([row])[0]


def tokens(embedding: Embedding, given: Iterable[str | int]) -> list[str]:
    """Return the tokens that are given by names or ids, each once, in this order."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise BadSetting("selection", given, "a list of tokens or ids")
    return list(dict.fromkeys(token(embedding, each) for each in given))


def picture(methods: Sequence[Info], start: Mapping[str, Any], dim: int, given: object) -> dict[str, Any]:
    """Return a projection with all that the page needs of it.

    methods: those on offer. start: the one that the page begins with, for what is not given. dim: of the
    vectors. Keys: method, dims (2 or 3), seed; settings, the numbers of the method that are not the default;
    components, those of PCA, counted from 1; axes, `{"from": words, "to": words}` for each dimension.
    """
    if not isinstance(given, Mapping) or any(name not in _PICTURE for name in given):
        raise BadSetting("picture", given, f"a dict of {', '.join(_PICTURE)}")
    wanted = {**start, "seed": 0, "settings": {}, "components": [], "axes": [], **given}
    info = next((each for each in methods if each["method"] == wanted["method"]), None)
    # While a table is trained it begins with what there will be at the end.
    is_able = info is not None and (info["missing"] is None or info["method"] == start["method"])
    if info is None or not is_able:
        reason = "" if info is None else f" ({info['missing']})"
        able = [each["method"] for each in methods if each["missing"] is None]
        raise BadSetting("method", wanted["method"], f"one of {', '.join(able)}{reason}")
    if "dims" not in given and wanted["dims"] not in info["dims"]:
        wanted["dims"] = info["dims"][0]
    dims = as_whole(wanted["dims"])
    if dims is None or dims not in info["dims"]:
        raise BadSetting("dims", wanted["dims"], " or ".join(map(str, info["dims"])))
    return {
        "method": info["method"],
        "dims": dims,
        "seed": whole_number("seed", wanted["seed"], 0),
        "settings": _settings(info["settings"], wanted["settings"]),
        "components": _components(info["method"], dims, dim, wanted["components"]),
        "axes": _axes(wanted["axes"]),
    }


def _settings(infos: Sequence[Info], given: object) -> dict[str, int | float]:
    if not isinstance(given, Mapping):
        raise BadSetting("settings", given, "a dict of names and numbers")
    by_name = {each["name"]: each for each in infos}
    settings: dict[str, int | float] = {}
    for name, value in given.items():
        if name not in by_name:
            rule = f"one of {', '.join(by_name)}" if by_name else "left out for this method"
            raise BadSetting("settings", name, rule)
        lowest, highest = by_name[name]["lowest"], by_name[name]["highest"]
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not is_number or not lowest <= value <= highest:
            raise BadSetting(name, value, f"from {lowest} to {highest}")
        settings[name] = whole_number(name, value, lowest) if name in _WHOLE else float(value)
    return settings


def _components(method: str, dims: int, dim: int, given: object) -> list[int]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise BadSetting("components", given, "a list of numbers")
    components = [whole_number("components", each, 1) for each in given]
    check_settings(Settings(components=tuple(components)), method, dims, dim)
    return components


def _axes(given: object) -> list[dict[str, str]]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise BadSetting("axes", given, _AXES)
    axes = list(given)
    for axis in axes:
        if not isinstance(axis, Mapping) or not all(isinstance(axis.get(end), str) for end in _ENDS):
            raise BadSetting("axes", axis, _AXES)
    if len(axes) > MOST_AXES:
        raise BadSetting("axes", len(axes), f"at most {MOST_AXES}")
    return [{end: axis[end] for end in _ENDS} for axis in axes]


def camera(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a place to look from; None for the one where a picture opens."""
    if given is None:
        return None
    try:
        target = [float(number) for number in given["target"]]
        distance, azimuth, elevation = (float(given[name]) for name in ("distance", "azimuth", "elevation"))
    except (KeyError, TypeError, ValueError):
        raise BadSetting("camera", in_one_line(given), _CAMERA) from None
    if len(target) != 3 or not distance > 0 or not np.isfinite([*target, distance, azimuth, elevation]).all():
        raise BadSetting("camera", in_one_line(given), _CAMERA)
    return {"target": target, "distance": distance, "azimuth": azimuth, "elevation": elevation}
