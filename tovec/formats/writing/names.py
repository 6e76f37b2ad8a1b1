r"""How tokens are written in formats that cannot hold every token: as they are, escaped, or refused.

Most formats end a token at some character. A token with such a character is an error or, with `escape`, is
escaped as in Python and JSON:

- a character becomes `\u` and its four hexadecimal digits (all characters that formats exclude have four),
- a byte that is not UTF-8 becomes `\x` and two digits, where the format is text throughout,
- the empty token becomes `\e`,
- a backslash that would be read as the start of one of these becomes `\u005c`. All others stay.

So different tokens stay different, and undoing the escapes from left to right gives them back.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from tovec.errors import CannotSave

_LOOKS_ESCAPED = re.compile(r"\\(?=u[0-9a-f]{4}|x[0-9a-f]{2})|\A\\(?=e\Z)")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class NameRule:
    """What a format holds as a token.

    without: characters that no token may hold. holds_empty: whether the empty token fits. holds_bytes:
    whether bytes that are not UTF-8 fit, written as they are.
    """

    without: str = ""
    holds_empty: bool = True
    holds_bytes: bool = False

    def fits(self, token: str) -> bool:
        """Whether the format holds `token` as it is."""
        return bool(token or self.holds_empty) and self.unfit.search(token) is None

    def escaped(self, token: str) -> str:
        """Return `token` with an escape for each character that does not fit, by the rules of this module."""
        if not token:
            return token if self.holds_empty else r"\e"
        token = _LOOKS_ESCAPED.sub(r"\\u005c", token)
        return self.unfit.sub(lambda found: _escape(found[0]), token)

    @cached_property
    def unfit(self) -> re.Pattern[str]:
        """The characters that no token may hold."""
        surrogates = "\ud800-\udc7f\udd00-\udfff" if self.holds_bytes else "\ud800-\udfff"
        return re.compile(f"[{re.escape(self.without)}{surrogates}]")


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def spelled(tokens: Sequence[str], rule: NameRule, title: str, escape: bool) -> Sequence[str]:
    """Return the names under which `tokens` stand in a file.

    title: as messages call the format. escape: escape tokens that do not fit. Raises CannotSave for a token
    that does not fit, unless escaped, and for two tokens that would be the same bytes.
    """
    names = [rule.escaped(token) for token in tokens] if escape else tokens
    if not escape:
        for token in tokens:
            if not rule.fits(token):
                raise CannotSave(
                    f"{title} cannot hold the token {token!r}; a folder can, and `escape` writes it as "
                    f"{rule.escaped(token)}"
                )
    if rule.holds_bytes:
        _check_different(names, title)
    return names


def _check_different(names: Sequence[str], title: str) -> None:
    """Raise CannotSave for names of the same bytes, such as `한` and its three bytes as surrogate escapes."""
    written: set[str] = set()
    for name in names:
        if _SURROGATE.search(name):
            plain = as_bytes([name])[0].decode("utf-8", "surrogateescape")
            if plain != name:
                written = written or set(names)
                if plain in written:
                    raise CannotSave(
                        f"{title} cannot tell the tokens {plain!r} and {name!r} apart, which are the same "
                        "bytes; a folder can"
                    )
                written.add(plain)


def as_bytes(names: Iterable[str]) -> list[bytes]:
    """Return names in UTF-8; surrogate escapes become their bytes."""
    return [name.encode("utf-8", "surrogateescape") for name in names]


def row_name(tokens: Sequence[str]) -> Callable[[int], str]:
    """Return the function that gives a row's name for messages."""
    return lambda row: f"the vector of token {tokens[row]!r}"
