"""`python -m app.cli`, which supervisors and images run: `prashna` without its script."""

from app.cli import main

if __name__ == "__main__":
    main()
