"""Pure counting: no clock, no network. The way through: `records` (decode) → `fold` (one person) → `plan` (one batch)."""
