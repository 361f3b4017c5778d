"""What a person types: each command reads it, does it and prints the answer."""
