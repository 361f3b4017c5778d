"""Findings: what a supervisor would ask about, judged from the entries alone."""
