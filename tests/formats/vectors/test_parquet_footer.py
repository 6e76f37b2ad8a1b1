"""What a footer says of its columns is what pyarrow says of them; a damaged one is one line."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

from tovec.formats.vectors.parquet_footer import column_parts
from tovec.storage.file_errors import CorruptFile


def written(rows, group, compression, dictionary):
    arrow, parquet = needs("pyarrow"), needs("pyarrow.parquet")
    columns = {
        "토큰": [f"t{n}" for n in range(rows)],
        "vector": [[float(n)] * 3 for n in range(rows)],
        "flag": [n % 2 == 0 for n in range(rows)],
        "inner": [{"a": n, "b": None} for n in range(rows)],
    }
    file = io.BytesIO()
    table = arrow.table(columns).replace_schema_metadata({"k" * 20: "v" * 300})
    parquet.write_table(table, file, row_group_size=group, compression=compression, use_dictionary=dictionary)
    return file


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 50), st.integers(1, 50), st.sampled_from(["none", "zstd", "snappy", "gzip"]), st.booleans()
)
def test_footer_gives_the_same_column_parts_as_pyarrow(tmp_path, rows, group, compression, dictionary):
    file = written(rows, group, compression, dictionary)
    (tmp_path / "a.parquet").write_bytes(file.getvalue())
    metadata = needs("pyarrow.parquet").ParquetFile(file).metadata
    groups = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
    parts = [group.column(n) for group in groups for n in range(group.num_columns)]
    expected = [
        (
            part.path_in_schema.split(".")[0],
            part.num_values,
            part.total_uncompressed_size,
            any(encoding.startswith("DELTA") for encoding in part.encodings),
        )
        for part in parts
    ]
    assert [tuple(part) for part in column_parts(tmp_path / "a.parquet")] == expected


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_footer_is_read_or_one_line(tmp_path, data):
    content = bytearray(written(3, 2, "none", True).getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(len(content) // 2, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "a").write_bytes(content[: data.draw(st.integers(0, len(content)) | st.none())])
    try:
        assert all(part.n_values >= 0 and part.n_bytes >= 0 for part in column_parts(tmp_path / "a"))
    except CorruptFile as error:
        assert "\n" not in str(error)


def test_deeply_nested_footer_is_refused(tmp_path):
    footer = b"\x19" + b"\x19" * 5000  # lists of one list
    (tmp_path / "a").write_bytes(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(CorruptFile, match="nested too deep"):
        column_parts(tmp_path / "a")
