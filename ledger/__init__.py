"""What may happen, what has happened, and what it adds up to."""
