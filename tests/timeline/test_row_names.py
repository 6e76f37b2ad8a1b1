"""Names of the rows that a loop trains, and which module of a model has them."""

import pytest
from needs import needs
from tokenizers import AddedToken, Tokenizer, decoders, models

import tovec
from tovec.errors import BadSetting, TovecError
from tovec.text.token_bytes import Spelling
from tovec.timeline.model_table import table_of
from tovec.timeline.row_names import vocabulary_of


@pytest.fixture
def byte_level():
    """A tokenizer as GPT-2's: its names spell bytes."""
    tokenizer = Tokenizer(models.BPE({"k": 0, "Ġ": 1, "Ġk": 2}, [("Ġ", "k")]))
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken("<end>", special=True)])
    return tokenizer


def test_a_tokenizer_names_the_rows_of_its_ids_and_the_others_are_numbered(byte_level):
    vocabulary = vocabulary_of(byte_level, 6)
    assert list(vocabulary.tokens) == ["k", "Ġ", "Ġk", "<end>", "<id 4>", "<id 5>"]
    assert vocabulary.spelling is Spelling.BYTE_LEVEL and vocabulary.id(" k") == 2


def test_ids_past_the_table_have_no_row(byte_level):
    assert list(vocabulary_of(byte_level, 2).tokens) == ["k", "Ġ"]


def test_a_tokenizer_of_transformers_says_what_is_special_and_unknown(byte_level):
    fast = needs("transformers").PreTrainedTokenizerFast(
        tokenizer_object=byte_level, eos_token="<end>", unk_token="k"
    )
    vocabulary = vocabulary_of(fast, 5)
    assert 3 in vocabulary.special and vocabulary.unknown == "k"
    processor = type("Processor", (), {"tokenizer": fast})
    assert list(vocabulary_of(processor, 5).tokens) == list(vocabulary.tokens)


def test_lists_ids_and_nothing():
    assert list(vocabulary_of(["a", "b"], 2).tokens) == ["a", "b"]
    assert list(vocabulary_of({"b": 2, "a": 0}, 4).tokens) == ["a", "<id 1>", "b", "<id 3>"]
    assert list(vocabulary_of(None, 2).tokens) == ["<id 0>", "<id 1>"]
    with pytest.raises(TovecError, match="token 'b' has id 2, past the table, whose ids end at 1"):
        vocabulary_of({"b": 2}, 2)


def test_what_a_recorder_watches_takes_its_names_from_a_tokenizer(byte_level, tmp_path):
    torch = needs("torch")
    with tovec.Recorder(tmp_path / "film") as recorder:
        recorder.watch(torch.nn.Embedding(9, 2), byte_level, rows=5)
    timeline = tovec.open_timeline(tmp_path / "film")
    assert timeline.tokens[2:] == ("Ġk", "<end>", "<id 4>")
    assert timeline.vocabulary.spelling is Spelling.BYTE_LEVEL and 4 in timeline.vocabulary.special


@pytest.fixture
def nn():
    return needs("torch").nn


def of(nn, **children):
    module = nn.Module()
    for name, child in children.items():
        setattr(module, name, child)
    return module


def knowing(nn, table, output=None):
    """A model of transformers."""
    module = of(nn, wte=table)
    module.get_input_embeddings = lambda: table
    module.get_output_embeddings = lambda: output
    return module


def test_a_model_says_which_its_tables_are(nn):
    table, head = nn.Embedding(3, 2), nn.Linear(2, 3)
    inner = knowing(nn, table, head)
    for model in (inner, of(nn, model=inner, other=nn.Embedding(7, 2))):
        assert table_of(model) is table and table_of(model, "output") is head
    outer = of(nn, inner=inner)  # which asks its part, as models of transformers do
    outer.get_input_embeddings = inner.get_input_embeddings
    assert table_of(outer) is table


def test_one_embedding_needs_no_name_and_several_do(nn):
    words, places = nn.Embedding(3, 2), nn.Embedding(8, 2)
    assert table_of(of(nn, words=words)) is words
    model = of(nn, transformer=of(nn, wte=words, wpe=places))
    assert table_of(model, "transformer.wte") is words and table_of(model, words) is words
    with pytest.raises(
        BadSetting, match=r"several.*: transformer.wte \(3 × 2\), transformer.wpe \(8 × 2\), not"
    ):
        table_of(model)
    with pytest.raises(
        BadSetting, match=r"table must be input, output or the name of a module; tables of this"
    ):
        table_of(model, "wte")
    with pytest.raises(BadSetting, match="this model has no output table, not 'output'"):
        table_of(model, "output")


def test_of_two_models_one_is_named(nn):
    student, teacher = (knowing(nn, nn.Embedding(3, 2)) for _ in range(2))
    model = of(nn, student=student, teacher=teacher)
    with pytest.raises(BadSetting, match=r"student.wte \(3 × 2\), teacher.wte"):
        table_of(model)
    assert table_of(model, "student") is student.wte
