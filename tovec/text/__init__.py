"""Text to ids: documents, tokenizers, vocabulary, the id stream on disk."""
