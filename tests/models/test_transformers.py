"""Whole models, small and random, saved by transformers: what it loads from the files, and what we find."""

import numpy as np
import pytest
from needs import needs

import tovec

N_TOKENS = 97
WIDTH = 16
# The same things under the names that the families use.
LAYERS = {"vocab_size": N_TOKENS, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
LLAMA = {
    **LAYERS,
    "hidden_size": WIDTH,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 32,
}
GEMMA = {**LLAMA, "head_dim": 8, "num_key_value_heads": 1}
GPT2 = {**LAYERS, "n_embd": WIDTH, "n_layer": 1, "n_head": 2, "n_positions": 32}
GPTJ = {**GPT2, "n_head": 4, "rotary_dim": 4}
T5 = {**LAYERS, "d_model": WIDTH, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2}
BART = {
    **LAYERS,
    "d_model": WIDTH,
    **{
        f"{side}_{what}": n for side in ("encoder", "decoder") for what, n in (("layers", 1), ("ffn_dim", 32))
    },
    **{f"{side}_attention_heads": 2 for side in ("encoder", "decoder")},
    "max_position_embeddings": 32,
}
SCALED = {**BART, "scale_embedding": True}
OPT = {
    **{k: v for k, v in LLAMA.items() if k != "intermediate_size"},
    "ffn_dim": 32,
}
MAMBA = {**LAYERS, "hidden_size": WIDTH, "num_hidden_layers": 1, "state_size": 4}

MODELS = [
    ("LlamaForCausalLM", {**LLAMA, "tie_word_embeddings": False}),
    ("LlamaForCausalLM", {**LLAMA, "tie_word_embeddings": True}),
    ("LlamaModel", LLAMA),
    ("MistralForCausalLM", {**LLAMA, "num_key_value_heads": 1}),
    ("Qwen2ForCausalLM", {**LLAMA, "num_key_value_heads": 1, "tie_word_embeddings": True}),
    ("Qwen3ForCausalLM", GEMMA),
    ("Phi3ForCausalLM", LLAMA),
    ("Olmo2ForCausalLM", LLAMA),
    ("StableLmForCausalLM", LLAMA),
    ("SmolLM3ForCausalLM", LLAMA),
    ("Starcoder2ForCausalLM", {**LLAMA, "num_key_value_heads": 1}),
    ("CohereForCausalLM", LLAMA),
    ("GraniteForCausalLM", {**LLAMA, "embedding_multiplier": 12.0}),
    ("GemmaForCausalLM", GEMMA),
    ("Gemma2ForCausalLM", GEMMA),
    ("Gemma3ForCausalLM", GEMMA),
    ("PhiForCausalLM", LLAMA),
    ("GPT2LMHeadModel", GPT2),
    ("GPT2Model", GPT2),
    ("GPTBigCodeForCausalLM", GPT2),
    ("OpenAIGPTLMHeadModel", {k: v for k, v in GPT2.items() if not k.endswith("_token_id")}),
    ("GPTJForCausalLM", GPTJ),
    ("CodeGenForCausalLM", GPTJ),
    ("GPTNeoXForCausalLM", LLAMA),
    ("FalconForCausalLM", {k: v for k, v in LLAMA.items() if k != "intermediate_size"}),
    ("BloomForCausalLM", {**LAYERS, "hidden_size": WIDTH, "n_layer": 1, "n_head": 2}),
    ("MptForCausalLM", {**LAYERS, "d_model": WIDTH, "n_layers": 1, "n_heads": 2, "max_seq_len": 32}),
    ("OPTForCausalLM", OPT),
    ("OPTForCausalLM", {**OPT, "word_embed_proj_dim": 8}),
    ("OPTModel", OPT),
    ("XGLMForCausalLM", {**LAYERS, "d_model": WIDTH, "num_layers": 1, "attention_heads": 2, "ffn_dim": 32}),
    ("MambaForCausalLM", MAMBA),
    ("Mamba2ForCausalLM", {**MAMBA, "num_heads": 4, "head_dim": 8, "n_groups": 1}),
    ("BertForMaskedLM", LLAMA),
    ("BertForPreTraining", LLAMA),
    ("BertModel", LLAMA),
    ("BertForSequenceClassification", LLAMA),
    ("RobertaForMaskedLM", LLAMA),
    ("XLMRobertaForMaskedLM", LLAMA),
    ("DebertaV2ForMaskedLM", LLAMA),
    ("MPNetForMaskedLM", LLAMA),
    ("ModernBertForMaskedLM", {**LLAMA, "cls_token_id": 1, "sep_token_id": 2}),
    ("DistilBertForMaskedLM", {**LAYERS, "dim": WIDTH, "hidden_dim": 32, "n_layers": 1, "n_heads": 2}),
    ("AlbertForMaskedLM", {**LLAMA, "embedding_size": 12}),
    ("ElectraForMaskedLM", {**LLAMA, "embedding_size": 12}),
    ("ElectraForPreTraining", LLAMA),
    ("T5ForConditionalGeneration", T5),
    ("T5ForConditionalGeneration", {**T5, "tie_word_embeddings": False}),
    ("T5EncoderModel", T5),
    ("MT5ForConditionalGeneration", T5),
    ("BartForConditionalGeneration", BART),
    ("BartForConditionalGeneration", SCALED),
    ("BartModel", SCALED),
    ("MBartForConditionalGeneration", SCALED),
    ("MarianMTModel", {**SCALED, "pad_token_id": 96, "decoder_start_token_id": 96}),
    ("PegasusForConditionalGeneration", SCALED),
    ("BlenderbotSmallForConditionalGeneration", SCALED),
    ("BlenderbotForConditionalGeneration", SCALED),
    ("M2M100ForConditionalGeneration", SCALED),
    ("MvpForConditionalGeneration", SCALED),
    ("PegasusXForConditionalGeneration", SCALED),
    ("BioGptForCausalLM", LLAMA),
    ("HyperCLOVAXForCausalLM", {**LLAMA, "embedding_multiplier": 3.0}),
    ("GraniteMoeSharedForCausalLM", {**LLAMA, "embedding_multiplier": 12.0, "num_local_experts": 2}),
]  # fmt: skip


class Stop(Exception):
    """The first layer was reached."""


@pytest.fixture(scope="module")
def transformers():
    found = needs("transformers")
    found.utils.logging.disable_progress_bar()
    return found


@pytest.fixture(scope="module")
def torch():
    return needs("torch")


def built(transformers, torch, name, settings):
    """Return a random model of vectors as long as trained ones, in which the bias of the head is no zero."""
    torch.manual_seed(0)
    kind = getattr(transformers, name)
    model = kind(kind.config_class(**settings)).eval()
    with torch.no_grad():
        model.get_input_embeddings().weight.mul_(50)
        for values in (*model.parameters(), *model.buffers()):
            if values.shape[-1:] == (N_TOKENS,) and values.numel() == N_TOKENS:
                values.normal_()
    return model


def saved_in_all_ways(model, torch, folder):
    model.save_pretrained(folder / "whole")
    model.save_pretrained(folder / "sharded", max_shard_size="5KB")
    model.config.save_pretrained(folder / "pickled")
    torch.save(model.state_dict(), folder / "pickled" / "pytorch_model.bin")
    return [folder / name for name in ("whole", "sharded", "pickled")]


def numbers(weight):
    return weight.detach().float().numpy()


def head_of(model):
    """Return the head's weight and bias; None where there is none."""
    head = model.get_output_embeddings()
    if head is None:
        return None, None
    bias = getattr(model, "final_logits_bias", None)
    return head.weight, head.bias if bias is None else bias


def entering(model, torch, ids):
    """Return what the first layer is given for `ids`, (n, width), where positions count for nothing."""
    for name, values in [*model.named_parameters(), *model.named_buffers()]:
        if any(part in name for part in ("position", "wpe", "token_type")) and values.is_floating_point():
            values.data.zero_()
    seen = []

    def stop(_layer, args, kwargs):
        seen.append(kwargs["hidden_states"] if "hidden_states" in kwargs else args[0])
        raise Stop

    layers = next(module for module in model.modules() if isinstance(module, torch.nn.ModuleList))
    layers[0].register_forward_pre_hook(stop, with_kwargs=True)
    with torch.no_grad(), pytest.raises(Stop):
        model(input_ids=ids[None])
    return numbers(seen[0][0])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "settings"), MODELS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_whole_model_is_what_transformers_loads(transformers, torch, tmp_path, name, settings):
    kind = getattr(transformers, name)
    for folder in saved_in_all_ways(built(transformers, torch, name, settings), torch, tmp_path):
        theirs = kind.from_pretrained(folder).eval()
        given = theirs.get_input_embeddings().weight
        weight, bias = head_of(theirs)

        model = tovec.open_model(folder)
        assert model.report.findings == ("no tokenizer: rows are named by their ids",)
        np.testing.assert_array_equal(model.input[:], numbers(given))
        if weight is None:
            assert (model.report.tying, model.output) == (None, None)
        else:
            assert model.report.tying == ("tied" if weight is given else "untied")
            np.testing.assert_array_equal(model.output[:], numbers(weight))
        assert (model.report.bias is None) == (bias is None)
        if bias is not None:
            np.testing.assert_array_equal(model.output_bias, numbers(bias).ravel())

        ids = torch.arange(3, 30)
        seen = entering(theirs, torch, ids)
        effective = model.effective[np.arange(3, 30)]
        if seen.shape != effective.shape:
            continue  # rows are projected to the width of the layers
        if "LayerNorm" in model.report.scale_why:
            centered = effective - effective.mean(axis=1, keepdims=True)
            effective = centered / centered.std(axis=1, keepdims=True)
        np.testing.assert_allclose(seen, effective, rtol=1e-3, atol=1e-5)
