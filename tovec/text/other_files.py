"""Files that are plainly not text, known by their first bytes, each with what to do."""

import re

TRAINED = "; train on text, and begin with these vectors by `continue_from`"
PICTURE, PDF = rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP", rb"%PDF-"  # how such files begin
PARQUET = "a Parquet file"
VECTORS = f"a file of vectors, not text{TRAINED}"
_KINDS = tuple(
    (re.compile(pattern, re.DOTALL), what)
    for pattern, what in (
        (rb"GGUF", f"a model file (GGUF), not text{TRAINED}"),
        (rb"[^\0].{6}\0\{", f"a model file (safetensors), not text{TRAINED}"),
        (rb"\xba\x16\x4f\x2f", f"a fastText model, not text{TRAINED}"),
        (rb"\x93NUMPY", f"a numpy array, not text{TRAINED}"),
        (rb"\x80[\x02-\x05][\x95}c]", f"a Python pickle, such as gensim writes, not text{TRAINED}"),
        (
            rb"PAR1",
            f"{PARQUET}, not text; `column` trains on one of its columns, elsewhere write it as text",
        ),
        (rb"PK\x03\x04", "a zip archive, not text; unpack it"),
        (rb"\x1f\x8b", "compressed by gzip; name it .gz, or unpack it"),
        (rb"\x28\xb5\x2f\xfd", "compressed by zstd; name it .zst, or unpack it"),
        (PICTURE, "a picture, not text"),
        (PDF, "a PDF file; save its text as a text file"),
        (rb"SQLite format 3\0", "a database, not text; write its column of text as a text file"),
    )
)


_COUNTS = re.compile(rb"[0-9]{1,12}[ \t]+([0-9]{1,6})[ \t\r]*\n")


def is_file_of_vectors(text: bytes) -> bool:
    """Whether a text is word2vec's: two counts, then lines of a token and as many numbers as the second says.

    text: its beginning, at least two lines of it. Nobody writes prose so; training would learn digits.
    """
    counts = _COUNTS.match(text)
    if counts is None:
        return False
    dim, line = int(counts[1]), text[counts.end() :].split(b"\n", 1)[0]
    numbers = line.split()[1:][-dim:]
    return dim > 1 and len(numbers) == dim and all(map(_is_number, numbers))


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def what_it_is(head: bytes) -> str | None:
    """Return what a file that begins with `head` is, as in "it is …"; None where it may be text."""
    return next((what for pattern, what in _KINDS if pattern.match(head)), None)
