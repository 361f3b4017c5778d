"""The PostgreSQL the ledger stands in: a private server, roles, migrations, checks."""
