"""The library: stores of originals mounted at folders."""
