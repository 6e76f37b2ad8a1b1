"""Names of the tensors of a Llama outside its layers, as Hugging Face's files have them."""

INPUT, OUTPUT = "model.embed_tokens.weight", "lm_head.weight"
LAST_NORM = "model.norm.weight"
