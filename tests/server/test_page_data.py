import itertools
import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tovec.embedding import Embedding
from tovec.errors import TovecError
from tovec.server import manifest, token_parts
from tovec.server.page_bytes import frame_bytes
from tovec.server.page_data import page_data
from tovec.server.token_parts import token_text
from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.vocabulary import Vocabulary

ANY_CHARACTER = st.characters(exclude_categories=[])  # surrogates too


def decoded(text, offsets):
    """The tokens as the page cuts them: by UTF-16 units of the decoded text."""
    units = text.decode().encode("utf-16-le")
    places = np.frombuffer(offsets, "<u4").astype(int) * 2
    return [units[a:b].decode("utf-16-le") for a, b in itertools.pairwise(places)]


@given(st.lists(st.text(ANY_CHARACTER, max_size=5)))
def test_tokens_survive_the_byte_layout(tokens):
    expected = [
        "".join("\ufffd" if "\ud800" <= each <= "\udfff" else each for each in token) for token in tokens
    ]
    assert decoded(*token_text(tuple(tokens))) == expected


def test_lone_surrogates_do_not_join_across_tokens():
    assert decoded(*token_text(("\ud83d", "\ude00", "", "😀", "a"))) == ["\ufffd", "\ufffd", "", "😀", "a"]


def test_too_much_text_is_refused(monkeypatch):
    monkeypatch.setattr(token_parts, "MAX_TEXT_BYTES", 6)
    assert token_text(("가", "ab"))[0] == "가ab".encode()
    with pytest.raises(TovecError, match="take 6 bytes of text"):
        token_text(("가", "나"))


def test_norms_and_counts_are_those_of_the_table():
    vectors = np.array([[3, 4], [0, 0], [np.nan, 1], [1e30, 0]], np.float32)
    data = page_data(Embedding(Vocabulary(["a", "b", "c", "d"], [1, 2**53, 0, 7]), vectors))
    np.testing.assert_array_equal(np.frombuffer(data["norms.f32"], "<f4"), np.float32([5, 0, np.nan, 1e30]))
    assert np.frombuffer(data["counts.f64"], "<f8").tolist() == [1, 2**53, 0, 7]
    assert data.manifest["hasCounts"]


def test_rows_without_direction_are_counted_by_reason_and_the_first_named(monkeypatch):
    monkeypatch.setattr(token_parts, "MAX_LISTED", 2)
    vectors = np.ones((9, 2), np.float32)
    vectors[[1, 3, 4], 0], vectors[3, 1], vectors[6], vectors[7, 1] = np.nan, np.inf, 0, -np.inf
    vectors[8] = 1e30
    data = page_data(Embedding(list("abcdefghi"), vectors))
    assert json.loads(data["undirected.json"]) == [
        {"reason": "nan", "n": 3, "first": [1, 3]},
        {"reason": "infinity", "n": 1, "first": [7]},
        {"reason": "zero", "n": 1, "first": [6]},
        {"reason": "large", "n": 1, "first": [8]},
    ]
    assert json.loads(page_data(Embedding.random(["a", "b"], 3))["undirected.json"]) == []


def test_the_order_of_importance_is_one_for_each_language_where_nothing_is_counted():
    tokens = ["!", "house", "영화"]
    vectors = np.eye(3, dtype=np.float32)
    data = page_data(Embedding(tokens, vectors))
    orders = {name: np.frombuffer(data[name], "<u4").tolist() for name in data if name.startswith("order")}
    assert orders == {"order-en.u32": [1, 2, 0], "order-ko.u32": [2, 1, 0]}
    counted = page_data(Embedding(Vocabulary(tokens, [5, 1, 7]), vectors))
    assert np.frombuffer(counted["order.u32"], "<u4").tolist() == [2, 0, 1]
    assert "order-en.u32" not in counted


def test_the_tables_of_a_model_know_the_way_to_each_other():
    first, second = (Embedding.random(["a", "b"], 3, seed=seed) for seed in (0, 1))
    data = page_data(second, tables={"input": first, "output": second})
    assert data.manifest["tables"] == [
        {"name": "input", "path": "input/"},
        {"name": "output", "path": "./"},
    ]
    assert data.others["input"].embedding is first
    assert data.others["input"].manifest["tables"] == [
        {"name": "input", "path": "./"},
        {"name": "output", "path": ".././"},
    ]
    assert page_data(Embedding.random(["a"], 3), tables={"input": first}).manifest["tables"] == []


