"""The rollback procedure: its steps in order, and what they come to."""
