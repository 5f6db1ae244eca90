"""Readers of what cameras, agencies and editors write into picture files."""
