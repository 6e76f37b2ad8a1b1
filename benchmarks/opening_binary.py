"""Opening binary files of vectors and reading all of them: word2vec beside gensim, fastText beside both.

Usage: python benchmarks/opening_binary.py
Each case makes a file of random numbers in a folder and gives the runs to be timed: a name, and a call
that opens the file, reads every vector and returns how many it read.
"""

import struct
import tempfile
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import numpy as np
from peers import report, timed

Runs = Mapping[str, Callable[[], int]]


def word2vec_binary(folder: Path, n_words: int = 200_000, dim: int = 300) -> Runs:
    """word2vec binary, 200,000 x 300."""
    path = folder / "word2vec.bin"
    generator = np.random.default_rng(0)
    with path.open("wb") as file:
        file.write(b"%d %d\n" % (n_words, dim))
        for row in range(n_words):
            vector = generator.standard_normal(dim, dtype=np.float32)
            file.write(b"word%d %s\n" % (row, vector.tobytes()))
    return {"tovec": lambda: _ours(path), "gensim": lambda: _gensims_word2vec(path)}


def fasttext_binary(folder: Path, n_words: int = 50_000, dim: int = 300, buckets: int = 200_000) -> Runs:
    """fastText binary, 50,000 words and 200,000 n-grams x 300."""
    path = folder / "fasttext.bin"
    generator = np.random.default_rng(0)
    settings = (dim, 5, 5, 5, 5, 1, 2, 2, buckets, 3, 6, 100, 1e-4)  # as fastText's own, model and loss too
    words = ["".join(map(chr, generator.integers(97, 123, 9))) for _ in range(n_words)]
    with path.open("wb") as file:
        file.write(struct.pack("<2i", 793712314, 12) + struct.pack("<12id", *settings))
        file.write(struct.pack("<3iqq", n_words, n_words, 0, 10 * n_words, -1))
        for word in words:
            file.write(word.encode() + struct.pack("<xqb", 10, 0))
        for n_rows in (n_words + buckets, n_words):
            file.write(struct.pack("<?qq", False, n_rows, dim))
            for _ in range(n_rows):
                file.write(generator.standard_normal(dim, dtype=np.float32).tobytes())
    return {
        "tovec": lambda: _ours(path),
        "gensim": lambda: _gensims_fasttext(path),
        "fasttext": lambda: _fasttexts(path),
    }


CASES: Mapping[str, Callable[[Path], Runs]] = {
    "word2vec binary, 200,000 x 300": word2vec_binary,
    "fastText binary, 50,000 + 200,000 x 300": fasttext_binary,
}


def _ours(path: Path) -> int:
    from tovec.formats.vectors import fasttext_file, word2vec_binary
    from tovec.nearest import blocks

    load = fasttext_file.load if path.stem == "fasttext" else word2vec_binary.load
    return sum(_read(rows) for _, rows in blocks(load(path).vectors))


def _gensims_word2vec(path: Path) -> int:
    from gensim.models import KeyedVectors

    return _read(KeyedVectors.load_word2vec_format(str(path), binary=True).vectors)


def _gensims_fasttext(path: Path) -> int:
    from gensim.models.fasttext import load_facebook_vectors

    return _read(load_facebook_vectors(str(path)).vectors)


def _fasttexts(path: Path) -> int:
    model = import_module("fasttext").load_model(str(path))
    return sum(_read(model.get_word_vector(word)[None]) for word in model.get_words())


def _read(rows: np.ndarray) -> int:
    rows.sum()
    return len(rows)


def main() -> None:
    rows = []
    for case, make in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            runs = make(Path(folder))
            best = {name: min(timed(run)[0] for _ in range(3)) for name, run in runs.items()}
        rows += [{"case": case, "run": name, "seconds": seconds} for name, seconds in best.items()]
    report("opening_binary", rows)


if __name__ == "__main__":
    main()
