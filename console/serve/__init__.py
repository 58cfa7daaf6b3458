"""The console in a browser: a page, its door, and a process of its own behind each tab."""
