"""What is known of kinds of language models: names of their tables, tying, scale; data and look-ups."""
