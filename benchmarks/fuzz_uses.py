"""What `fuzz.py` does with a mutant: opens it and reads all of it, with tovec or with another library."""

import contextlib
import io
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_worker import digest

TEXT = "The cat sat on the mat. 한국어 naïve <s>ab"
ROWS = 4096  # at most as many are read
_LONGEST = 2000  # characters of a message


def source(path: Path) -> str:
    """Open a source with tovec, use its tables, tokens and tokenizer, and run `tovec inspect` on it."""
    return _used(path, None)


def named_by(tokenizer: str) -> Callable[[Path], str]:
    """Return a function that opens an array whose rows are named by a tokenizer file in the same folder."""

    def use(path: Path) -> str:
        return _used(path, path.parent / tokenizer)

    return use


def _used(path: Path, tokenizer: Path | None) -> str:
    import tovec
    from tovec.errors import TovecError

    model = tovec.open_model(path, tokenizer)
    parts = []
    for embedding in (model.input, model.output, model.effective):
        if embedding is None:
            continue
        rows = np.ascontiguousarray(embedding[: min(len(embedding), ROWS)])
        assert rows.shape == (min(len(embedding), ROWS), embedding.dim) and rows.dtype == np.float32
        names = embedding.vocabulary.tokens
        assert len(set(names)) == len(embedding) == len(embedding.vocabulary.readable_tokens)
        parts += [rows.tobytes(), "\0".join(names).encode("utf-8", "surrogatepass")]
        with contextlib.suppress(TovecError):  # a zero row has no neighbors
            parts.append(repr(embedding.neighbors(0, 3)).encode("utf-8", "surrogatepass"))
        if embedding.tokenizer is not None:
            ids = embedding.encode(TEXT)
            assert all(0 <= row < len(embedding) for row in ids)
            parts.append(np.asarray(ids).tobytes())
    parts.append(str(model.report).encode("utf-8", "surrogatepass"))
    if tokenizer is None:
        _inspect(path)
    return digest(*parts)


def _inspect(path: Path) -> None:
    from tovec.cli import cli

    with contextlib.redirect_stdout(io.StringIO()):
        cli(["inspect", str(path)], standalone_mode=False)


def metadata(path: Path) -> str:
    """Read columns of token metadata, as `view --metadata` does."""
    import tovec
    from tovec.server.metadata import read_metadata

    return digest(repr(read_metadata(path, tovec.Vocabulary(["cat", "dog", "mat"]))).encode())


def index_of(embedding: Any) -> Callable[[Path], str]:
    """Return a function that opens an approximate index of `embedding` and searches it."""

    def use(path: Path) -> str:
        from tovec.approximate import ApproximateIndex

        index = ApproximateIndex.open(embedding, path)
        return digest(*(repr(index.search(row, 5)).encode() for row in range(0, len(embedding), 10)))

    return use


def resumed(settings: dict[str, Any]) -> Callable[[Path], str]:
    """Return a function that resumes a run from its checkpoint."""

    def use(path: Path) -> str:
        from tovec.training.run_folder import train_into

        with contextlib.redirect_stderr(io.StringIO()):
            run = train_into(path / "out", [path / "text.txt"], resume=True, checkpoint_every=1, **settings)
        assert np.isfinite(run.embedding[:]).all()
        return digest(run.embedding[:].tobytes())

    return use


def checked(error: BaseException) -> str:
    """Return what is wrong with a message of tovec, which must be one line, and not too long.

    Text that it quotes from a file may have control characters, which the command line escapes.
    """
    message = str(error)
    if not message or "\n" in message:
        return f"a message that is not one line: {message[:200]!r}"
    return f"a message of {len(message)} characters: {message[:100]!r}" if len(message) > _LONGEST else ""


def refusals() -> tuple[type[BaseException], ...]:
    """Return the errors with which tovec refuses a file: its own, and those of its command line."""
    import click

    from tovec.errors import TovecError

    return TovecError, click.ClickException


# The same file with other libraries


def safetensors_file(path: Path) -> str:
    tensors = import_module("safetensors.numpy").load_file(path)
    return digest(*(tensors[name].tobytes() for name in sorted(tensors)))


def gguf_file(path: Path) -> str:
    reader = import_module("gguf").GGUFReader(path)
    fields = [repr(field.contents()).encode() for field in reader.fields.values()]
    return digest(*fields, *(tensor.data.tobytes() for tensor in reader.tensors))


def word2vec_text(path: Path) -> str:
    return _gensim(path, binary=False)


def word2vec_binary(path: Path) -> str:
    return _gensim(path, binary=True)


def _gensim(path: Path, *, binary: bool) -> str:
    vectors = import_module("gensim.models").KeyedVectors.load_word2vec_format(path, binary=binary)
    return digest(vectors.vectors.tobytes(), repr(vectors.index_to_key).encode())


def numpy_array(path: Path) -> str:
    loaded = np.load(path, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return digest(loaded.tobytes())
    with loaded:
        return digest(*(loaded[name].tobytes() for name in loaded.files))


def torch_file(path: Path) -> str:
    loaded = import_module("torch").load(path, weights_only=True)
    return digest(repr(loaded).encode("utf-8", "surrogatepass"))


def parquet(path: Path) -> str:
    return digest(repr(import_module("pyarrow.parquet").read_table(path).to_pydict()).encode())


def fasttext_binary(path: Path) -> str:
    model = import_module("fasttext.FastText")._FastText(str(path))
    return digest(repr([model.get_word_vector(word).tolist() for word in model.words]).encode())


def sentencepiece_model(path: Path) -> str:
    processor = import_module("sentencepiece").SentencePieceProcessor(model_file=str(path))
    return digest(repr(processor.encode(TEXT)).encode())


def tokenizer_json(path: Path) -> str:
    return digest(repr(import_module("tokenizers").Tokenizer.from_file(str(path)).encode(TEXT).ids).encode())
