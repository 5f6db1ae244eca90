"""Logging in with a password that is kept here."""
