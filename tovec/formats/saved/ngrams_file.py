"""ngrams.safetensors of a saved folder: the vectors of n-grams; their rule is in tovec.json.

Tensor `ngrams` holds the rows, `buckets` the bucket of each; without `buckets` there is a row for
every bucket. Other libraries that read the folder ignore this file.
"""

from pathlib import Path
from typing import Any

from tovec.formats.saved.tensors import Tensor, open_table, read_integers, write_tensors
from tovec.formats.writing.dtypes import F32, Dtype, encoded
from tovec.storage.file_errors import CorruptFile, reporting_file
from tovec.text.ngrams import NgramRule
from tovec.vectors.ngram_table import NgramTable

NAME = "ngrams.safetensors"
TENSOR, BUCKETS = "ngrams", "buckets"


def save_ngrams(ngrams: NgramTable, folder: Path, dtype: Dtype = F32) -> None:
    """Write the vectors of `ngrams` into `folder`, as F32 or F16. Raises CannotSave."""
    rows = encoded(ngrams.vectors, dtype, 1.0, lambda row: f"n-gram {row}")
    tensors = {TENSOR: Tensor((ngrams.vectors.shape[0], ngrams.dim), rows, dtype.safetensors)}
    if ngrams.buckets is not None:
        tensors[BUCKETS] = Tensor(ngrams.buckets.shape, [ngrams.buckets], "I32")
    with (folder / NAME).open("wb") as file:
        write_tensors(file, tensors)


def described(ngrams: NgramTable) -> dict[str, Any]:
    """Return what tovec.json says of n-grams: the rule, and whether every bucket has a row."""
    return {**ngrams.rule.as_json(), "every_bucket": ngrams.buckets is None}


def read_description(description: dict[str, Any]) -> tuple[NgramRule, bool]:
    """Return the rule, and whether every bucket has a row. Raises CorruptFile and BadSetting."""
    settings = dict(description)
    every_bucket = settings.pop("every_bucket", None)
    if not isinstance(every_bucket, bool):
        raise CorruptFile("its 'ngrams' do not say whether every bucket has a row")
    return NgramRule.from_json(settings), every_bucket


def load_ngrams(folder: Path, rule: NgramRule, every_bucket: bool) -> NgramTable:
    """Return the n-grams saved in `folder`, read when asked for. Raises BadSource that names the file."""
    path = folder / NAME
    with reporting_file(path):
        buckets = None if every_bucket else read_integers(path, BUCKETS)
        return NgramTable(rule, open_table(path, TENSOR), buckets)
