"""Other machines: lines of other writers come in by one door, and the own ones go out."""
