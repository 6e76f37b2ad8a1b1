import pytest

from tovec.storage.plain_names import is_plain_name


@pytest.mark.parametrize("name", ["model.safetensors", "0_StaticEmbedding", "..x", "표.bin", "a b"])
def test_the_name_of_an_entry_is_plain(name):
    assert is_plain_name(name)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "a\\b", "C:a", "a\0", "a\nb", "\u202ea"])
def test_what_leads_elsewhere_or_hides_is_not(name):
    assert not is_plain_name(name)
