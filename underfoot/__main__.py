"""`python -m underfoot` is the command `underfoot`."""

from underfoot.cli import main

if __name__ == "__main__":
    main()
