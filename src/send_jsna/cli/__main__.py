"""``python -m send_jsna.cli``, for where the command ``jsna`` is not on the path."""

from send_jsna.cli import main

main()
