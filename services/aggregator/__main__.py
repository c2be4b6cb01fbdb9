"""`python -m services.aggregator`."""

import sys

from services.aggregator.main import main

sys.exit(main())
