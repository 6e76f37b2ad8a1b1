"""From one embedding to a file of another format: reduced, written, and what was dropped is reported."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tovec.errors import CannotSave
from tovec.formats import save
from tovec.formats.reduce import (
    LAYERS,
    Reduced,
    reduced,
    top_rows,
    with_fitting_tokenizer,
    without_components,
)
from tovec.formats.writers import MEANS, Writer, check_holds, writer_for
from tovec.formats.writing.dtypes import DTYPES
from tovec.formats.writing.options import ColumnValues
from tovec.storage import work_folder
from tovec.storage.work_folder import SNAPSHOTS
from tovec.text.ngrams import Unit
from tovec.vectors.embedding_parts import EmbeddingParts, has_layers
from tovec.vectors.fitted_ngrams import with_fitted_ngrams


@dataclass(frozen=True)
class Converted:
    """What was written. format: its name. explained_variance: by the dimensions kept, None where all are.

    removed_share: of the summed squared lengths, by the components removed; None where none were.
    dropped: what the source has and the file has not. warnings: the same, one line each, and how much of a
    number its type keeps.
    """

    format: str
    n_tokens: int
    dim: int
    dtype: str
    explained_variance: float | None
    removed_share: float | None
    dropped: tuple[str, ...]
    warnings: tuple[str, ...]


def convert(
    embedding: EmbeddingParts,
    dest: str,
    *,
    source: Path | None = None,
    format: str | None = None,
    dtype: str = "f32",
    top: int | None = None,
    dim: int | None = None,
    remove_components: int | None = None,
    ngrams: Unit | None = None,
    escape: bool = False,
    columns: Callable[[EmbeddingParts], Mapping[str, ColumnValues]] | None = None,
) -> Converted:
    """Write `embedding` to `dest` as `tovec.save` does, changed before that where asked for.

    The changes are made in this order: `without_components`, so that n-grams are fitted to what remains,
    `with_fitted_ngrams`, `top_rows`, `reduced`.
    source: the folder that the embedding was opened from; its snapshots are copied into a folder. columns:
    makes more columns, of Parquet, for the embedding that is written.
    Raises as those do, and CannotSave where `dest` holds a training run that has not finished.
    """
    writer = writer_for(dest, format)
    check_holds(writer, dtype, columns is not None)
    _check_work(writer, Path(dest))
    steps = []
    removed = None
    if remove_components is not None:
        step, removed = without_components(embedding, remove_components, "remove_components")
        steps.append(step)
        embedding = step.embedding
    if ngrams is not None:
        embedding = with_fitted_ngrams(embedding, ngrams)
    if top is not None:
        steps.append(top_rows(embedding, top))
        embedding = steps[-1].embedding
    explained = None
    if dim is not None:
        step, explained = reduced(embedding, dim)
        steps.append(step)
        embedding = step.embedding
    if writer.name == "folder":
        steps.append(with_fitting_tokenizer(embedding))
        embedding = steps[-1].embedding
    elif has_layers(embedding.state):
        steps.append(Reduced(embedding, (LAYERS,)))
    snapshots = None if source is None or not (source / SNAPSHOTS).is_dir() else source / SNAPSHOTS
    is_changed = top is not None or dim is not None or remove_components is not None
    if snapshots is not None and (writer.name != "folder" or is_changed):
        steps.append(Reduced(embedding, ("the snapshots of training",)))
        snapshots = None
    save(
        embedding,
        dest,
        format=writer.name,
        dtype=dtype,
        escape=escape,
        columns=None if columns is None else columns(embedding),
        snapshots=snapshots,
    )
    reduced_away = [part for step in steps for part in step.dropped]
    not_held = writer.dropped(embedding)
    keeps = DTYPES[dtype].keeps
    warnings = [
        *(f"dropped: {part}" for part in reduced_away),
        *(f"{dest} cannot hold {part}{MEANS.get(part, '')}" for part in not_held),
        *([] if keeps is None else [keeps]),
    ]
    return Converted(
        writer.name,
        embedding.n_tokens,
        embedding.dim,
        dtype,
        explained,
        removed,
        (*reduced_away, *not_held),
        tuple(warnings),
    )


def _check_work(writer: Writer, dest: Path) -> None:
    if writer.name == "folder" and work_folder.is_run(dest):
        raise CannotSave(
            f"cannot save to {dest}: it holds a training run that has not finished and would be lost; finish "
            "it with tovec train --resume, or name another folder"
        )
