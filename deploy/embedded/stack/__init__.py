"""Starts and keeps the whole stack: `python -m deploy.embedded.stack`, or `EmbeddedStack` in tests.

`parts` is what it consists of, `embedded` the order of things, `child` one process kept running, `ports`, `keys`,
`settings` and `surroundings` what they need.
"""

from .embedded import EmbeddedStack, StackError, Stopped
from .parts import Part, Step
from .ports import Ports, PortTaken
from .surroundings import DirectoryInUse

__all__ = ["DirectoryInUse", "EmbeddedStack", "Part", "PortTaken", "Ports", "StackError", "Step", "Stopped"]
