"""Tensors by name, each found when it is asked for, and stamped with the state of their file."""

from dataclasses import replace

import numpy as np
import pytest
from stored_tensors import VALUES, stored

from tovec.errors import BadSource
from tovec.storage.open_file import OpenFile
from tovec.vectors.tensor_store import LazyTensors, stamped


def test_lazy_tensors_are_found_only_when_they_are_asked_for(tmp_path):
    tensor, asked = stored(tmp_path / "t", VALUES), []
    tensors = LazyTensors({"a": 1, "b": 2}, lambda name, place: asked.append((name, place)) or tensor)
    assert (list(tensors), len(tensors), "b" in tensors, "c" in tensors) == (["a", "b"], 2, True, False)
    assert asked == []
    assert tensors["b"] is tensor and asked == [("b", 2)]
    with pytest.raises(KeyError):
        tensors["c"]


def test_stamped_tensor_refuses_a_file_that_changed_after_its_header_was_read(tmp_path):
    tensor = stored(tmp_path / "t", VALUES)
    elsewhere = replace(tensor, path=tmp_path / "other")
    made = stamped({"a": tensor, "b": elsewhere}, tensor.path, OpenFile(tensor.path).stamp)
    assert made["b"] is elsewhere
    np.testing.assert_array_equal(made["a"].table()[:], VALUES)
    tensor.path.write_bytes(tensor.path.read_bytes() + b"x")
    with pytest.raises(BadSource, match="has changed since it was opened"):
        made["a"].table()
