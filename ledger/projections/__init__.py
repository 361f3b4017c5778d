"""What readers ask of a case, one question a file: pure functions over its entries."""
