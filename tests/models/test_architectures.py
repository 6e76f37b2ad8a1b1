"""The table of architectures against transformers: what its classes declare, how modules are called.

Covers architectures/families.py, architectures/lookup.py and `scale_of` of opening.py too.
"""

from pathlib import Path

import pytest
from needs import needs

from tovec.models.architectures.families import ARCHITECTURES
from tovec.models.architectures.lookup import gguf_architecture, has_head
from tovec.models.configuration import with_text_part
from tovec.models.opening import scale_of
from tovec.models.tables import find_tables
from tovec.vectors.number_types import NUMBER_TYPES
from tovec.vectors.stored import StoredTensor
from tovec.vectors.tensor_store import TensorStore

# Code that transformers does not hold; their names were read in their own repositories.
REMOTE = {"qwen", "jais", "internlm2", "chatglm", "hf_olmo", "minicpm"}
# The text part of a larger model, which is read under the larger model's name.
PARTS = {"gemma3n_text", "gemma4_text", "qwen3_5_text", "llama4_text"}


@pytest.mark.parametrize("model_type", sorted(set(ARCHITECTURES) - REMOTE))
def test_default_tying_equals_the_classs_default(model_type):
    transformers = needs("transformers")
    config = transformers.AutoConfig.for_model(model_type)
    assert ARCHITECTURES[model_type].tied == config.tie_word_embeddings


@pytest.fixture(scope="module")
def transformers():
    return needs("transformers")


def built(transformers, model_type):
    """Return the model of `model_type` without memory for its weights; None where no class has a head."""
    import torch

    config = transformers.AutoConfig.for_model(model_type)
    for name in (
        *("AutoModelForCausalLM", "AutoModelForMaskedLM", "AutoModelForSeq2SeqLM"),
        *("AutoModelForImageTextToText", "AutoModelForPreTraining"),
    ):
        try:
            with torch.device("meta"):
                return getattr(transformers, name).from_config(config)
        except ValueError:  # no such class for this kind
            continue
    return None


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "model_type",
    [
        *("llama", "mistral", "qwen2", "qwen3", "phi3", "phi", "olmo2", "gpt_oss", "granite"),
        *("gemma", "gemma2", "gemma3_text", "cohere", "smollm3", "gpt2", "gpt_neo", "gptj", "gpt_neox"),
        *("bert", "roberta", "distilbert", "albert", "electra", "deberta-v2", "mpnet", "modernbert"),
        *(
            "t5",
            "mt5",
            "bart",
            "m2m_100",
            "marian",
            "opt",
            "falcon",
            "bloom",
            "mpt",
            "mamba",
            "mamba2",
            "xglm",
        ),
        *("rwkv", "gemma3", "qwen2_vl", "openai-gpt", "codegen", "starcoder2", "lfm2", "eurobert"),
    ],
)
def test_names_are_those_of_the_modules(transformers, model_type):
    needs("torch")
    model = built(transformers, model_type)
    assert model is not None
    architecture = ARCHITECTURES[model_type]
    given, head = model.get_input_embeddings().weight, model.get_output_embeddings()
    names = [name for name, weight in model.named_parameters(remove_duplicate=False) if weight is given]
    assert set(names) & set(architecture.input), names
    if head is not None:
        names = [
            name for name, weight in model.named_parameters(remove_duplicate=False) if weight is head.weight
        ]
        assert set(names) & set(architecture.output), names


# Kinds of several parts, of speech and of pictures; without the flag that says whether tables are one.
COMPOSITE = (
    *("whisper", "moonshine", "speech_to_text", "qwen2_audio", "voxtral"),
    *(
        "internvl",
        "llava",
        "paligemma",
        "blip-2",
        "idefics3",
        "florence2",
        "kosmos-2",
        "mllama",
    ),
    *("seamless_m4t", "t5gemma", "modernvbert", "granite_speech", "xlnet", "flaubert"),
)


def shrunk(config):
    """Return `config` with one layer wherever it counts layers, in all its parts."""
    for name, value in list(vars(config).items()):
        if isinstance(value, int) and name.endswith("layers") and value > 1:
            setattr(config, name, 1)
        elif hasattr(value, "to_dict"):
            shrunk(value)
    return config


