"""The rules of a go-live. Pure: no clock, no I/O, no screen."""
