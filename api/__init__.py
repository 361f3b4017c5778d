"""What people and programs meet: commands now; it translates, and decides nothing."""
