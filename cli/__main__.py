"""`python -m cli` is the `retailflow` command."""

from cli.app import main

if __name__ == "__main__":
    main()
