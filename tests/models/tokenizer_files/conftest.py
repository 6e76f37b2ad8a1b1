import struct

import pytest
from needs import gemma_gguf
from sentencepiece_files import model


def _metadata(path):
    """Return the metadata of a little-endian GGUF of version 3, read without the code under test."""
    with path.open("rb") as file:
        data = file.read(20_000_000)
    at = 24

    def number(form):
        nonlocal at
        (value,) = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return value

    def value(kind):
        nonlocal at
        if kind == 8:
            size = number("Q")
            at += size
            return data[at - size : at].decode("utf-8", "surrogateescape")
        if kind == 9:
            inner, size = number("I"), number("Q")
            return [value(inner) for _ in range(size)]
        return number("BbHhIif?..Qqd"[kind])

    count = struct.unpack_from("<Q", data, 16)[0]
    return {value(8): value(number("I")) for _ in range(count)}


@pytest.fixture(scope="session")
def gemma_gguf_path(tmp_path_factory):
    return gemma_gguf(tmp_path_factory.mktemp("gemma"))


@pytest.fixture(scope="session")
def gemma_metadata(gemma_gguf_path):
    """The metadata of Gemma 3's GGUF file."""
    return _metadata(gemma_gguf_path)


@pytest.fixture(scope="session")
def gemma_pieces(gemma_metadata):
    """Gemma 3's pieces as SentencePiece would have them in a .model."""
    keys = ("tokens", "scores", "token_type")
    tokens, scores, kinds = (gemma_metadata[f"tokenizer.ggml.{key}"] for key in keys)
    kinds = [2 if token == "<unk>" else kind for token, kind in zip(tokens, kinds, strict=True)]
    names = [token.replace(" ", "▁") for token in tokens]
    pieces = zip(names, scores, kinds, strict=True)
    return model(pieces, byte_fallback=True, dummy_prefix=False, extra_whitespaces=False)
