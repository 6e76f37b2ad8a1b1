"""A language model's files: which of its tensors are token tables, and which tokens their rows are."""
