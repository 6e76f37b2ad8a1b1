"""The formats that can be written, one entry each: name, suffixes, what it can hold, what writes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tovec.errors import BadSetting, CannotSave
from tovec.formats.saved import folder, tensor_file
from tovec.formats.writing import array, parquet, projector, word2vec
from tovec.formats.writing.dtypes import DTYPES, Dtype
from tovec.formats.writing.options import Options
from tovec.text.token_bytes import Spelling
from tovec.vectors.embedding_parts import EmbeddingParts

_TEXT = 2  # bytes: a digit and a blank
_COUNTS = "counts"
_UNKNOWN = "which token stands for unknown text"
_SPECIAL = "which tokens stand for no text"
_SPELLING = "how names spell bytes"
# What an embedding may have in addition to tokens and vectors, each as messages call it.
PARTS: Mapping[str, Callable[[EmbeddingParts], bool]] = MappingProxyType(
    {
        _COUNTS: lambda made: made.vocabulary.counts is not None,
        "the tokenizer": lambda made: made.tokenizer is not None,
        _UNKNOWN: lambda made: made.vocabulary.unknown is not None,
        _SPECIAL: lambda made: bool(made.vocabulary.special),
        _SPELLING: lambda made: made.vocabulary.spelling is not Spelling.PLAIN,
        "n-grams": lambda made: made.ngrams is not None,
        "output vectors": lambda made: made.outputs is not None,
        "where the vectors come from": lambda made: bool(made.provenance),
    }
)
# What it means that a part is missing, where that is not obvious.
MEANS: Mapping[str, str] = MappingProxyType(
    {"n-grams": ": words that are not in the vocabulary have no vectors there"}
)


@dataclass(frozen=True)
class Writer:
    """A format that can be written.

    name: of `--format`. title: as messages call it. suffixes: of the paths that mean it; "" for none.
    dtypes: the number types it can hold. holds: those of PARTS that it can hold. takes_columns: whether it
    can hold further columns. min_bytes: the least bytes of a number; None where the number type says it.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    save: Callable[[EmbeddingParts, Path, Options], None]
    dtypes: tuple[str, ...] = ("f32",)
    holds: frozenset[str] = frozenset()
    takes_columns: bool = False
    min_bytes: int | None = None

    def least_bytes(self, embedding: EmbeddingParts, dtype: Dtype) -> int:
        """Return how many bytes the vectors take at least."""
        of_number = dtype.numpy.itemsize if self.min_bytes is None else self.min_bytes
        return embedding.n_tokens * embedding.dim * of_number

    def dropped(self, embedding: EmbeddingParts) -> list[str]:
        """Return those of PARTS that `embedding` has and the format does not hold."""
        return [part for part, has in PARTS.items() if part not in self.holds and has(embedding)]


WRITERS = (
    # model2vec refuses bf16, and it must be able to read the folder.
    Writer("folder", "a folder", ("",), folder.save_with, ("f32", "f16", "int8"), frozenset(PARTS)),
    Writer("word2vec-text", "word2vec text", (".vec", ".txt"), word2vec.save_text, min_bytes=_TEXT),
    Writer("word2vec-binary", "word2vec binary", (".bin",), word2vec.save_binary),
    Writer("glove", "GloVe text", (".glove",), word2vec.save_glove, min_bytes=_TEXT),
    Writer(
        "projector",
        "tables for the Embedding Projector",
        (".tsv",),
        projector.save,
        holds=frozenset({_COUNTS}),
        min_bytes=_TEXT,
    ),
    Writer(
        "parquet",
        "Parquet",
        (".parquet",),
        parquet.save,
        ("f32", "f16"),
        frozenset({_COUNTS}),
        takes_columns=True,
        min_bytes=0,  # packed
    ),
    Writer("npy", "a NumPy array and its tokens", (".npy",), array.save, ("f32", "f16")),
    Writer(
        "safetensors",
        "a safetensors file",
        (".safetensors",),
        tensor_file.save,
        ("f32", "f16", "bf16", "int8"),
        frozenset({_COUNTS, _UNKNOWN, _SPECIAL, _SPELLING}),
    ),
)
BY_NAME: Mapping[str, Writer] = MappingProxyType({writer.name: writer for writer in WRITERS})


def writer_for(path: str | Path, name: str | None = None) -> Writer:
    """Return the writer of the format `name`, or of the one that the suffix of `path` means.

    No suffix, or one of digits, a path that ends with `/`, or an existing folder: a folder.
    Raises CannotSave for an unknown suffix, BadSetting for an unknown name.
    """
    if name is not None:
        if name not in BY_NAME:
            raise BadSetting("the format", name, f"one of {', '.join(BY_NAME)}")
        return BY_NAME[name]
    is_folder = str(path).endswith("/") or Path(path).is_dir()
    suffix = Path(path).suffix.lower()
    if is_folder or suffix[1:].isdecimal():  # words-0.5
        suffix = ""
    for writer in WRITERS:
        if suffix in writer.suffixes:
            return writer
    known = ", ".join(f"{' or '.join(one.suffixes) or 'no suffix'} ({one.title})" for one in WRITERS)
    raise CannotSave(
        f"cannot tell the format of {path} from {suffix!r}; there are {known}; `format` chooses one "
        "for any suffix"
    )


def check_holds(writer: Writer, dtype: str, columns: bool) -> None:
    """Raise CannotSave for a dtype or columns that it cannot hold, BadSetting for an unknown dtype."""
    if dtype not in DTYPES:
        raise BadSetting("the dtype", dtype, f"one of {', '.join(DTYPES)}")
    if dtype not in writer.dtypes:
        others = ", ".join(one.suffixes[0] for one in WRITERS if dtype in one.dtypes and one.suffixes[0])
        raise CannotSave(f"{writer.title} cannot hold {dtype}, only {', '.join(writer.dtypes)}; {others} can")
    if columns and not writer.takes_columns:
        raise CannotSave(f"{writer.title} cannot hold a projection or neighbors; .parquet can")
