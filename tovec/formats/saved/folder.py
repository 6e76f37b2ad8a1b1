"""The saved folder: an embedding in the layout that model2vec and sentence-transformers read.

model.safetensors holds the vectors, tokenizer.json says how text becomes ids, tovec.json has what these
cannot hold, and ngrams.safetensors the vectors of n-grams where there are any. Equal embeddings give equal
bytes: no time, thread count or path is written.

A tokenizer.json for words needs an entry for unknown ones, or model2vec fails on them. It is the last
row, all zeros, in the file only: what `load` returns has exactly the tokens that were saved.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tovec.errors import CannotSave
from tovec.formats.saved.fields import optional_fields, read_scale, read_vocabulary, scaled
from tovec.formats.saved.model_card import model_card
from tovec.formats.saved.ngrams_file import NAME as NGRAMS
from tovec.formats.saved.ngrams_file import described, load_ngrams, read_description, save_ngrams
from tovec.formats.saved.outputs_file import NAME as OUTPUTS
from tovec.formats.saved.outputs_file import load_outputs, save_outputs
from tovec.formats.saved.tensors import Tensor, open_table, write_tensors
from tovec.formats.saved.tokenizer_file import hidden_rows, tokenizer_definition
from tovec.formats.writing.dtypes import F16, F32, Dtype, encoded, scale_for
from tovec.formats.writing.names import row_name
from tovec.formats.writing.options import Options
from tovec.storage import is_leftover, read_consistent, real_path, replace_folder, work_folder
from tovec.storage.disk import check_space
from tovec.storage.file_errors import CorruptFile, UnsupportedFile, reporting_file
from tovec.storage.json_text import field, json_object, utf8
from tovec.storage.limits import MAX_LIST, contents
from tovec.storage.paths import as_cannot_save, is_mounted
from tovec.vectors.embedding_parts import EmbeddingParts

if TYPE_CHECKING:
    from tovec.text.tokenizers import Tokenizer

# A folder has the lowest version that can say all of it: 2 has n-grams. A tovec that knows only 1 refuses it:
# without n-grams, unknown tokens would be errors that they are not.
FORMAT_VERSION = 2
TENSOR = "embeddings"
OWN_NAMES = frozenset(
    {
        "README.md",
        "config.json",
        "model.safetensors",
        "modules.json",
        OUTPUTS,
        NGRAMS,
        "snapshots",
        "tokenizer.json",
        "tovec.json",
    }
)


def recognizes(path: Path, head: bytes = b"") -> bool:
    """Whether `path` is a folder that tovec saved."""
    return (path / "tovec.json").is_file()


def check_writable(directory: str | Path) -> None:
    """Raise CannotSave when an embedding cannot be saved as `directory`; nothing is changed.

    It may be missing, empty, hold only the work files of a run, or be a folder that tovec saved.
    """
    directory = Path(directory)
    with as_cannot_save(directory):
        if directory.exists():
            _check_replaceable(directory)
        existing = next(parent for parent in real_path(directory).parents if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise CannotSave(f"cannot save to {directory}: {existing} is not a folder that can be written to")


def _check_replaceable(directory: Path) -> None:
    if not directory.is_dir():
        raise CannotSave(f"cannot save to {directory}: it is a file; name a folder")
    if directory.samefile(Path.cwd()):
        raise CannotSave(f"cannot save to {directory}: it is the current folder; name a folder inside it")
    if is_mounted(real_path(directory)):  # which no other folder can replace
        raise CannotSave(f"cannot save to {directory}: a disk is mounted there; name a folder inside it")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise CannotSave(f"cannot save to {directory}: it may not be written to; name another folder")
    ours = {work_folder.NAME} if work_folder.may_be_run(directory) else set()
    others = sorted(entry.name for entry in directory.iterdir() if entry.name not in ours)
    if others and not recognizes(directory):
        raise CannotSave(
            f"cannot save to {directory}: it holds {others[0]!r}, so tovec did not save it; "
            "name a new or an empty folder"
        )


def save_with(embedding: EmbeddingParts, path: Path, options: Options) -> None:
    """Save as `save` does, with the dtype and the snapshots of `options`. Tokens need no escape here."""
    save(embedding, path, snapshots=options.snapshots, dtype=options.dtype)


def save(
    embedding: EmbeddingParts,
    directory: str | Path,
    *,
    snapshots: Path | None = None,
    keep_work: bool | None = None,
    dtype: Dtype = F32,
) -> Path:
    """Save `embedding` as the folder `directory` and return its path.

    snapshots: a folder whose contents become the `snapshots` of the new one. keep_work: given by a run that
    saves its own result, whose snapshots are not copied; True keeps its work files, so that it can continue.
    dtype: of the vectors, F32, F16 or INT8, which model2vec reads; output vectors and n-grams are F16 with
    F16, else F32.

    A folder that tovec saved is replaced as a whole, with the work files of a run; files in it that tovec
    does not write are kept, also in `work`.
    Raises CannotSave, NoSpace where the disk is too full; everything is then as it was.
    """
    directory = Path(directory)
    check_writable(directory)
    tokens = embedding.vocabulary.tokens
    scale, beside = scale_for(embedding.vectors, dtype), dtype if dtype is F16 else F32
    definition, exact = tokenizer_definition(embedding.tokenizer, embedding.vocabulary)
    try:
        hidden = hidden_rows(definition, tokens)
    except CorruptFile as error:
        way = "" if embedding.tokenizer is None else "; with_tokenizer(None).save(…) saves them without it"
        raise CannotSave(
            f"the tokens are not those of the tokenizer, whose tokenizer.json does not fit: {error}{way}"
        ) from error
    texts = {
        "tokenizer.json": definition,
        "tovec.json": _tovec_json(embedding, exact, hidden, scale),
        "config.json": _lines(_config(embedding)),
        "modules.json": json.dumps(_MODULES, indent=2) + "\n",
        "README.md": model_card(embedding, exact),
    }
    copied = snapshots if keep_work is None else None
    n_bytes = _n_bytes(embedding, hidden, dtype, beside, copied) + sum(map(len, texts.values()))
    check_space(real_path(directory).parent, n_bytes, str(directory))
    if keep_work is None:
        work_folder.check_not_running(directory)
    goes_too = not keep_work and work_folder.is_all_ours(directory)
    with replace_folder(directory, OWN_NAMES | ({work_folder.NAME} if goes_too else set())) as building:
        for name, text in texts.items():
            (building / name).write_bytes(text.encode())
        with (building / "model.safetensors").open("wb") as file:
            rows = _rows(embedding, hidden, dtype, scale)
            shape = embedding.n_tokens + hidden, embedding.dim
            write_tensors(file, {TENSOR: Tensor(shape, rows, dtype.safetensors)})
        if embedding.outputs is not None:
            save_outputs(embedding.outputs, embedding.state, building, beside, row_name(tokens))
        if embedding.ngrams is not None:
            save_ngrams(embedding.ngrams, building, beside)
        if snapshots is not None and snapshots.is_dir():
            import shutil

            put = shutil.copy2 if copied is not None else _link
            shutil.copytree(snapshots, building / "snapshots", copy_function=put, ignore=_leftovers)
    if not keep_work:
        work_folder.remove(directory)
    return directory


_MODULES = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}]


def _n_bytes(
    embedding: EmbeddingParts, hidden: int, dtype: Dtype, beside: Dtype, snapshots: Path | None
) -> int:
    """Return how many bytes tables and snapshots take."""
    n_rows, outputs, ngrams = embedding.n_tokens, embedding.outputs, embedding.ngrams
    n_beside = (0 if outputs is None else n_rows) + (0 if ngrams is None else ngrams.vectors.shape[0])
    tables = (n_rows + hidden) * dtype.numpy.itemsize + n_beside * beside.numpy.itemsize
    kept = [] if snapshots is None else [path for path in snapshots.rglob("*") if path.is_file()]
    return embedding.dim * tables + sum(path.stat().st_size for path in kept)


def _link(source: str, dest: str) -> None:
    """Give a file, which is never written into, a second name; copy it where the disk has no such names."""
    import shutil

    try:
        os.link(source, dest)
    except OSError:
        shutil.copy2(source, dest)


def _leftovers(folder: str, names: list[str]) -> list[str]:
    return list(filter(is_leftover, names))


def _config(embedding: EmbeddingParts) -> dict[str, Any]:
    """Return what model2vec reads; without a `max_length` of null it would cut text at 512 tokens."""
    return {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "hidden_dim": embedding.dim,
        "normalize": False,
        "max_length": None,
    }


def _rows(embedding: EmbeddingParts, hidden: int, dtype: Dtype, scale: float) -> Iterator[NDArray[Any]]:
    yield from encoded(embedding.vectors, dtype, scale, row_name(embedding.vocabulary.tokens))
    yield np.zeros((hidden, embedding.dim), dtype=dtype.numpy)


def _tovec_json(embedding: EmbeddingParts, exact: bool, hidden: int, scale: float) -> str:
    vocabulary = embedding.vocabulary
    counts = vocabulary.counts
    tokenizer, ngrams = embedding.tokenizer, embedding.ngrams
    return _lines(
        {
            "format_version": 1 if ngrams is None else 2,
            "n_tokens": embedding.n_tokens,
            "dim": embedding.dim,
            "tokenizer": None if tokenizer is None else dict(tokenizer.settings),
            "tokenizer_json": "exact" if exact else "approximate",
            "hidden_row": embedding.n_tokens if hidden else None,
            "unknown": vocabulary.unknown,
            "provenance": embedding.provenance,
            **({} if ngrams is None else {"ngrams": described(ngrams)}),
            **optional_fields(vocabulary, scale),
            "counts": None if counts is None else counts.tolist(),
            "tokens": list(vocabulary.tokens),
        }
    )


def _lines(fields: Mapping[str, Any]) -> str:
    """Return a JSON object with one field a line, so that a pager can skip long lists.

    Raises CannotSave for values that JSON cannot hold.
    """
    try:
        parts = [f" {json.dumps(key)}: {_json(value)}" for key, value in fields.items()]
    except (TypeError, ValueError) as error:
        raise CannotSave(f"the provenance of an embedding must be JSON values: {error}") from error
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a file name in it may hold bytes that are not text, which escapes can say
        return json.dumps(value)
    return text


def load(directory: str | Path) -> EmbeddingParts:
    """Return the embedding saved as `directory`, whose rows are read when asked for.

    Raises BadSource that names the file that is missing or damaged, and what is wrong with it.
    """
    return read_consistent(Path(directory), _load)


def _tokenizer(settings: dict[str, Any] | None, definition: str, is_exact: bool) -> "Tokenizer | None":
    """Return the tokenizer of a folder; None where it has none, or one that no folder can hold."""
    from tovec.text.tokenizers import tokenizer_from_settings

    if settings is None or (settings.get("closed") and not is_exact):
        return None
    return tokenizer_from_settings(settings, definition if is_exact else None)


def _load(folder: Path) -> EmbeddingParts:
    with reporting_file(folder / "tovec.json"):
        saved = json_object(contents(folder / "tovec.json", MAX_LIST), "its text")
        version = field(saved, "format_version", int, 0)
        if version > FORMAT_VERSION:
            raise UnsupportedFile(
                f"its format is version {version}, and {FORMAT_VERSION} is the newest that this tovec reads"
            )
        vocabulary, scale = read_vocabulary(saved), read_scale(saved)
        settings = field(saved, "tokenizer", dict)
        is_exact = field(saved, "tokenizer_json", str, "exact") != "approximate"
        provenance = field(saved, "provenance", dict, {})
        description = field(saved, "ngrams", dict)
        of_ngrams = None if description is None else read_description(description)
    with reporting_file(folder / "tokenizer.json"):
        definition = utf8(contents(folder / "tokenizer.json", MAX_LIST), "its text")
        hidden = hidden_rows(definition, vocabulary.tokens)
        tokenizer = _tokenizer(settings, definition, is_exact)
    ngrams = None if of_ngrams is None else load_ngrams(folder, *of_ngrams)
    with reporting_file(folder / "model.safetensors"):
        vectors = open_table(folder / "model.safetensors", TENSOR)
        if vectors.shape[0] != len(vocabulary) + hidden:
            raise CorruptFile(
                f"it has {vectors.shape[0]} rows for {len(vocabulary) + hidden} entries of tokenizer.json"
            )
        rows = scaled(vectors, len(vocabulary), scale)
        parts = EmbeddingParts(vocabulary, rows, tokenizer, provenance, ngrams)
    outputs, state = load_outputs(folder, rows.shape)
    return replace(parts, outputs=outputs, state=state)
