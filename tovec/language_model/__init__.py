"""Language models: what comes next in a text, and what the network makes of each token."""
