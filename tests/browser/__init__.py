"""Both screens in a real browser, on the whole stack."""
