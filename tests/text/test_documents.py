"""Documents from files and strings, against Python's own open() and str.split().

Covers documents.py, decoding.py, inputs.py and in_memory.py.
"""

import gzip
import importlib
import io
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import ZSTD

from tovec.errors import BadSetting, BadText, TovecError
from tovec.text import documents
from tovec.text.documents import Chunk, Documents, texts
from tovec.text.in_memory import Texts

zstd = importlib.import_module(ZSTD)
any_text = st.text(
    st.one_of(
        st.sampled_from("ab \t\n\r\x0b\f\x1c\x85\u00a0\u2028\u3000\x00\ufeff\ufffd"),
        st.sampled_from("é가나영\u0301🙂"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)
chunk_sizes = st.integers(1, 64)
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstd.compress,
}


def is_blank(text: str) -> bool:
    return text.strip(" \t\n\v\f\r") == ""


def lines_by_python(text: str) -> list[str]:
    *ended, last = text.split("\n")
    lines = [line.removesuffix("\r") for line in ended] + [last]
    return [line for line in lines if not is_blank(line)]


def read(path: Path | str, chunk_bytes: int = 1 << 21, *, whole: bool = False, **settings: str) -> list[str]:
    documents = Documents((path,), **settings)  # type: ignore[arg-type]
    return list(texts(documents.chunks(chunk_bytes, whole)))


def check_one_line(error: pytest.ExceptionInfo[TovecError]) -> None:
    assert "\n" not in str(error.value)


# Lines and files


@same_folder
@given(any_text, chunk_sizes, st.booleans(), st.sampled_from(sorted(PACKERS)), st.booleans())
def test_lines_are_those_python_splits_at_any_chunk_size(
    tmp_path: Path, text: str, chunk_bytes: int, mark: bool, suffix: str, whole: bool
) -> None:
    path = tmp_path / f"text.txt{suffix}"
    path.write_bytes(PACKERS[suffix](text.encode("utf-8-sig" if mark else "utf-8")))
    expected = lines_by_python(text if mark else text.removeprefix("\ufeff"))
    assert read(path, chunk_bytes, whole=whole) == expected


@same_folder
@given(any_text, chunk_sizes, st.booleans())
def test_a_whole_file_is_one_document_at_any_chunk_size(
    tmp_path: Path, text: str, chunk_bytes: int, whole: bool
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    text = text.removeprefix("\ufeff")
    assert read(path, chunk_bytes, whole=whole, document="file") == ([] if is_blank(text) else [text])


@same_folder
@given(any_text, chunk_sizes, st.sampled_from(["line", "file"]))
def test_pieces_of_a_document_hold_the_same_words_as_the_document(
    tmp_path: Path, text: str, chunk_bytes: int, document: str
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    chunks = list(Documents((path,), document).chunks(chunk_bytes))  # type: ignore[arg-type]
    pieces = [piece.encode() for chunk in chunks for piece in chunk.texts()]
    assert [word for piece in pieces for word in piece.split()] == text.removeprefix(
        "\ufeff"
    ).encode().split()


@same_folder
@given(any_text, chunk_sizes)
def test_whole_documents_are_never_cut(tmp_path: Path, text: str, chunk_bytes: int) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    chunks = list(Documents((path,)).chunks(chunk_bytes, whole_documents=True))
    assert not any(chunk.continues for chunk in chunks)


@same_folder
@given(st.lists(any_text, max_size=6), chunk_sizes)
def test_chunks_count_every_byte_of_all_files_once(
    tmp_path: Path, files: list[str], chunk_bytes: int
) -> None:
    paths = [tmp_path / f"{number}.txt" for number in range(len(files))]
    for path, text in zip(paths, files, strict=True):
        path.write_bytes(text.encode())
    if paths:
        documents = Documents(tuple(paths))
        assert sum(chunk.n_read for chunk in documents.chunks(chunk_bytes)) == documents.n_bytes()


def test_a_long_line_is_cut_before_white_space_and_memory_stays_bounded(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("wort " * 10_000)
    chunks = list(Documents((path,)).chunks(100))
    assert max(len(chunk.data) for chunk in chunks) <= 200
    assert all(chunk.continues for chunk in chunks[:-1])
    assert not chunks[-1].continues
    assert all(next(iter(chunk.texts())).startswith(" ") for chunk in chunks[1:])


def test_a_line_without_white_space_is_read_whole_however_long(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("가" * 10_000 + "\nb")
    assert read(path, 100) == ["가" * 10_000, "b"]


def test_a_cut_keeps_a_run_of_white_space_together(tmp_path: Path) -> None:
    path = tmp_path / "runs.txt"
    path.write_text("ab   cd \t  ef  " * 200)
    pieces = [piece for chunk in Documents((path,)).chunks(64) for piece in chunk.texts()]
    assert len(pieces) > 10
    assert not any(piece.endswith((" ", "\t")) for piece in pieces[:-1])


def test_continuation_between_carriage_return_and_line_feed_is_empty_but_there(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"abc\r\ndef\n")
    for chunk_bytes in range(1, 10):
        assert read(path, chunk_bytes) == ["abc", "def"]


def test_bounds_skip_blank_lines_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"\n \t\r\n\x0b\f\n one\r\n\r\ntwo\rthree\n\x1c\n\xc2\xa0\nend\r")
    (chunk,) = Documents((path,)).chunks()
    assert list(chunk.texts()) == [" one", "two\rthree", "\x1c", "\u00a0", "end\r"]
    assert chunk.data.dtype == np.uint8
    assert chunk.starts.dtype == chunk.stops.dtype == np.int64


def test_documents_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("a\nb\n")
    documents = Documents((path,))
    assert list(texts(documents.chunks())) == list(texts(documents.chunks())) == ["a", "b"]


def test_small_files_share_a_chunk(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number:02}.txt").write_text(f"number {number}\n")
    chunks = list(Documents((tmp_path,), "file").chunks())
    assert len(chunks) == 1
    assert list(chunks[0].texts()) == [f"number {number}\n" for number in range(50)]


def test_every_chunk_is_read_only_so_that_compiled_code_sees_one_type(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_text("one\ntwo\n")
    sources = [Documents((tmp_path / "a",)), Documents((tmp_path,)), Texts(["one"])]
    assert not any(chunk.data.flags.writeable for source in sources for chunk in source.chunks())


# Encodings


@pytest.mark.parametrize("chunk_bytes", [1, 3, 1000])
@pytest.mark.parametrize(
    "encoding",
    ["cp949", "euc-kr", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "UTF8", "utf-8-sig"],
)
def test_other_encodings_are_read_by_name(tmp_path: Path, encoding: str, chunk_bytes: int) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes("한국어 영화\n재미 있다\r\n".encode(encoding))
    assert read(path, chunk_bytes, encoding=encoding) == ["한국어 영화", "재미 있다"]


def test_a_byte_order_mark_is_left_out_in_encodings_that_name_their_order(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes("\ufeffword".encode("utf-16-le"))
    assert read(path, encoding="utf-16-le") == ["word"]


@pytest.mark.parametrize("encoding", ["utf-9", "base64", "rot13", "", "a\0b"])
def test_unknown_encoding_is_one_line(encoding: str) -> None:
    with pytest.raises(BadText, match="not a text encoding that Python knows") as error:
        Documents(("x",), encoding=encoding)
    check_one_line(error)


@same_folder
@given(
    any_text,
    st.sampled_from([b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"\xe4\xb8"]),
    any_text,
    chunk_sizes,
    st.sampled_from(sorted(PACKERS)),
)
def test_bad_byte_is_named_with_its_offset_across_any_chunk_edge(
    tmp_path: Path, before: str, bad: bytes, after: str, chunk_bytes: int, suffix: str
) -> None:
    path = tmp_path / f"text.txt{suffix}"
    data = before.encode() + bad + after.encode()
    path.write_bytes(PACKERS[suffix](data))
    with pytest.raises(UnicodeDecodeError) as by_python:
        data.decode()
    of = " of the decompressed text" if suffix else ""
    place = f"byte 0x{data[by_python.value.start]:02x} at offset {by_python.value.start}{of} is not utf-8"
    with pytest.raises(BadText, match=place) as error:
        read(path, chunk_bytes)
    assert str(path) in str(error.value)
    check_one_line(error)


@pytest.mark.parametrize("chunk_bytes", [1, 2, 3, 5, 7, 1000])
@pytest.mark.parametrize(
    ("encoding", "data", "offset"),
    [
        ("cp949", "한국어".encode("cp949") + b"\xff" + b"ab", 6),
        ("cp949", "한국어".encode("cp949") + b"\xb0", 6),
        ("utf-16-le", "abc".encode("utf-16-le") + b"\x00\xd8a\x00", 6),
        ("utf-16", "abc".encode("utf-16") + b"\x00", 8),
        ("ascii", b"abcd\xc3\xa9", 4),
    ],
)
def test_bad_byte_of_another_encoding_is_named_with_its_offset(
    tmp_path: Path, encoding: str, data: bytes, offset: int, chunk_bytes: int
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(data)
    with pytest.raises(BadText, match=f"at offset {offset} is not {encoding}"):
        read(path, chunk_bytes, encoding=encoding)


def test_codec_that_yields_lone_surrogates_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"+2AA-")
    with pytest.raises(BadText, match="is not utf-7"):
        read(path, encoding="utf-7")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_file_with_a_utf16_mark_proposes_that_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes("word".encode("utf-16"))
    with pytest.raises(BadText, match=r"set `encoding` to utf-16$"):
        read(path)


def test_bad_byte_proposes_encoding_and_replacing(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes("영화".encode("cp949"))
    with pytest.raises(BadText, match=r"`encoding`, such as cp949.*`errors` to replace"):
        read(path)


@same_folder
@given(st.binary(max_size=60), chunk_sizes, st.sampled_from(["utf-8", "utf-16-le", "cp949", "ascii"]))
def test_replaced_bytes_are_those_python_replaces_and_are_counted(
    tmp_path: Path, data: bytes, chunk_bytes: int, encoding: str
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(data)
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    n_bad = text.count("\ufffd") - data.decode(encoding, "ignore").count("\ufffd")
    chunks = list(Documents((path,), "file", encoding, "replace").chunks(chunk_bytes))
    assert "".join(texts(chunks)) == ("" if is_blank(text) else text)
    assert sum(chunk.n_replaced for chunk in chunks) == n_bad


# Archives


def packed_in_parts(suffix: str, text: str) -> bytes:
    half = len(text) // 2
    return b"".join(PACKERS[suffix](part.encode()) for part in (text[:half], "", text[half:]))


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".GZ"])
@pytest.mark.parametrize("chunk_bytes", [7, 1 << 21])
def test_archives_of_several_members_are_read_whole(tmp_path: Path, suffix: str, chunk_bytes: int) -> None:
    path = tmp_path / f"text{suffix}"
    text = "".join(f"line {number}\n" for number in range(3000))
    path.write_bytes(packed_in_parts(suffix.lower(), text))
    documents = Documents((path,))
    chunks = list(documents.chunks(chunk_bytes))
    assert list(texts(chunks)) == text.splitlines()
    assert sum(chunk.n_read for chunk in chunks) == documents.n_bytes() == path.stat().st_size


def test_zstd_frame_without_size_and_skippable_frame_are_read(tmp_path: Path) -> None:
    path = tmp_path / "text.zst"
    compressor = zstd.ZstdCompressor()
    streamed = compressor.compress(b"streamed\n") + compressor.flush()
    assert zstd.get_frame_info(streamed).decompressed_size is None
    skippable = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"skip"  # RFC 8878, 3.1.2
    path.write_bytes(skippable + streamed + PACKERS[".zst"](b"after\n"))
    assert read(path) == ["streamed", "after"]


def test_zstd_with_a_long_window_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.zst"
    options = zstd.CompressionParameter
    compressor = zstd.ZstdCompressor(
        options={options.window_log: 28, options.enable_long_distance_matching: 1}
    )
    path.write_bytes(compressor.compress(b"word\n") + compressor.flush())
    assert read(path) == ["word"]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_an_empty_file_named_as_an_archive_is_an_empty_text(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"text{suffix}"
    path.touch()
    assert read(path) == []


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_archive_cut_short_is_one_line(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"text{suffix}"
    path.write_bytes(PACKERS[suffix](os.urandom(3000).hex().encode())[:-20])
    with pytest.raises(BadText, match="cut short") as error:
        read(path)
    check_one_line(error)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_file_that_only_has_the_name_of_an_archive_is_refused_in_one_line(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"text{suffix}"
    path.write_text("plain text, in plain sight")
    with pytest.raises(BadText, match="the archive is damaged, or is not one") as error:
        read(path)
    check_one_line(error)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_archive_with_a_flipped_byte_is_one_line(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"text{suffix}"
    checked = {"options": {zstd.CompressionParameter.checksum_flag: 1}} if suffix == ".zst" else {}
    data = bytearray((zstd if suffix == ".zst" else gzip).compress(bytes(range(97, 123)) * 100, **checked))
    data[-3] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(BadText, match="the archive is damaged"):
        read(path)


# Inputs


def names(*inputs: str | Path) -> list[str]:
    return [Path(path).name for path in Documents(inputs).paths()]


def make(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(f"text of {file}\n")


def test_folder_gives_all_files_below_sorted_without_hidden_ones(tmp_path: Path) -> None:
    make(tmp_path, "b.txt", "a/z.txt", "a/b/y.txt", ".hidden", ".git/config", "c/.x", "C.txt")
    assert names(tmp_path) == ["C.txt", "y.txt", "z.txt", "b.txt"]


def test_folder_with_links_that_lead_back_ends_and_gives_each_file_once(tmp_path: Path) -> None:
    make(tmp_path, "a/x.txt", "b/y.txt", "linked/z.txt")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "nowhere").symlink_to(tmp_path / "none")
    (tmp_path / "b" / "x.txt").symlink_to(tmp_path / "a" / "x.txt")
    assert sorted(names(tmp_path)) == ["x.txt", "x.txt", "y.txt", "z.txt"]
    assert sorted(names(f"{tmp_path}/**/*.txt")) == ["x.txt", "y.txt", "z.txt"]


def test_glob_is_sorted_and_may_be_deep(tmp_path: Path) -> None:
    make(tmp_path, "b.txt", "a.txt", "c.md", "sub/d.txt", "sub/deep/e.txt", ".h.txt", ".git/f.txt")
    assert names(f"{tmp_path}/*.txt") == ["a.txt", "b.txt"]
    assert names(f"{tmp_path}/**/*.txt") == ["a.txt", "b.txt", "d.txt", "e.txt"]
    assert sorted(names(f"{tmp_path}/**")) == ["a.txt", "b.txt", "c.md", "d.txt", "e.txt"]
    assert names(f"{tmp_path}/[ab].*") == ["a.txt", "b.txt"]
    assert names(f"{tmp_path}/s?b") == ["d.txt", "e.txt"]
    assert names(f"{tmp_path}/.h*") == [".h.txt"]


def test_glob_relative_to_where_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.txt", "sub/b.txt")
    monkeypatch.chdir(tmp_path)
    assert Documents(("*.txt", "*/*.txt")).paths() == [Path("a.txt"), Path("sub/b.txt")]


def test_name_that_exists_is_not_taken_for_a_glob(tmp_path: Path) -> None:
    make(tmp_path, "a[1].txt", "a1.txt")
    assert names(tmp_path / "a[1].txt") == ["a[1].txt"]


def test_inputs_keep_their_order(tmp_path: Path) -> None:
    make(tmp_path, "b.txt", "a.txt")
    assert names(tmp_path / "b.txt", tmp_path / "a.txt") == ["b.txt", "a.txt"]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ((), "no input"),
        (("",), "empty name"),
        (("none.txt",), "none.txt: no such file or folder; inputs are files, folders, globs, or -"),
        (("a.txt/b",), "no such file"),
        (("*.none",), "no file matches"),
        (("empty",), "empty: the folder holds no files"),
        (("x" * 5000,), "cannot be read"),
        (("a\0b",), "cannot be a file"),
        (("-", "-"), "named only once"),
    ],
)
def test_inputs_that_stand_for_nothing_are_one_line_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: tuple[str, ...], message: str
) -> None:
    make(tmp_path, "a.txt", "empty/.hidden")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadText, match=message) as error:
        Documents(inputs).chunks()
    check_one_line(error)
    assert len(str(error.value)) < 300


def test_file_without_permission_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.txt")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may read anything
    with pytest.raises(BadText, match=r"a\.txt: no permission to read it"):
        Documents((tmp_path / "a.txt",)).chunks()


def test_file_that_goes_away_between_listing_and_reading_is_one_line(tmp_path: Path) -> None:
    make(tmp_path, "a.txt")
    chunks = Documents((tmp_path / "a.txt",)).chunks()
    (tmp_path / "a.txt").unlink()
    with pytest.raises(BadText, match=r"a\.txt: cannot be read \(No such file"):
        list(chunks)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file whose reading fails")
def test_error_of_the_disk_is_one_line() -> None:
    with pytest.raises(BadText, match=r"/proc/self/mem: cannot be read \(Input/output error\)"):
        read("/proc/self/mem")


def test_settings_outside_their_range_are_one_line() -> None:
    with pytest.raises(BadSetting, match="document must be 'line' or 'file'"):
        Documents(("x",), document="page")  # type: ignore[arg-type]
    with pytest.raises(BadSetting, match="errors must be"):
        Documents(("x",), errors="ignore")  # type: ignore[arg-type]


def feed_stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_standard_input_is_read_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.txt")
    feed_stdin(monkeypatch, b"\xef\xbb\xbfone\n\ntwo")
    documents = Documents((tmp_path / "a.txt", "-"))
    assert documents.n_bytes() is None
    assert list(texts(documents.chunks(4))) == ["text of a.txt", "one", "two"]


def test_bad_byte_of_standard_input_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    feed_stdin(monkeypatch, b"ab\xff")
    with pytest.raises(BadText, match="standard input: byte 0xff at offset 2"):
        read("-")


def test_closed_standard_input_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(BadText, match="is closed"):
        read("-")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipe_has_no_size_and_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    documents = Documents((path,))
    assert documents.n_bytes() is None
    writer = threading.Thread(target=path.write_bytes, args=(b"one\ntwo\n",))
    writer.start()
    assert list(texts(documents.chunks())) == ["one", "two"]
    writer.join()


# Strings at hand


@given(st.lists(any_text, max_size=8), chunk_sizes)
def test_each_string_is_one_document_whatever_it_holds(strings: list[str], chunk_bytes: int) -> None:
    chunks = list(Texts(strings).chunks(chunk_bytes))
    expected = [text for text in strings if not is_blank(text)]
    assert list(texts(chunks)) == expected
    assert sum(chunk.n_read for chunk in chunks) == sum(len(text.encode()) for text in strings)


def test_string_with_a_lone_surrogate_is_named_by_its_number() -> None:
    with pytest.raises(BadText, match=r"document 2 holds a lone surrogate, U\+D800 at character 3") as error:
        list(Texts(["fine", "not\ud800"]).chunks())
    check_one_line(error)


def test_document_that_is_not_a_string_is_named_by_its_number() -> None:
    with pytest.raises(BadText, match=r"document 1 is .*of type list"):
        list(Texts([["two", "tokens"]]).chunks())  # type: ignore[list-item]


def test_pieces_are_joined_over_chunks_without_listed_documents() -> None:
    def chunk(text: str, continues: bool) -> Chunk:
        data = np.frombuffer(text.encode(), dtype=np.uint8)
        return Chunk(data, np.array([0]), np.array([len(data)]), continues)

    pieces = [chunk("one", True), chunk(" two", True), chunk("", False), chunk("three", False)]
    assert list(texts(pieces)) == ["one two", "three"]


def test_a_small_archive_of_one_endless_word_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "MAX_WORD", 1 << 22)
    monkeypatch.setattr(documents, "MAX_DOCUMENT", 1 << 23)
    with gzip.open(tmp_path / "a.gz", "wb") as file:
        file.write(b"x" * (20 << 20))
    endless = ((False, "a text without white space of more than 4 MB"), (True, "a document of more than"))
    for whole, what in endless:
        with pytest.raises(BadText, match=rf"a\.gz: {what}"):
            list(Documents((tmp_path / "a.gz",)).chunks(whole_documents=whole))
    with gzip.open(tmp_path / "a.gz", "wb") as file:
        file.write(b"xx " * (20 << 20))
    assert sum(len(chunk.data) for chunk in Documents((tmp_path / "a.gz",)).chunks()) == 60 << 20


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no endless device here")
def test_a_device_that_never_ends_is_refused():
    with pytest.raises(BadText, match="/dev/zero: it is a device, not text; inputs are files"):
        Documents(("/dev/zero",)).paths()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_named_pipe_is_read_as_data_arrives(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_text("a b\nc\n"))
    writer.start()
    (chunk,) = Documents((tmp_path / "pipe",)).chunks()
    writer.join()
    assert list(chunk.texts()) == ["a b", "c"]
