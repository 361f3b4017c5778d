"""What a supervisory authority runs, alone: checks a stafettlogg without trusting it.

Imports the standard library and `cryptography`, nothing else: no network, no
database, no private key. `FORMAT.md` beside this file gives every byte it reads.
"""
