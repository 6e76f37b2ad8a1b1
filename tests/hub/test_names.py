import pytest
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

from tovec.errors import BadSource
from tovec.hub.names import HubName, check_path, is_commit, parse_name


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("org/name", HubName("org/name", "main", None)),
        ("gpt2", HubName("gpt2", "main", None)),
        ("org/name@v1.0", HubName("org/name", "v1.0", None)),
        ("org/name@refs/pr/12", HubName("org/name", "refs/pr/12", None)),
        ("org/name/model-Q8_0.gguf", HubName("org/name", "main", "model-Q8_0.gguf")),
        ("org/name@main/gguf/m.gguf", HubName("org/name", "main", "gguf/m.gguf")),
        ("org/name@refs/pr/1/m.gguf", HubName("org/name", "refs/pr/1", "m.gguf")),
        ("org/na.me-1_x@" + "a" * 40, HubName("org/na.me-1_x", "a" * 40, None)),
    ],
)
def test_names_are_an_owner_a_model_a_revision_and_a_file(name, parsed):
    needs("huggingface_hub")
    assert parse_name(name) == parsed


@given(st.text(alphabet="a./@\\-\n\0:", max_size=12))
def test_any_other_name_is_one_line(name):
    needs("huggingface_hub")
    try:
        parsed = parse_name(name)
    except BadSource as error:
        assert "\n" not in str(error)
    else:
        assert ".." not in parsed.repository.split("/")
        assert ".." not in (parsed.file or "").split("/")


@given(st.text(alphabet="ab./\\:\0\n*", max_size=12))
def test_a_path_that_passes_stays_below_its_folder(tmp_path_factory, name):
    folder = tmp_path_factory.getbasetemp() / "below"
    try:
        path = folder / check_path(name, "it")
    except BadSource:
        return
    assert path.resolve().is_relative_to(folder.resolve())
    assert path != folder


@pytest.mark.parametrize(
    "name", ["/a", "a//b", "a/", "", ".", "a/..", "..", "a\\b", "C:a", "a\nb", "a\0", "nul\x7f"]
)
def test_path_invalid_on_some_system_is_refused(name):
    with pytest.raises(BadSource, match=r"which is not a path inside a repository"):
        check_path(name, "it")


def test_a_commit_is_forty_digits():
    assert is_commit("0" * 40)
    assert not any(map(is_commit, ["main", "0" * 39, "0" * 41, "g" * 40, "0" * 40 + "\n"]))
