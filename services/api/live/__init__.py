"""The live figures in memory: sums over stretches of days, snapshots of all numbers, and the loop that renews them."""
