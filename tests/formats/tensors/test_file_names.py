import pytest

from tovec.formats.tensors.file_names import (
    ShardName,
    SplitName,
    same_model,
    shard_name,
    split_name,
    tensor_files,
)

INDEX = "model.safetensors.index.json"
SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
# What transformers' Trainer and accelerate write beside a model.
OF_TRAINING = [
    *("training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state.pth", "rng_state_3.pth", "scaler.pt"),
    *("trainer_state.json", "optimizer.bin", "scheduler.bin", "random_states_0.pkl", "optimizer.pt"),
]
SPLIT = ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["README.md", "config.json"], []),
        (["pytorch_model.bin", "model.safetensors", INDEX], ["model.safetensors"]),
        ([INDEX, *SHARDS], [INDEX]),
        ([INDEX, *SHARDS, "consolidated.safetensors"], [INDEX]),
        (SHARDS, SHARDS),
        (["training_args.bin", "pytorch_model.bin"], ["pytorch_model.bin"]),
        ([*OF_TRAINING, "pytorch_model.bin"], ["pytorch_model.bin"]),
        ([*OF_TRAINING, "weights.pt"], ["weights.pt"]),
        (OF_TRAINING, []),
        (["m.gguf", "mmproj-m.gguf", "adapter_model.safetensors"], ["m.gguf"]),
        (["adapter_model.safetensors", "adapter_model.bin"], ["adapter_model.safetensors"]),
        (["adapter_model.bin", "README.md"], ["adapter_model.bin"]),
        (SPLIT, SPLIT[:1]),
        ([*SPLIT, "other.gguf"], [SPLIT[0], "other.gguf"]),
        (["b.pt", "a.pt"], ["a.pt", "b.pt"]),
        (["model_quantized.onnx", "model.onnx", "model.onnx_data"], ["model.onnx"]),
        (["encoder_model.onnx", "decoder_model.onnx"], ["decoder_model.onnx", "encoder_model.onnx"]),
        (["model.onnx", "a.bin"], ["a.bin"]),
    ],
)
def test_file_of_tensors_is_chosen_by_priority(names, found):
    assert tensor_files(names) == found
    assert tensor_files(reversed(names)) == found


def test_a_split_name_says_which_part_it_is():
    split = split_name("a/m-00002-of-00003.gguf")
    assert split == SplitName("a/m", 2, 3)
    assert split.part(3) == "a/m-00003-of-00003.gguf"
    assert split.part(2) == "a/m-00002-of-00003.gguf"


@pytest.mark.parametrize(
    "name", ["m.gguf", "m-00001-of-00002.bin", "m-1-of-2.gguf", "m-00001-of-00002.gguf.x"]
)
def test_other_names_are_not_parts_of_a_split_model(name):
    assert split_name(name) is None


def test_a_part_of_a_model_names_its_index():
    assert shard_name("model-00002-of-00003.safetensors") == ShardName(2, 3, "model.safetensors.index.json")
    assert shard_name("pytorch_model-00001-of-00002.bin") == ShardName(1, 2, "pytorch_model.bin.index.json")
    assert shard_name("model.safetensors") is None
    assert shard_name("model-00001-of-00002.gguf") is None


def test_files_are_one_model_when_their_counts_agree():
    assert same_model(SHARDS)
    assert not same_model([*SHARDS, "other.safetensors"])
    assert not same_model([SHARDS[0], "model-00002-of-00003.safetensors"])
    assert not same_model([SHARDS[0], "draft-00001-of-00002.safetensors"])
