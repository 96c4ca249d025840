"""Explanation to letter: templates, contexts and formats."""
