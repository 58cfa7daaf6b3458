"""The hands: they carry out one step of a rollback and look whether it took effect."""
