"""How the name of a token spells bytes of text.

Tokenizers write the same piece of text in different ways: ` king` is `Ġking` in GPT-2, `▁king` in Gemma
and `king` in BERT, which marks the pieces that do *not* begin a word, `##king`. What a token *is* is its
bytes, or a special name that stands for no text; so tokens of different tokenizers line up.

Sources: the map of bytes to characters of GPT-2 (Radford et al. 2019, encoder.py, `bytes_to_unicode`),
SentencePiece (`▁`, and `<0xNN>` with byte fallback), WordPiece (`##`).
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from tovec.text.tokenizers.names import is_text as is_text

_SPACE = "▁"
_BYTE_PIECE = re.compile(r"<0x([0-9A-Fa-f]{2})>\Z")


class Spelling(StrEnum):
    """The ways of writing bytes as a name."""

    PLAIN = "plain"  # the text itself
    BYTE_LEVEL = "byte-level"  # a character for each byte, as GPT-2
    PIECES = "pieces"  # ▁ for a space, <0xNN> for a byte
    WORDPIECE = "wordpiece"  # ## before what does not begin a word


def _byte_characters() -> dict[str, int]:
    """Return GPT-2's character of each byte: itself where it can be seen, else one from U+0100 on."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in set(seen)]
    return {chr(byte): byte for byte in seen} | {chr(256 + n): byte for n, byte in enumerate(hidden)}


BYTE_OF: Mapping[str, int] = MappingProxyType(_byte_characters())
CHARACTER_OF: Mapping[int, str] = MappingProxyType({byte: character for character, byte in BYTE_OF.items()})


def bytes_of_name(name: str, spelling: Spelling) -> bytes:
    """Return the bytes of text that `name` stands for.

    Bytes that are not UTF-8 are in a name as Python's surrogate escapes. A byte-level name with a character
    outside GPT-2's 256 is an added token, which stands for itself.
    """
    if spelling is Spelling.BYTE_LEVEL:
        try:
            return bytes(map(BYTE_OF.__getitem__, name))
        except KeyError:
            return _utf8(name)
    if spelling is Spelling.PIECES:
        byte = _BYTE_PIECE.match(name)
        return bytes.fromhex(byte[1]) if byte else _utf8(name.replace(_SPACE, " "))
    if spelling is Spelling.WORDPIECE:
        return _utf8(name[2:] if name.startswith("##") and len(name) > 2 else f" {name}")
    return _utf8(name)


def is_byte_piece(name: str) -> bool:
    """Whether a name of PIECES is that of a single byte, `<0x41>`."""
    return _BYTE_PIECE.match(name) is not None


def name_of_bytes(text: bytes, spelling: Spelling) -> str:
    """Return the name that a vocabulary of this spelling has for these bytes, as far as it can have one."""
    if spelling is Spelling.BYTE_LEVEL:
        return byte_level_name(text)
    name = text.decode("utf-8", "surrogateescape")
    if spelling is Spelling.PIECES:
        return name.replace(" ", _SPACE)
    if spelling is Spelling.WORDPIECE:
        return name[1:] if name.startswith(" ") else f"##{name}"
    return name


def byte_level_name(text: bytes) -> str:
    """Return the name of these bytes in a byte-level vocabulary."""
    return "".join(map(CHARACTER_OF.__getitem__, text))


def readable(name: str, spelling: Spelling) -> str:
    """Return the name as people read it, the way that the tokenizers of `▁` write.

    Byte-level names are decoded, `▁` for a space; a byte that is not UTF-8 becomes `<0xNN>`. All others are
    as they are. Two tokens may read alike.
    """
    if spelling is Spelling.BYTE_LEVEL:
        return readable_bytes(bytes_of_name(name, spelling)).replace(" ", _SPACE)
    if name.isascii():
        return name
    return _mark_stray_bytes(name)


def readable_bytes(text: bytes) -> str:
    """Return the text, with `<0xNN>` for each byte that is not UTF-8."""
    return _mark_stray_bytes(text.decode("utf-8", "surrogateescape"))


def _mark_stray_bytes(text: str) -> str:
    return re.sub("[\udc80-\udcff]", lambda stray: f"<0x{ord(stray[0]) - 0xDC00:02X}>", text)


def _utf8(name: str) -> bytes:
    try:
        return name.encode()
    except UnicodeEncodeError:
        # Escapes of stray bytes become these bytes again; any other half of a surrogate pair is kept as such.
        return b"".join(
            bytes([ord(c) - 0xDC00]) if "\udc80" <= c <= "\udcff" else c.encode("utf-8", "surrogatepass")
            for c in name
        )
