"""Docstrings as this project writes them, for Sphinx: parameters become a list, only `code` is markup.

So does a paragraph with hanging lines, such as the settings of `tovec.train`.
"""

import contextlib
import inspect
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

CODE = re.compile(r"`[^`]+`")
MARKUP = re.compile(r"[\\*|]|(?<=\w)_(?!\w)")
SENTENCE = r"(?:^|(?<=[.)] ))"


def as_rst(lines: list[str], parameters: list[str]) -> list[str]:
    """Return a docstring as reStructuredText."""
    paragraphs = [
        list(part) for has_text, part in groupby(lines, key=lambda line: bool(line.strip())) if has_text
    ]
    return [line for paragraph in paragraphs for line in (*_paragraph(paragraph, parameters), "")]


def _paragraph(lines: list[str], parameters: list[str]) -> Iterator[str]:
    if lines[0].lstrip().startswith(">>>"):
        yield from lines
    elif any(line[0].isspace() for line in lines):
        for line in lines:
            if line[0].isspace():
                yield f"  {_escaped(line.strip())}"
            else:
                name, colon, text = line.partition(": ")
                yield f"* **{name}**: {_escaped(text)}" if colon else f"* {_escaped(line)}"
    else:
        yield from _parts(" ".join(lines), "|".join(map(re.escape, parameters)))


def _parts(text: str, names: str) -> Iterator[str]:
    """Yield the sentences of a paragraph, its parameters as a list, and its errors. names: of parameters."""
    for number, part in enumerate(re.split(rf"{SENTENCE}(?=Raises )", text)):
        before, *rest = re.split(rf"{SENTENCE}((?:{names})(?:, (?:{names}))*): ", part) if names else [part]
        paragraphs = [_escaped(before.strip())] if before else []
        items = zip(rest[::2], rest[1::2], strict=True)
        listed = [f"* **{name}**: {_escaped(about.strip())}" for name, about in items]
        yield from [""] * (number > 0) + paragraphs + [""] * bool(paragraphs and listed) + listed


def _escaped(text: str) -> str:
    """Escape what would be markup, but for code in backquotes, which is kept apart from letters beside it."""
    pieces, end = [], 0
    for code in CODE.finditer(text):
        pieces.append(MARKUP.sub(r"\\\g<0>", text[end : code.start()]))
        pieces.append(("\\ " if text[: code.start()][-1:].isalnum() else "") + code[0])
        pieces.append("\\ " if text[code.end() :][:1].isalnum() else "")
        end = code.end()
    return "".join([*pieces, MARKUP.sub(r"\\\g<0>", text[end:])])


def parameters_of(value: object) -> list[str]:
    """Return the names that the docstring of a function or a class may explain, longer ones first."""
    names = set(getattr(value, "__annotations__", ()))
    with contextlib.suppress(TypeError, ValueError):
        names |= set(inspect.signature(value).parameters)  # type: ignore[arg-type]
    return sorted(names, key=lambda name: (-len(name), name))


def _process(app: Sphinx, what: str, name: str, value: object, options: Any, lines: list[str]) -> None:
    lines[:] = as_rst(lines, parameters_of(value))


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
