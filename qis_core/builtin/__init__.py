"""Built-in plugins, written against qis_core.api only."""
