"""Sources: whatever vectors can be opened from, by one name.

A source is a path or `hf:org/name`, and may end in `#output`, `#input`, `#effective` or the name of a tensor.
Here it becomes an `Embedding`, or a `Model` that also says what was found: `address.py` takes the name apart,
`read.py` detects what it is and reads it, `why_not.py` says what a path is that cannot be opened. Formats and
kinds of models are known to formats/ and models/, not here.
"""

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from tovec import foreign_names
from tovec.embedding import Embedding
from tovec.errors import TovecWarning
from tovec.formats.read_options import ReadOptions
from tovec.models.model import PARTS, Model, table_of
from tovec.sources.address import HUB, Address, read_address
from tovec.sources.read import read_hub, read_path

if TYPE_CHECKING:
    from tovec.progress import Reporter
    from tovec.text.tokenizers import GivenTokenizer

__all__ = ["HUB", "open", "open_model", "open_with_report"]


@foreign_names.explains_keywords()
def open(
    source: str | Path,
    tokenizer: "GivenTokenizer" = None,
    *,
    limit: int | None = None,
    strict: bool = False,
) -> Embedding:
    """Return the embedding that `source` holds; of a model its input table.

    source: a folder that tovec saved; a file of vectors (word2vec, GloVe, fastText, gensim, spaCy, .npy,
    .npz, TSV, CSV, Parquet); a model's folder, or a file of its tensors (safetensors, GGUF, PyTorch, ONNX);
    `hf:org/name`. `SOURCE#output` is the output table, `SOURCE#effective` the input table as the model sees
    it, `SOURCE#NAME` any tensor of two dimensions, or an array of an .npz. tokenizer: as in `open_model`.
    Rows are read when they are asked for, where the format allows it; those of a model on the Hub are
    downloaded then, and nothing else of it is. limit: how many rows, the first ones; all where the source has
    fewer. What follows them in a file of vectors is not read. strict: False repairs what can be repaired
    without guessing, as gensim does: of a repeated token the first row counts, and a wrong number of rows in
    the first line is ignored where all rows are complete. Repairs are listed in `Report.findings` and
    `Report.repairs` of `open_model`, and are a TovecWarning. True refuses them.
    Raises BadSource when there is nothing, nothing that can be read, or something damaged; BadSetting for a
    limit below 1; CannotDownload.

    >>> import tempfile, tovec
    >>> path = tovec.Embedding.random(["cat", "dog"], 3).save(f"{tempfile.mkdtemp()}/two")
    >>> list(tovec.open(path)), list(tovec.open(path, limit=1))
    (['cat', 'dog'], ['cat'])
    """
    return open_with_report(source, tokenizer, limit=limit, strict=strict)[1]


def open_model(
    source: str | Path,
    tokenizer: "GivenTokenizer" = None,
    *,
    limit: int | None = None,
    strict: bool = False,
    reporter: "Reporter | None" = None,
) -> Model:
    """Return all that `source` holds: input and output tables, tokenizer, configuration, a report.

    tokenizer: the file or folder of a tokenizer, a GGUF file or a list of tokens, one a line: it names the
    rows of a table without names and cuts text where it says how. Or what only cuts text: a name such as
    `words`, a function from a text to its tokens, a tokenizer of `transformers`. limit, strict: as in `open`.
    reporter: gets the progress of downloads. Raises and warns as `open`.

    >>> import tempfile, tovec
    >>> path = tovec.Embedding.random(["cat", "dog"], 3).save(f"{tempfile.mkdtemp()}/two")
    >>> model = tovec.open_model(path)
    >>> model.input.dim, model.output, model.report.files
    (3, None, ('two',))
    """
    return _open(read_address(source), tokenizer, limit, strict, reporter)


def open_with_report(
    source: str | Path,
    tokenizer: "GivenTokenizer" = None,
    *,
    limit: int | None = None,
    strict: bool = False,
    reporter: "Reporter | None" = None,
) -> tuple[Model, Embedding]:
    """Return the model that `open_model` gives and, of it, the embedding that `open` gives."""
    address = read_address(source)
    model = _open(address, tokenizer, limit, strict, reporter)
    return model, table_of(model, address.part, address.source)


def _open(
    address: Address,
    tokenizer: "GivenTokenizer",
    limit: int | None,
    strict: bool,
    reporter: "Reporter | None",
) -> Model:
    options = ReadOptions(limit, strict, None if address.part in PARTS else address.part)
    if address.hub_name is None:
        model = read_path(Path(address.source), options, tokenizer)
    else:
        model = read_hub(address.source, address.hub_name, options, tokenizer, reporter)
    if model.report.repairs:
        repairs = "; ".join(model.report.repairs)
        warnings.warn(f"{address.source}: {repairs}", TovecWarning, stacklevel=_caller())
    return model


def _caller() -> int:
    """Return how many calls above `_open` the first is that is the caller's own, as `warn` counts."""
    ours = (__file__, foreign_names.__file__)
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename in ours:
        frame, level = frame.f_back, level + 1
    return level
