"""Pytest fixtures; filled in by their modules."""
