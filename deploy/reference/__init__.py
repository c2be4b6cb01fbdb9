"""Reference data shipped with the system: administrative units, their lineage, and the five programmes."""
