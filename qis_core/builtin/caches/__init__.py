"""Caches of renderings in this process's memory, on this machine's disk, and on memcached servers."""
