"""`python -m services.api`."""

import sys

from services.api.main import main

if __name__ == "__main__":
    sys.exit(main())
