"""The five programmes through the whole stack: published figures, and the promises that hold for any campaign."""
