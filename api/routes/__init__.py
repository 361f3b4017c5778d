"""What programs meet, a router a file: it translates and hands over, nothing else."""
