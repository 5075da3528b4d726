"""`python -m abscopal` is the `abscopal` command."""

from abscopal.cli import main

main()
