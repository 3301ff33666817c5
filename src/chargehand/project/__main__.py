"""`python -m chargehand.project`: the same as the command `chargehand`."""

import sys

from chargehand.project.cli import main

sys.exit(main())