def test_columns_are_named_by_what_they_hold():
    embedding = Embedding.random(["cat", "mat"], 4)
    table = {"token": ["cat", "mat"], "kind": ["animal", "\ud800"], "legs": [4, None]}
    data = page_data(embedding, metadata=table)
    assert tuple(data) == (
        "manifest.json",
        "tokens.txt",
        "offsets.u32",
        "norms.f32",
        "undirected.json",
        "order-en.u32",
        "order-ko.u32",
        "column-0.u16",
        "column-1.f32",
    )
    assert np.frombuffer(data["column-0.u16"], "<u2").tolist() == [1, 2]
    assert np.isnan(np.frombuffer(data["column-1.f32"], "<f4")[1])
    assert json.loads(data["manifest.json"])["columns"] == [
        {"name": "kind", "kind": "category", "labels": ["animal", "\ufffd"]},
        {"name": "legs", "kind": "number", "labels": []},
    ]


def test_the_manifest_describes_the_page():
    embedding = Embedding.random(["cat", "dog", "mat", "sat"], 3, tokenizer=tokenizer_from_name("words"))
    manifest = page_data(embedding, title="four words").manifest
    assert manifest == {
        "version": 1,
        "title": "four words",
        "nTokens": 4,
        "dim": 3,
        "hasCounts": False,
        "special": [],
        "hasVectors": True,
        "tokenizer": {"name": "words", "unknown": None},
        "columns": [],
        "methods": manifest["methods"],
        "start": {"method": "none", "dims": 3},
        "drawsAnew": True,
        "tables": [],
        "timeline": None,
        "comparison": None,
        "languageModel": None,
        "explains": {"text": None},
    }
    methods = {info["method"]: info for info in manifest["methods"]}
    assert list(methods) == ["none", "pca", "umap", "tsne", "axes"]
    assert methods["pca"] == {"method": "pca", "dims": [2, 3], "missing": None, "settings": []}
    assert methods["umap"]["settings"] == [
        {"name": "neighbors", "default": 15, "lowest": 2, "highest": 200, "step": 1},
        {"name": "min_dist", "default": 0.1, "lowest": 0, "highest": 1, "step": 0.05},
    ]
    unknown = Vocabulary(["a", "<unk>"], unknown="<unk>")
    assert (
        page_data(Embedding(unknown, np.eye(2), tokenizer_from_name("words"))).manifest["tokenizer"][
            "unknown"
        ]
        == 1
    )
    assert page_data(Embedding(unknown, np.eye(2))).manifest["tokenizer"] is None


def test_the_page_starts_with_a_map_unless_the_table_is_large(monkeypatch):
    small = Embedding.random(list("abcdefgh"), 4)
    assert page_data(small).manifest["start"] == {"method": "umap", "dims": 3}
    monkeypatch.setattr(manifest, "MANY", 7)
    assert page_data(small).manifest["start"] == {"method": "pca", "dims": 3}
    flat = page_data(Embedding.random(["a", "b"], 2)).manifest
    assert flat["start"] == {"method": "none", "dims": 2}
    assert {tuple(info["dims"]) for info in flat["methods"]} == {(2,)}
    assert flat["title"] == "2 tokens in 2 dimensions"


def test_vectors_of_one_dimension_are_a_line_in_a_plane():
    line = page_data(Embedding.random(["a", "b"], 1)).manifest
    assert line["start"] == {"method": "none", "dims": 2}
    assert line["methods"] == [{"method": "none", "dims": [2], "missing": None, "settings": []}]
    assert line["title"] == "2 tokens in 1 dimension"


def test_tables_that_cannot_be_drawn_are_refused():
    with pytest.raises(TovecError, match="no tokens"):
        page_data(Embedding.random([], 2))


def test_a_frame_is_two_lengths_a_header_and_a_payload():
    frame = frame_bytes({"stage": "가", "x": "\ud800"}, np.array([[1, 2]], ">f4"))
    n_header, n_payload = struct.unpack_from("<II", frame)
    assert len(frame) == 8 + n_header + n_payload
    assert json.loads(frame[8 : 8 + n_header]) == {"stage": "가", "x": "\ufffd"}
    assert np.frombuffer(frame[8 + n_header :], "<f4").tolist() == [1, 2]
    assert frame_bytes({})[4:8] == b"\0\0\0\0"


def test_names_from_outside_are_escaped():
    table = {"token": ["cat", "mat"], "a\u202eb": ["x\x1b[2J", "y\n"], "naïve 이름": ["é", "값"]}
    data = page_data(Embedding.random(["cat", "mat"], 4), metadata=table, title="name\u202etxt\x07")
    manifest = json.loads(data["manifest.json"])
    assert manifest["title"] == r"name\u202etxt\x07"
    assert [(column["name"], column["labels"]) for column in manifest["columns"]] == [
        (r"a\u202eb", [r"x\x1b[2J", r"y\n"]),
        ("naïve 이름", ["é", "값"]),
    ]
