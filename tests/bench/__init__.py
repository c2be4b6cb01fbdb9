"""`make bench`: how fast, how fresh, how large. Figures of one run on one machine, never asserted by a test."""
