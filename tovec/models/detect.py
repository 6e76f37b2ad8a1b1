"""What a path is: the entry of its format, or a model's folder. Decided here, once, and passed on."""

from pathlib import Path
from typing import NamedTuple

from tovec.formats import Format, format_of
from tovec.formats.tensors.file_names import tensor_files
from tovec.models.folders import model_folder
from tovec.storage.file_bytes import head_of


class ModelFolder(NamedTuple):
    """A folder that holds a model.

    path: the folder of its files, which may lie inside the one that was named. files: its files of tensors;
    one that stands for all, several where it is not clear which, none where the folder lacks them.
    """

    path: Path
    files: tuple[Path, ...]


Detected = Format | ModelFolder


def detect(path: Path) -> Detected | None:
    """Return what the file or folder `path` is, None where it is nothing that tovec reads.

    Only the first bytes of a file and the names in a folder are read.
    Raises BadSource for a folder of several models.
    """
    return format_of(path, head_of(path)) or find_model_folder(path)


def find_model_folder(path: Path) -> ModelFolder | None:
    """Return the folder of the model that `path` is, or that lies in it; None for any other path."""
    if not path.is_dir():
        return None
    folder = model_folder(path)
    names = tensor_files(entry.name for entry in folder.iterdir() if entry.is_file())
    return ModelFolder(folder, tuple(folder / name for name in names)) if names or folder != path else None
