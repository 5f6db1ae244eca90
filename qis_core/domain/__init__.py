"""Pure rules: standard library and the public values only."""
