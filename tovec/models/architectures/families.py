"""Where the kinds of language models keep their token tables: data, one entry a family.

Read from transformers 5.24 (`_tied_weights_keys`, `base_model_prefix`, the default of `tie_word_embeddings`
of each configuration class, `embed_scale`), its conversion_mapping.py for older names, and llama.cpp's
gguf-py/gguf/constants.py. Tests hold the defaults against transformers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LLAMA_INPUT = "model.embed_tokens.weight"
HEAD = "lm_head.weight"


@dataclass(frozen=True)
class Architecture:
    """Names of tensors, in the order they are looked for, and what the model does to a row after the lookup.

    tied: whether input and output share one table where the configuration does not say.
    scale: what a row is multiplied by before the model sees it: a field of the configuration, or
    `sqrt FIELD`; None for nothing. scale_if: a field that must be true for it. norm: a normalization
    right after the lookup, as people name it.
    """

    input: tuple[str, ...]
    output: tuple[str, ...]
    tied: bool
    output_bias: tuple[str, ...] = ()
    scale: str | None = None
    scale_if: str | None = None
    norm: str | None = None

    def around(self, inner: "Architecture") -> "Architecture":
        """Return the architecture of a model whose part for text is of the kind `inner`."""
        rows = self if self.scale or self.norm else inner
        return Architecture(
            (*self.input, *inner.input),
            (*self.output, *inner.output),
            self.tied,
            (*self.output_bias, *inner.output_bias),
            rows.scale,
            rows.scale_if,
            rows.norm,
        )


def _bert_like(base: str, head: str, bias: str) -> Architecture:
    return Architecture(
        (f"{base}.embeddings.word_embeddings.weight", "embeddings.word_embeddings.weight"),
        (head,),
        True,
        (bias,),
        norm="LayerNorm",
    )


def _bart_like(norm: str | None) -> Architecture:
    return Architecture(
        (
            "model.shared.weight",
            "shared.weight",
            "model.encoder.embed_tokens.weight",
            "encoder.embed_tokens.weight",
            "model.decoder.embed_tokens.weight",
        ),
        (HEAD,),
        True,
        ("final_logits_bias",),
        scale="sqrt d_model",
        scale_if="scale_embedding",
        norm=norm,
    )


_UNTIED = Architecture((LLAMA_INPUT,), (HEAD,), False)
_TIED = Architecture((LLAMA_INPUT,), (HEAD,), True)
_GEMMA = Architecture((LLAMA_INPUT, "embed_tokens.weight"), (HEAD,), True, scale="sqrt hidden_size")
_MULTIPLIED = Architecture((LLAMA_INPUT,), (HEAD,), False, scale="embedding_multiplier")
_NESTED = (
    "model.language_model.embed_tokens.weight",
    "language_model.model.embed_tokens.weight",
    LLAMA_INPUT,
)
_NESTED_HEAD = (HEAD, "language_model.lm_head.weight")
_GPT2 = Architecture(("transformer.wte.weight", "wte.weight"), (HEAD,), True)
# Kinds that use the usual names, and whose tables are tied unless the configuration says otherwise.
_USUAL_TIED = Architecture((), (), True)
_T5 = Architecture(
    ("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"), (HEAD,), True
)
_ROBERTA = _bert_like("roberta", "lm_head.decoder.weight", "lm_head.bias")
_ALBERT = _bert_like("albert", "predictions.decoder.weight", "predictions.bias")

_FAMILIES: tuple[tuple[str, Architecture], ...] = (
    (
        "llama mistral ministral ministral3 mixtral qwen2 qwen2_moe qwen3 qwen3_moe qwen3_next phi3 phimoe "
        "deepseek_v2 deepseek_v3 olmo olmo2 olmo3 olmoe stablelm nemotron jamba exaone4 glm glm4 glm4_moe "
        "gpt_oss seed_oss arcee llama4_text hunyuan_v1_dense minimax bitnet helium apertus dots1 persimmon "
        "qwen3_5_text bamba",
        _UNTIED,
    ),
    ("cohere cohere2 starcoder2 smollm3 lfm2 ernie4_5 zamba2", _TIED),
    (
        "gemma gemma2 gemma3_text gemma3n_text gemma4_text gemma4_unified_text recurrent_gemma vaultgemma",
        _GEMMA,
    ),
    (
        "granite granitemoe granitemoe_swa granitemoehybrid granitemoeshared falcon_h1 hyperclovax",
        _MULTIPLIED,
    ),
    ("granite_swa", Architecture((LLAMA_INPUT,), (HEAD,), True, scale="embedding_multiplier")),
    ("minicpm minicpm3", Architecture((LLAMA_INPUT,), (HEAD,), True, scale="scale_emb")),
    (
        "gemma3 gemma3n gemma4 gemma4_unified paligemma",
        Architecture(_NESTED, _NESTED_HEAD, True, scale="sqrt hidden_size"),
    ),
    ("qwen2_vl qwen2_5_vl qwen3_vl qwen3_5 llama4 llava", Architecture(_NESTED, _NESTED_HEAD, False)),
    ("mistral3", Architecture(_NESTED, _NESTED_HEAD, True)),
    ("phi", Architecture((LLAMA_INPUT,), (HEAD,), False, ("lm_head.bias",))),
    ("gpt2 gpt_neo gpt_bigcode mpt qwen jais", _GPT2),
    ("gptj codegen", Architecture(("transformer.wte.weight",), (HEAD,), False, ("lm_head.bias",))),
    ("gpt_neox", Architecture(("gpt_neox.embed_in.weight",), ("embed_out.weight", HEAD), False)),
    ("openai-gpt", Architecture(("transformer.tokens_embed.weight", "tokens_embed.weight"), (HEAD,), True)),
    ("bert", _bert_like("bert", "cls.predictions.decoder.weight", "cls.predictions.bias")),
    ("roberta xlm-roberta camembert xlm-roberta-xl", _ROBERTA),
    ("longformer", _bert_like("longformer", "lm_head.decoder.weight", "lm_head.bias")),
    ("distilbert", _bert_like("distilbert", "vocab_projector.weight", "vocab_projector.bias")),
    ("albert", _ALBERT),
    ("electra", _bert_like("electra", "generator_lm_head.weight", "generator_lm_head.bias")),
    (
        "deberta deberta-v2",
        _bert_like("deberta", "cls.predictions.decoder.weight", "cls.predictions.bias"),
    ),
    ("mpnet", _bert_like("mpnet", "lm_head.decoder.weight", "lm_head.bias")),
    (
        "modernbert modernbert-decoder",
        Architecture(
            ("model.embeddings.tok_embeddings.weight", "embeddings.tok_embeddings.weight"),
            ("decoder.weight",),
            True,
            ("decoder.bias",),
            norm="LayerNorm",
        ),
    ),
    ("eurobert", Architecture((LLAMA_INPUT, "embed_tokens.weight"), (HEAD,), False)),
    ("t5 mt5 umt5", _T5),
    ("bart mbart blenderbot-small plbart led mvp bigbird_pegasus", _bart_like("LayerNorm")),
    ("m2m_100 nllb-moe marian pegasus pegasus_x blenderbot", _bart_like(None)),
    (
        "xglm",
        Architecture((LLAMA_INPUT,), (HEAD,), True, scale="sqrt d_model", scale_if="scale_embedding"),
    ),
    (
        "biogpt",
        Architecture(
            ("biogpt.embed_tokens.weight", "embed_tokens.weight"),
            ("output_projection.weight",),
            True,
            scale="sqrt hidden_size",
            scale_if="scale_embedding",
        ),
    ),
    (
        "opt",
        Architecture(("model.decoder.embed_tokens.weight", "decoder.embed_tokens.weight"), (HEAD,), True),
    ),
    ("falcon", Architecture(("transformer.word_embeddings.weight",), (HEAD,), True)),
    (
        "bloom",
        Architecture(
            ("transformer.word_embeddings.weight", "word_embeddings.weight"), (HEAD,), True, norm="LayerNorm"
        ),
    ),
    ("mamba falcon_mamba", Architecture(("backbone.embeddings.weight",), (HEAD,), True)),
    ("mamba2", Architecture(("backbone.embeddings.weight",), (HEAD,), False)),
    ("rwkv", Architecture(("rwkv.embeddings.weight",), ("head.weight",), False, norm="LayerNorm")),
    ("internlm2", Architecture(("model.tok_embeddings.weight",), ("output.weight",), False)),
    (
        "chatglm",
        Architecture(
            ("transformer.embedding.word_embeddings.weight",), ("transformer.output_layer.weight",), False
        ),
    ),
    (
        "bert-generation big_bird blip canary cohere2_moe cohere2_vision convbert ctrl data2vec-text "
        "deepseek_vl deepseek_vl_hybrid ernie ernie4_5_moe ernie4_5_vl_moe florence2 fnet fun_asr_nano "
        "gemma4_unified_assistant glmasr got_ocr2 gpt_neox_japanese granite_docling granite_speech "
        "granite_speech_plus gte hyperclovax_vision_v2 ibert internvl janus jetmoe jina_embeddings_v3 "
        "kimi_k25 kosmos-2 kosmos-2.5 lara_mini layoutlm lfm2_vl lfm3 lfm3_vl lighton_ocr megatron-bert "
        "minicpm_ocr mobilebert moss_transcribe_diarize mra neomme nomic_bert nystromformer ovis2 "
        "paddleocr_vl pp_chart2table qwen3_asr roberta-prelayernorm roc_bert roformer shieldgemma2 "
        "squeezebert tapas trocr udop visual_bert voxtral_realtime xmod yoso youtu zamba zaya",
        _USUAL_TIED,
    ),
    (
        "t5gemma",
        Architecture(
            ("model.encoder.embed_tokens.weight",),
            ("lm_head.out_proj.weight", "model.decoder.embed_tokens.weight"),
            True,
            scale="sqrt hidden_size",
        ),
    ),
    ("longt5 switch_transformers t5gemma2", _T5),
    (
        "flaubert xlm",
        Architecture(
            ("transformer.embeddings.weight",), ("pred_layer.proj.weight",), True, ("pred_layer.proj.bias",)
        ),
    ),
    (
        "xlnet",
        Architecture(("transformer.word_embedding.weight",), ("lm_loss.weight",), True, ("lm_loss.bias",)),
    ),
    (
        "whisper",
        Architecture(
            ("model.decoder.embed_tokens.weight", "decoder.embed_tokens.weight"), ("proj_out.weight",), True
        ),
    ),
    ("moonshine", Architecture(("model.decoder.embed_tokens.weight",), ("proj_out.weight",), True)),
    (
        "speech_to_text",
        Architecture(
            ("model.decoder.embed_tokens.weight",),
            (HEAD,),
            True,
            scale="sqrt d_model",
            scale_if="scale_embedding",
        ),
    ),
    (
        "prophetnet",
        Architecture(
            (
                "prophetnet.word_embeddings.weight",
                "prophetnet.encoder.word_embeddings.weight",
                "prophetnet.decoder.word_embeddings.weight",
            ),
            (HEAD,),
            True,
        ),
    ),
    ("seamless_m4t seamless_m4t_v2", Architecture(("shared.weight",), (HEAD,), True)),
    ("hf_olmo", Architecture(("model.transformer.wte.weight",), ("model.transformer.ff_out.weight",), False)),
)

ARCHITECTURES: Mapping[str, Architecture] = MappingProxyType(
    {name: architecture for names, architecture in _FAMILIES for name in names.split()}
)

# Files without a configuration: models in the format of their authors, static vectors, a single layer.
ORIGINAL_INPUT = (
    *("tok_embeddings.weight", "tok_emb.weight", "token_emb.weight", "token_embedding.weight"),
    *("token_embeddings.weight", "word_embedding.weight", "word_embeddings.weight", "embed_tokens.weight"),
    *("emb.weight", "emb_layer.weight", "embedding.weight", "embeddings.weight", "input_embedding.weight"),
    *("embed_text_tokens.weight", "text_embeddings.weight", "embedding_layer.weight", "embedder.weight"),
    *("wte.embedding", "token_embedding_table.weight"),
)
ORIGINAL_OUTPUT = ("output.weight", "output_layer.weight")
BARE_INPUT = ("embeddings", "vectors", "weight")
STATIC_INPUT = (*BARE_INPUT, "embedding.weight", "embeddings.weight")

# llama.cpp's own names, the same for all models; without an output table the tables are tied.
GGUF = Architecture(("token_embd.weight",), ("output.weight",), True, ("output.bias",))
GGUF_SCALES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("gemma", "gemma2", "gemma3", "gemma3n", "gemma4", "gemma-embedding"), "sqrt hidden_size")
    | dict.fromkeys(("granite", "granitemoe", "granitehybrid", "minicpm", "minicpm3"), "embedding_scale")
)
