"""Conformance suites: subclass one with two lines and run pytest."""
