"""All SQL of the service, by theme. Values are bound by the server, rows are read FINAL."""

SUBTREE = "(SELECT id FROM regions FINAL WHERE has(ancestors, {region:String}))"
"""The ids of a region and all below it, for `region GLOBAL IN ...` (GLOBAL: so that it also holds on a cluster)."""
