"""Plain names of files; tests/storage/test_files.py and test_leftovers.py cover the rest of paths.py."""

from pathlib import Path

import pytest

from tovec.storage.paths import hidden, is_plain_name


@pytest.mark.parametrize("name", ["model.safetensors", "0_StaticEmbedding", "..x", "표.bin", "a b"])
def test_name_of_an_entry_is_plain(name):
    assert is_plain_name(name)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "a\\b", "C:a", "a\0", "a\nb", "\u202ea"])
def test_name_that_leads_out_of_the_folder_or_is_not_printable_is_refused(name):
    assert not is_plain_name(name)


def test_the_root_folder_has_a_hidden_name_inside_it():
    assert hidden(Path("/"), "old-tovec") == Path("/..old-tovec")
