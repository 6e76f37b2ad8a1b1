"""What a format takes on the disk: refused where it does not fit, and never wrongly."""

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.embedding import Embedding
from tovec.errors import NoSpace
from tovec.formats.writers import WRITERS
from tovec.formats.writing.dtypes import DTYPES
from tovec.storage import disk


def on_the_disk(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.name)
@pytest.mark.parametrize("number", [0.0, 1.0, None])
def test_min_bytes_of_a_writer_never_exceeds_the_file(tmp_path, writer, number):
    if writer.name == "parquet":
        needs("pyarrow")
    shape = 300, 50
    random = np.random.default_rng(0).standard_normal(shape)
    made = Embedding(
        map(str, range(shape[0])), np.float32(random if number is None else np.full(shape, number))
    )
    for dtype in writer.dtypes:
        out = tmp_path / dtype
        tovec.save(made, out / "x", format=writer.name, dtype=dtype)
        least = writer.least_bytes(made, DTYPES[dtype])
        assert least <= on_the_disk(out)
        if writer.min_bytes is None:
            assert on_the_disk(out) < 1.2 * least + 20_000


# What Parquet packs numbers to is not known beforehand.
OF_KNOWN_SIZE = [writer for writer in WRITERS if writer.min_bytes != 0]


@pytest.mark.parametrize("writer", OF_KNOWN_SIZE, ids=lambda writer: writer.name)
def test_full_disk_is_refused_before_anything_is_written(tmp_path, monkeypatch, writer):
    path = tmp_path / "x"
    (tmp_path / "old").write_text("old")
    monkeypatch.setattr(disk, "free_bytes", lambda folder: 1000)
    with pytest.raises(
        NoSpace, match=rf"^{path} needs \d+ kB in {tmp_path}, and 1 kB are free; free \d+ kB there"
    ):
        tovec.save(Embedding.random(map(str, range(300)), 50), path, format=writer.name)
    assert [entry.name for entry in tmp_path.iterdir()] == ["old"]
