"""`python -m services.registration`."""

import sys

from services.registration.main import main

sys.exit(main())
