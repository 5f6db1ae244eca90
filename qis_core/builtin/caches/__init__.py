"""Caches of renderings in this process's memory and on this machine's disk."""
