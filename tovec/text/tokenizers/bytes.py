"""Bytes as tokens: 256 of them, no text is unknown."""

from collections.abc import Sequence
from typing import Any

from tovec.text.tokenizers.base import require_text, tokenizer_json


class ByteTokenizer:
    """The bytes of the text in UTF-8, named `<0x00>` to `<0xFF>`; the text is taken as it is."""

    name = "bytes"
    vocabulary: tuple[str, ...] = tuple(f"<0x{byte:02X}>" for byte in range(256))

    @property
    def settings(self) -> dict[str, Any]:
        """The name is all."""
        return {"name": self.name, "closed": True}

    def tokens(self, text: str) -> list[str]:
        """Return one token a byte."""
        return [self.vocabulary[byte] for byte in require_text(text).encode()]

    def to_json(self, tokens: Sequence[str], unknown: str | None = None) -> str:
        """Return a tokenizer.json of byte-pair encoding with no pairs, so that all falls back to bytes."""
        model = {
            "type": "BPE",
            "vocab": {token: row for row, token in enumerate(self.vocabulary)},
            "merges": [],
            "byte_fallback": True,
        }
        return tokenizer_json(model)
