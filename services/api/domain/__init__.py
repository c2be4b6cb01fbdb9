"""Pure rules of what is served: the tree, windows, denominators, baselines, coverage, pace and growth."""
