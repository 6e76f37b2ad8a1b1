"""Models of the Hugging Face Hub by name: only the bytes of what is asked for are downloaded."""
