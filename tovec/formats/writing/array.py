"""A NumPy array (.npy) and its tokens, one a line in a .txt of the same name, in the order of rows.

Layout of .npy: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0, rows
one after the other, so `numpy.load(path, mmap_mode="r")` reads it.
"""

from pathlib import Path

import numpy as np

from tovec.formats.writing.dtypes import encoded
from tovec.formats.writing.names import NameRule, as_bytes, row_name, spelled
from tovec.formats.writing.options import Options
from tovec.storage import replace_pair
from tovec.vectors.embedding_parts import EmbeddingParts

_LINES = NameRule("\n\r\ufeff", holds_empty=False, holds_bytes=True)


def save(embedding: EmbeddingParts, path: Path, options: Options) -> None:
    """Write the array as `path` and the tokens beside it.

    Raises CannotSave for a token that holds a line end or is empty, for a number that the dtype cannot hold,
    and where a file of the tokens' name exists that belongs to no array.
    """
    tokens, dtype = embedding.vocabulary.tokens, options.dtype
    names = spelled(tokens, _LINES, "a list of lines", options.escape)
    header = {
        "descr": np.lib.format.dtype_to_descr(dtype.numpy),
        "fortran_order": False,
        "shape": (embedding.n_tokens, embedding.dim),
    }
    with replace_pair(path, path.with_suffix(".txt"), "the tokens") as (array, lines):
        np.lib.format.write_array_header_1_0(array, header)
        for rows in encoded(embedding.vectors, dtype, 1.0, row_name(tokens)):
            array.write(rows.tobytes())
        lines.writelines(name + b"\n" for name in as_bytes(names))
