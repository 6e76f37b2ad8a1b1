"""`python -m tovec` is the same as `tovec`."""

from tovec.cli import main

if __name__ == "__main__":
    main()
