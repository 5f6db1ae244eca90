"""Changing the library's files: file, record, history, permissions and what is cached together, or not at all.

A change is written into the journal (`journal`) before anything is touched. What it does to files
up to that point can be taken back or is one step of the file system's; then one transaction changes
all records and marks the journal's entry; then what is left over is cleared away. Whoever finds an
entry without a living owner (`runner`) looks at it: where the records tell of the change, or the
one step was done, it is brought to its end, else taken back.
"""
