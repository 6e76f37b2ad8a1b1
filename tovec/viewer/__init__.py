"""Points to eyes: figures."""
