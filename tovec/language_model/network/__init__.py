"""The network of a language model: Llama's architecture, its shape as data and its module of torch."""
