"""Docstrings and comments to paragraphs of plain prose.

Everything else is removed: examples, literal blocks, tables, underlines, markup, licenses, directives for
tools. Simple rules decide what is prose; now and then they are wrong in either direction.
"""

import keyword
import re
from collections.abc import Iterator

_ITEM = re.compile(r"\s*(?:[-*+•o]|\(?\d+[.)])\s+(?=\S)")
_EXAMPLE = re.compile(r"\s*(?:>>>|\.\.\. |\$ |% |\|)")
_DIRECTIVE = re.compile(r"\s*\.\. ")

_MARKUP = [
    (re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\w+"), " "),
    (re.compile(r":[\w:+-]+:`[~!]?([^`<]+?)(?:\s*<[^`]*>)?`"), r"\1"),  # :func:`name`
    (re.compile(r"`+([^`']+?)(?:`+_*|'+)"), r"\1"),  # ``code``, `name`, `quoted'
    (re.compile(r"(?<![\w*])(\*{1,2})(?=\w)([^*]*?\w)\1(?![\w*])"), r"\2"),  # *emphasis*
    (re.compile(r"(?<!\S)(?:[-=~#*_+]{2,}|[#*>|])(?!\S)"), " "),  # rules and bullets
    (re.compile(r"::(?=\s|$)"), ":"),
]
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

# Two names in a row, which Python code never has outside strings.
_KEYWORDS = "|".join(word for word in keyword.kwlist if word.islower())
_TWO_NAMES = re.compile(rf"\b(?!(?:{_KEYWORDS})\b)\w+ (?!(?:{_KEYWORDS})\b)[^\W\d]")
_ARGUMENT = re.compile(r"""(?<=[(=,])\s?(["']).*?\1""")

_LICENSE = (
    "copyright",
    "all rights reserved",
    "licensed ",
    "warranty",
    "warranties",
    "permission to",
    "liabilit",
    " liable",
)
_DIRECTIVES = ("-*-", "noqa", "pragma:", "pylint:", "type: ignore", "fmt: o", "vim:", "local variables:")


def paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs and list items of `text` that are prose, each on one line, markup removed.

    `text` must have no common indentation, as after `inspect.cleandoc`.
    """
    literal: int | None = None  # a block indented deeper than this is an example
    for block in _blocks(text):
        indent = len(block[0]) - len(block[0].lstrip())
        if literal is not None and indent > literal:
            continue
        literal = indent if block[-1].endswith("::") else None
        paragraph = plain(" ".join(block))
        if is_prose(paragraph):
            yield paragraph


def _blocks(text: str) -> Iterator[list[str]]:
    """Yield runs of lines between blank lines, each list item on its own, without examples."""
    block: list[str] = []
    in_example = False
    for line in text.splitlines():
        line = line.rstrip().expandtabs()
        blank, item = not line, _ITEM.match(line)
        in_example = not blank and (in_example or bool(_EXAMPLE.match(line) or _DIRECTIVE.match(line)))
        if block and (blank or item or in_example):
            yield block
            block = []
        if not blank and not in_example and any(map(str.isalpha, line)):
            block.append(line)
    if block:
        yield block


def plain(text: str) -> str:
    """Return `text` on one line, without bullets, web addresses and reStructuredText markup."""
    text = _ITEM.sub("", text, count=1) if _ITEM.match(text) else text
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return _SPACE.sub(" ", text).strip()


def is_prose(paragraph: str) -> bool:
    """Return whether `paragraph` is prose: three words or more, little punctuation, no code, no license."""
    words = _WORD.findall(paragraph)
    n_letters = sum(map(len, words))
    n_signs = len(paragraph) - n_letters - paragraph.count(" ")
    if len(words) < 3 or n_signs > 0.3 * n_letters:
        return False
    lowered = paragraph.lower()
    if any(sign in lowered for sign in _LICENSE + _DIRECTIVES):
        return False
    return bool(_TWO_NAMES.search(_ARGUMENT.sub("", paragraph)))
