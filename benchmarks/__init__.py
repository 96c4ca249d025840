"""Measurements side by side in one run: ours, its peers, and the bounds on either side."""
