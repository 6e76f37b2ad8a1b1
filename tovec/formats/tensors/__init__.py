"""Files of tensors: what each holds and where, found and not read."""
