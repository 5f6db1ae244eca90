"""Rendering: worker processes and what happens inside them."""