def without_flag(value):
    if not isinstance(value, dict):
        return value
    return {key: without_flag(part) for key, part in value.items() if key != "tie_word_embeddings"}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("model_type", COMPOSITE)
def test_the_tables_of_models_of_several_parts_are_those_of_their_modules(transformers, model_type):
    torch = needs("torch")
    names = vars(transformers.models.auto.modeling_auto)
    tasks = (
        "CAUSAL_LM",
        "SEQ_TO_SEQ_CAUSAL_LM",
        "SPEECH_SEQ_2_SEQ",
        "IMAGE_TEXT_TO_TEXT",
        "MASKED_LM",
        "PRETRAINING",
    )
    mappings = [names[f"MODEL_FOR_{task}_MAPPING_NAMES"] for task in tasks]
    kind = next(mapping[model_type] for mapping in mappings if model_type in mapping)
    with torch.device("meta"):
        model = getattr(transformers, kind)(shrunk(transformers.AutoConfig.for_model(model_type)))
    config = with_text_part({**without_flag(model.config.to_dict()), "architectures": [kind]})

    given, head = model.get_input_embeddings().weight, getattr(model.get_output_embeddings(), "weight", None)
    parameters = dict(model.named_parameters(remove_duplicate=False))
    kept = {name: p for name, p in parameters.items() if name not in (model.all_tied_weights_keys or {})}
    tensors = {
        name: StoredTensor(name, NUMBER_TYPES["F32"], tuple(p.shape), Path("model"), 0, 4 * p.numel())
        for name, p in kept.items()
    }
    tables = find_tables(TensorStore(tensors, "safetensors", (Path("model"),)), config, None)
    assert parameters[tables.input.tensor.name] is given
    if head is given:
        assert tables.output is None and tables.architecture.tied
    elif head is not None:
        assert parameters[tables.output.tensor.name] is head


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("model_type", "changes"),
    [("gemma3_text", {}), ("bart", {"scale_embedding": True}), ("m2m_100", {}), ("xglm", {}), ("bart", {})],
)
def test_the_scale_is_that_of_the_embedding_module(transformers, model_type, changes):
    torch = needs("torch")
    config = transformers.AutoConfig.for_model(model_type, **changes)
    with torch.device("meta"):
        model = transformers.AutoModel.from_config(config)
    scales = {
        float(module.embed_scale)
        for module in model.modules()
        if isinstance(getattr(module, "embed_scale", None), float)
    } | {module.scalar_embed_scale for module in model.modules() if hasattr(module, "scalar_embed_scale")}
    scale, _ = scale_of(ARCHITECTURES[model_type], config.to_dict())
    assert scales and all(seen == pytest.approx(scale, rel=1e-12) for seen in scales)


def test_a_gguf_of_gemma_is_scaled_and_one_of_llama_is_not():
    assert gguf_architecture("gemma3").scale == "sqrt hidden_size"
    assert gguf_architecture("llama").scale is None
    assert gguf_architecture("llama").tied  # llama.cpp leaves out a head that is the input table


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "model_type",
    [
        "albert",
        "bart",
        "bert",
        "distilbert",
        "electra",
        "gpt2",
        "llama",
        "marian",
        "modernbert-decoder",
        "t5",
    ],
)
def test_the_name_of_a_class_says_whether_it_has_a_head(transformers, model_type):
    torch = needs("torch")
    mappings = vars(transformers.models.auto.modeling_auto).items()
    found = {names.get(model_type) for key, names in mappings if key.endswith("_MAPPING_NAMES")}
    found.discard(type(transformers.AutoConfig.for_model(model_type)).__name__)
    classes = {name for name in found if isinstance(name, str)}
    assert len(classes) > 1
    for name in classes:
        kind = getattr(transformers, name)
        with torch.device("meta"):
            model = kind(kind.config_class())
        assert has_head(name) == (model.get_output_embeddings() is not None), name


def test_other_names_of_classes_say_nothing():
    assert has_head("Transformer") is None and has_head("BertModel") is False
