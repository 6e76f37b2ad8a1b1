"""Bytes as tokens: 256 of them, no text is unknown; for a language model also the end of a text."""

from collections.abc import Sequence
from typing import Any

from tovec.text.tokenizers.base import require_text, tokenizer_json
from tovec.text.tokenizers.end_of_text import ending_texts
from tovec.text.tokenizers.names import END_OF_TEXT

_BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))


class ByteTokenizer:
    """The bytes of the text in UTF-8, named `<0x00>` to `<0xFF>`; the text is taken as it is.

    end_of_text: its last token is END_OF_TEXT, which no text gives.
    """

    name = "bytes"

    def __init__(self, *, end_of_text: bool = False) -> None:
        self.end_of_text = end_of_text
        self.vocabulary: tuple[str, ...] = (*_BYTES, *([END_OF_TEXT] if end_of_text else []))

    @property
    def settings(self) -> dict[str, Any]:
        """The name, and whether it has the end of a text."""
        more = {"end_of_text": True} if self.end_of_text else {}
        return {"name": self.name, "closed": True, **more}

    def tokens(self, text: str) -> list[str]:
        """Return one token a byte."""
        return [_BYTES[byte] for byte in require_text(text).encode()]

    def to_json(self, tokens: Sequence[str], unknown: str | None = None) -> str:
        """Return a tokenizer.json of byte-pair encoding with no pairs, so that all falls back to bytes."""
        model = {
            "type": "BPE",
            "vocab": {token: row for row, token in enumerate(_BYTES)},
            "merges": [],
            "byte_fallback": True,
        }
        decoder = {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]}
        definition = tokenizer_json(model, decoder=decoder)
        return ending_texts(definition) if self.end_of_text else definition
