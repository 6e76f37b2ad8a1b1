"""The file of one moment: a safetensors file with tokens, as tovec saves it, and how far training had come.

Vectors are float16. The header has one more string, `moment`: JSON with progress, unit, total, epoch, loss,
validation_loss, and losses, the sum and the number of all until then. A folder of moments is its files, whose
names are their progress, padded with zeros so that names sort: `000000012000.safetensors`. There is no list
of them that could say something else.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.formats.saved.tensor_file import SameTokens, Vocabularies, load_with_metadata, recognizes
from tovec.formats.saved.tensors import read_header
from tovec.storage.file_bytes import head_of
from tovec.storage.file_errors import reporting_file
from tovec.storage.json_text import field, json_object
from tovec.text.vocabulary import Vocabulary
from tovec.timeline.moment import Moment

LOCK = ".tovec-lock"  # in the folder of a recording that goes on
_NAME = re.compile(r"(\d{12,})\.safetensors\Z", re.ASCII)
_FIELD = "moment"  # of the header
_NUMBERS = ("epoch", "loss", "validation_loss")
_BESIDE_TABLE = 4096  # bytes: of the rest of a header, and the end of the last block of the disk


def file_name(progress: int) -> str:
    """Return the name of the file of a moment."""
    return f"{progress:012}.safetensors"


def progress_of(path: Path) -> int | None:
    """Return the progress that the name of a file says; None for a file that is no moment."""
    found = _NAME.match(path.name)
    return None if found is None else int(found[1])


def moment_files(folder: Path) -> list[Path]:
    """Return the files in `folder` that are named as moments are, in order; none where there is no folder."""
    if not folder.is_dir():
        return []
    found = [(progress_of(path), path) for path in folder.iterdir()]
    return [path for _, path in sorted((at, path) for at, path in found if at is not None)]


def holds_moment(path: Path) -> bool:
    """Whether a file holds a table with tokens, as a moment does; a damaged one does not."""
    return recognizes(path, head_of(path))


class MomentFiles:
    """Writes the moments of one table into a folder.

    vocabulary: of all of them. unit: what progress is counted in. total: the progress at the end, None where
    that is unknown.
    """

    def __init__(
        self, folder: Path, vocabulary: Vocabulary, *, unit: str = "", total: int | None = None
    ) -> None:
        self.folder, self.unit = folder, unit
        self._n_tokens, self._total = len(vocabulary), total
        self._files = SameTokens(vocabulary)

    def n_bytes(self, dim: int) -> int:
        """Return how many bytes a file takes, about."""
        return self._files.n_bytes(self._n_tokens, dim) + _BESIDE_TABLE

    def save(
        self, progress: int, vectors: NDArray[Any], moment: Moment, losses: Sequence[float] = ()
    ) -> None:
        """Write the file of a moment, all of it or nothing. Raises CannotSave.

        progress: for its name. moment: of which epoch and losses are kept. losses: the sum and the number of
        all until then, where a run that goes on from this moment needs them.
        """
        facts: dict[str, Any] = {"progress": progress, "unit": self.unit, "total": self._total}
        facts["losses"] = list(losses) or None
        facts |= {name: _finite(getattr(moment, name)) for name in _NUMBERS}
        known = {name: value for name, value in facts.items() if value is not None}
        path = self.folder / file_name(progress)
        self._files.save(vectors, path, {_FIELD: json.dumps(known, allow_nan=False)})


def losses_until(path: Path) -> tuple[float, float] | None:
    """Return the sum and the number of all losses until a moment; None where its file does not say it.

    Raises BadSource for a file that is damaged, missing or something else.
    """
    with reporting_file(path):
        said = json_object(read_header(path).metadata.get(_FIELD, "{}"), f"the field {_FIELD!r}")
        losses = field(said, "losses", list) or []
    if len(losses) != 2 or not all(isinstance(each, (int, float)) for each in losses):
        return None
    return float(losses[0]), float(losses[1])


@dataclass(frozen=True)
class SavedMoment:
    """What the file of a moment holds. unit: what its progress is counted in, "" where unknown."""

    moment: Moment
    unit: str
    embedding: Embedding


def load_moment(path: Path, vocabularies: Vocabularies) -> SavedMoment:
    """Return the moment in a file, whose rows are read when they are asked for.

    vocabularies: those of files that were read before; files with the same tokens share one.
    Raises BadSource for a file that is damaged, missing or something else.
    """
    parts, strings = load_with_metadata(path, vocabularies)
    with reporting_file(path):
        said = json_object(strings.get(_FIELD, "{}"), f"the field {_FIELD!r} of its metadata")
        named = progress_of(path)
        progress = field(said, "progress", int) if named is None else named
        numbers = {name: _finite(field(said, name, (int, float))) for name in _NUMBERS}
        moment = Moment(path.stem if progress is None else str(progress), progress, **numbers)
        unit: str = field(said, "unit", str, "")
    return SavedMoment(moment, unit, Embedding.from_parts(parts))


def _finite(value: float | None) -> float | None:
    return value if value is None or math.isfinite(value) else None
