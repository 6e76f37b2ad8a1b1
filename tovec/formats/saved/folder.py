"""The saved folder of an embedding: of vectors (static_folder.py), or of a language model (model_folder.py).

Equal embeddings give equal bytes: no time, thread count or path is written. One layout takes the place of the
other as a whole.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tovec.errors import CannotSave
from tovec.formats.saved import map_file, model_folder, static_folder
from tovec.formats.saved.model_card import MAP
from tovec.formats.saved.tovec_json import MODEL, NAME, read_tovec_json
from tovec.formats.writing.dtypes import F32, Dtype
from tovec.formats.writing.options import Options
from tovec.storage import is_leftover, read_consistent, real_path, replace_folder, work_folder
from tovec.storage.disk import check_space
from tovec.storage.paths import as_cannot_save, is_mounted
from tovec.vectors.embedding_parts import EmbeddingParts

OWN_NAMES = static_folder.OWN_NAMES | model_folder.OWN_NAMES | {"snapshots", map_file.NAME}


def recognizes(path: Path, head: bytes = b"") -> bool:
    """Whether `path` is a folder that tovec saved."""
    return (path / NAME).is_file()


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
    map_tensors: Mapping[str, NDArray[Any]] | None = None,
) -> Path:
    """Save `embedding` as the folder `directory` and return its path.

    snapshots: a folder whose contents become the `snapshots` of the new one. keep_work: given by a run that
    saves its own result, whose snapshots are not copied; True keeps its work files, so that it can continue.
    dtype: of the vectors, F32, F16 or INT8, which model2vec reads; output vectors and n-grams are F16 with
    F16, else F32. All tensors of a language model have it, and it cannot be INT8. map_tensors: of the map
    that brought the vectors to where they are, as `map_file.save_map` writes them.

    A folder that tovec saved is replaced as a whole, with the work files of a run; files in it that tovec
    does not write are kept, also in `work`.
    Raises CannotSave, NoSpace where the disk is too full; everything is then as it was.
    """
    directory = Path(directory)
    check_writable(directory)
    layout = model_folder if model_folder.holds_model(embedding) else static_folder
    made = layout.contents_of(embedding, dtype)
    texts = dict(made.texts)
    if map_tensors is not None:
        texts["README.md"] += MAP
    copied = snapshots if keep_work is None else None
    n_bytes = made.n_bytes + sum(map(len, texts.values())) + _n_bytes_below(copied)
    n_bytes += sum(each.nbytes for each in (map_tensors or {}).values())
    check_space(real_path(directory).parent, n_bytes, str(directory))
    if keep_work is None:
        work_folder.check_not_running(directory)
    goes_too = not keep_work and work_folder.is_all_ours(directory)
    with replace_folder(directory, OWN_NAMES | ({work_folder.NAME} if goes_too else set())) as building:
        for name, text in texts.items():
            (building / name).write_bytes(text.encode())
        made.write_tables(building)
        if map_tensors is not None:
            map_file.save_map(map_tensors, building)
        if snapshots is not None and snapshots.is_dir():
            import shutil

            put = shutil.copy2 if copied is not None else _link
            shutil.copytree(snapshots, building / "snapshots", copy_function=put, ignore=_leftovers)
    if not keep_work:
        work_folder.remove(directory)
    return directory


def _n_bytes_below(snapshots: Path | None) -> int:
    kept = [] if snapshots is None else [path for path in snapshots.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in kept)


def _link(source: str, dest: str) -> None:
    """Give a file, which is never written into, a second name; copy it where the disk has no such names."""
    import shutil

    try:
        os.link(source, dest)
    except OSError:
        shutil.copy2(source, dest)


def _leftovers(folder: str, names: list[str]) -> list[str]:
    return list(filter(is_leftover, names))


def load(directory: str | Path) -> EmbeddingParts:
    """Return the embedding saved as `directory`, whose rows are read when asked for.

    Raises BadSource that names the file that is missing or damaged, and what is wrong with it.
    """
    return read_consistent(Path(directory), _load)


def _load(folder: Path) -> EmbeddingParts:
    saved = read_tovec_json(folder)
    if saved.layout == MODEL:
        return model_folder.load(folder, saved)
    return static_folder.load(folder, saved)
