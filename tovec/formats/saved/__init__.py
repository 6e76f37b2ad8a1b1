"""What tovec itself saves: a folder that other libraries read too, or one safetensors file with tokens."""
