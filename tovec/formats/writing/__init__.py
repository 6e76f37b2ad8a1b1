"""Writing embeddings in the formats of others; how tokens and numbers fit into them."""
