"""Compiled inner loops of training. They compute; training/ decides."""
