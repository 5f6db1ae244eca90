"""The subcommands of ``qis``: one module each, with a click command of the module's own name.

Modules import heavy things inside their functions, so that ``qis --help`` stays quick.
"""
