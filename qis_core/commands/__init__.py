"""The subcommands of ``qis``: one module each, found by its file name, with a click command in ``command``.

Modules import heavy things inside their functions, so that ``qis --help`` stays quick.
"""
