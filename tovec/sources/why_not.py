"""Why a path that exists cannot be opened: what it is instead, and the way out."""

import re
from pathlib import Path

from tovec.errors import BadSource
from tovec.formats import TENSORS, VECTORS
from tovec.formats.foreign_files import check_not_foreign, foreign_by_name
from tovec.formats.vectors import text_file
from tovec.formats.vectors.compressed import is_compressed
from tovec.models.detect import detect, find_model_folder
from tovec.storage import work_folder
from tovec.storage.file_bytes import head_of
from tovec.storage.file_errors import reporting_file

_JSON_TEXT = re.compile(rb'(\xef\xbb\xbf)?\s*(\[\s*)?(\{\s*"[^"\n]*"\s*:|\[\s*")')
_JSON = (
    "is JSON, not vectors; save vectors as .npy with their tokens in a .txt beside it, or as word2vec text; "
    "if it is a tokenizer, open the table and name this file as its `tokenizer`"
)
_MAX_ENTRIES, _MAX_SHOWN = 50, 3  # of a folder: looked at, named in the message


def why_not(path: Path) -> str:
    """Return the rest of a message that begins with `path`, a file or a folder that `detect` does not know.

    Raises BadSource where the first bytes of a file say what it is.
    """
    return _why_not_folder(path) if path.is_dir() else _why_not_file(path)


def _why_not_file(path: Path) -> str:
    head = head_of(path)
    if not head:
        return "is empty"
    foreign = foreign_by_name(path.name)
    if foreign is not None:
        return f"is {foreign}"
    if not is_compressed(path, head):
        with reporting_file(path):
            check_not_foreign(head)
    if _JSON_TEXT.match(head):
        return _JSON
    if b"\0" not in head or is_compressed(path):
        why = text_file.why_not(path, head)
        if why is not None:
            return f"{why}; train makes vectors of text" if why.startswith("is text,") else why
    known = ", ".join(form.name for form in (*TENSORS, *VECTORS))
    return f"is in none of the formats that tovec reads: {known}"


def _why_not_folder(path: Path) -> str:
    entries = sorted(path.iterdir())
    if [entry.name for entry in entries] == [work_folder.NAME] and work_folder.is_run(path):
        return "holds a training run that has not finished; run tovec train again"
    lost = next((entry.name for entry in entries if entry.is_symlink() and not entry.exists()), None)
    if lost is not None:
        return f"holds {lost}, a link to a file that does not exist; download the model again"
    foreign = foreign_by_name(path.name)  # some formats are folders
    if foreign is not None:
        return f"is {foreign}"
    onnx = path / "onnx" / "model.onnx"
    if onnx.is_file():
        return f"holds its model as ONNX; name the file: {onnx}"
    first = entries[:_MAX_ENTRIES]
    files = [entry.name for entry in first if entry.is_file() and detect(entry) is not None]
    if files:
        return f"is a folder; name the file in it: {', '.join(files[:_MAX_SHOWN])}"
    folders = [entry.name for entry in first if _holds_model(entry)]
    if folders:
        names = ", ".join(folders[-_MAX_SHOWN:])  # the last checkpoints
        return f"is a folder without a model of its own; name the one in it: {names}"
    for entry in entries:
        foreign = foreign_by_name(entry.name)
        if foreign is not None:
            return f"holds {entry.name}, {foreign}"
    return "is a folder that holds neither an embedding nor a model: no tovec.json and no file of tensors"


def _holds_model(path: Path) -> bool:
    try:
        return find_model_folder(path) is not None
    except (BadSource, OSError):
        return False
