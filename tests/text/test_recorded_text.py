"""The text of a run as its result records it."""

import json

import pytest

import tovec
from tovec.text import recorded_text as module
from tovec.text.in_memory import Texts
from tovec.text.recorded_text import record_of, recorded_text
from tovec.text.training_input import documents_from

LINES = "the old king rules\nthe old queen rules\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(LINES * 20, encoding="utf-8")
    return path


def test_the_record_leads_back_to_the_same_documents(tmp_path, file):
    (tmp_path / "more.txt").write_bytes("é\n".encode("latin-1"))
    documents = documents_from([file, tmp_path / "more.txt"], "file", "latin-1", "replace")
    record = json.loads(json.dumps(record_of(documents)))
    again = recorded_text(record)
    assert again == documents
    assert [list(chunk.texts()) for chunk in again.chunks()] == [
        list(chunk.texts()) for chunk in documents.chunks()
    ]


def test_a_run_records_its_files_as_they_were_given_and_a_folder_as_the_files_in_it(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    settings = {"dim": 4, "min_count": 1, "epochs": 1, "threads": 1}
    made = tovec.train("text.txt", **settings)
    assert made.provenance["text"]["paths"] == ["text.txt"]
    assert made.provenance["text"]["bytes"] == 20 * len(LINES)
    assert record_of(documents_from("."))["paths"] == ["text.txt"]
    assert "text" not in tovec.train("text.txt", continue_from=made, **settings).provenance
    assert "text" not in tovec.train([LINES], **settings).provenance


def test_a_text_that_is_gone_or_has_another_size_is_none(file):
    record = record_of(documents_from(file))
    assert recorded_text(record) is not None
    file.write_text(LINES, encoding="utf-8")
    assert recorded_text(record) is None
    file.unlink()
    assert recorded_text(record) is None


def test_streams_lists_and_very_many_files_are_not_recorded(file, monkeypatch):
    assert record_of(documents_from("-")) is None
    assert record_of(Texts(["a b"])) is None
    monkeypatch.setattr(module, "MOST_FILES", 0)
    assert record_of(documents_from(file)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"paths": "text.txt"},
        {"paths": []},
        {"paths": [3]},
        {"paths": ["\0"]},
        {"paths": ["/"]},
        {"paths": ["/dev/zero"], "bytes": 0},
        {"paths": ["x" * 100_000]},
        {"bytes": "40"},
        {"document": "sentence"},
        {"document": ["line"]},
        {"encoding": "no such encoding"},
        {"errors": None},
    ],
)
def test_a_record_of_anyone_leads_to_a_text_or_to_nothing(file, change):
    record = record_of(documents_from(file))
    assert recorded_text({**record, **change}) is None
    assert recorded_text(None) is recorded_text([record]) is recorded_text({}) is None


def test_a_column_of_a_table_is_recorded_too(tmp_path):
    (tmp_path / "reviews.csv").write_text("id,text\n1,a good film\n2,a bad one\n")
    documents = documents_from(tmp_path / "reviews.csv", column="text")
    again = recorded_text(json.loads(json.dumps(record_of(documents))))
    assert again == documents
    assert [list(chunk.texts()) for chunk in again.chunks()] == [["a good film", "a bad one"]]
