"""The legal editor's bench: scenarios and what they show."""
