"""The parameters of a request, each checked and parsed."""

import json
import re
from typing import Any, NoReturn

from starlette.datastructures import QueryParams

from tovec.errors import BadSetting
from tovec.server.projections import GivenAxis


class Query:
    """The parameters of a request, parsed when read. Raises BadSetting for unknown and wrong ones."""

    def __init__(self, parameters: QueryParams, *names: str) -> None:
        for name in parameters:
            if name not in names:
                raise BadSetting(
                    "a parameter", name, f"one of {', '.join(names)}" if names else "left out here"
                )
        self._parameters = parameters

    def text(self, name: str, default: str | None = None) -> str:
        """Return the parameter as it is."""
        value = self._parameters.get(name, default)
        if value is None:
            raise BadSetting(name, value, "given")
        return value

    def optional_text(self, name: str) -> str | None:
        """Return the parameter as it is, None if it is missing."""
        return self._parameters.get(name)

    def number(self, name: str, default: int | None = None) -> int:
        """Return the parameter as a whole number from 0 up."""
        text = self.text(name, None if default is None else str(default))
        return _whole(name, text)

    def optional_number(self, name: str) -> int | None:
        """Return the parameter as a whole number from 0 up, None if it is missing."""
        return self.number(name) if name in self._parameters else None

    def truth(self, name: str) -> bool | None:
        """Return whether the parameter is 1, not 0; None if it is missing."""
        text = self._parameters.get(name)
        if text not in (None, "0", "1"):
            raise BadSetting(name, text[:20], "0 or 1")
        return None if text is None else text == "1"

    def decimal(self, name: str, default: float) -> float:
        """Return the parameter as a number from 0 up, with or without a fraction."""
        text = self._parameters.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,10})?", text):
            raise BadSetting(name, text[:20], "a number from 0 up, such as 0.5")
        return float(text)

    def numbers(self, name: str) -> list[int]:
        """Return the comma-separated whole numbers from 0 up; none if the parameter is missing or empty."""
        text = self.text(name, "")
        return [_whole(name, each) for each in text.split(",")] if text else []

    def axes(self) -> tuple[GivenAxis, ...]:
        """Return the axes in `axes`, JSON: [{"from": [1], "to": [2]}, {"independent": 1}, …]."""
        try:
            return tuple(map(_axis, json.loads(self.text("axes", "[]"))))
        except (KeyError, TypeError, ValueError, RecursionError):
            _refuse_axes(self.text("axes"))


def _refuse_axes(text: str) -> NoReturn:
    raise BadSetting(
        "axes", text[:80], 'JSON such as [{"from": [1], "to": [2]}, {"independent": 1}], two or three of them'
    ) from None


def _axis(axis: Any) -> GivenAxis:
    if "independent" not in axis:
        return _ids(axis["from"]), _ids(axis["to"])
    number = axis["independent"]
    if type(number) is not int:
        raise ValueError
    return number


def _ids(ids: object) -> tuple[int, ...]:
    if not isinstance(ids, list) or not ids or not all(type(id) is int for id in ids):
        raise ValueError
    return tuple(ids)


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise BadSetting(name, text[:20], "a whole number from 0 up")
    return int(text)
