"""SentencePiece models for tests: trained ones, and messages written field by field."""

import io
import struct

from needs import needs
from protobuf_bytes import message, varint

TEXTS = [
    "The cat sat on the mat, and the dog sat on the log.",
    "한국어 토큰 벡터를 배우고, 찾고, 재고, 본다. 한국 한국어 한국의",
    "A table of vectors: one row a token; tokens have names. (unknown ones too) )) ))",
    "naïve café, déjà vu — 1,234 tokens are 42% of all tokens …",
    "def tokens(self, text): return [token for token in self.cut(text)]",
    "東京タワーと大阪城、日本語の文章も少し。",
] * 5


def trained(**settings):
    """Return the bytes of a model trained on TEXTS."""
    spm = needs("sentencepiece")
    out = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS),
        model_writer=out,
        minloglevel=2,
        hard_vocab_limit=False,
        character_coverage=0.98,
        **settings,
    )
    return out.getvalue()


def piece(name, score=0.0, kind=1):
    text = name.encode("utf-8", "surrogateescape")
    return message(1, message(1, text) + b"\x15" + struct.pack("<f", score) + b"\x18" + varint(kind))


def model(pieces, *, kind=2, byte_fallback=False, dummy_prefix=True, extra_whitespaces=True):
    """Return a model of (name, score, kind) pieces."""
    trainer = b"\x18" + varint(kind) + varint(35 << 3) + varint(byte_fallback)
    normalizer = b"\x18" + varint(dummy_prefix) + b"\x20" + varint(extra_whitespaces)
    return b"".join(piece(*entry) for entry in pieces) + message(2, trainer) + message(3, normalizer)
