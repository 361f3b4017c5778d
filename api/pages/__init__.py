"""The pages: the ledger as people read it, drawn on the server."""
