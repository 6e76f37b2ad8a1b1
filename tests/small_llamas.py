"""Small random models of Llama's architecture, saved by transformers, with a tokenizer of their own."""

import json

from needs import needs

import tovec

TEXTS = ["", "the cat", "the cat sat on the mat and the cat sat", "영화를 보는 the 🐈 unknown words"]
CORPUS = [
    "the cat sat on the mat and the dog sat on the cat",
    "영화를 보는 사람은 영화를 좋아한다",
    "🐈 naïve café",
] * 3


def saved_tokenizer(folder, begins=True):
    """Write a byte-level tokenizer.json with <|endoftext|> as its id 0, and return the number of its ids."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    return tokenizer.get_vocab_size()


def saved_llama(folder, seed=0, *, dtype=None, shard=None, **options):
    """Save a random model of transformers and its tokenizer to `folder`; return the model."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "vocab_size": saved_tokenizer(folder),
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 64,
        "initializer_range": 0.3,
        "bos_token_id": 0,
        "eos_token_id": 0,
        **options,
    }
    torch.manual_seed(seed)
    model = LlamaForCausalLM(LlamaConfig(**config)).eval()
    if dtype is not None:
        model = model.to(getattr(torch, dtype))
    model.save_pretrained(folder, **({} if shard is None else {"max_shard_size": shard}))
    return model


def embedding_with_network(folder):
    """Return the embedding of a saved model with its layers, as training leaves it."""
    tensors = needs("safetensors.numpy").load_file(folder / "model.safetensors")
    table = tovec.open(folder)
    return tovec.Embedding(
        table.vocabulary,
        tensors.pop("model.embed_tokens.weight"),
        table.tokenizer,
        provenance={"model": json.loads((folder / "config.json").read_text())},
        outputs=tensors.pop("lm_head.weight"),
        state=tensors,
    )
