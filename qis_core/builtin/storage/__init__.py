"""Stores of originals on this machine's file system."""
