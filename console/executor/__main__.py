"""`python -m console.executor`: stand by for an order on the standard input."""

import os
import sys

from console.executor.process import main

# Not `sys.exit`: what hangs on a disk or a feed would keep a process from ending that is done.
os._exit(main(sys.stdin.buffer, sys.stdout.buffer))
