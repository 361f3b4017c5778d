"""The pages people meet: drawn by the server, in three languages, without script."""
