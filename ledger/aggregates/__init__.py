"""What the entries of a case add up to, and what may be done next.

One chapter a module, named as in `ledger.events`: its state, its commands with their
guards, its folds. `case` puts the chapters together, `deciding` runs a command,
`placing` says under which shield an entry goes.
"""
