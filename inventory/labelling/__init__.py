"""What labels say, what they are printed on, and which were printed. The only part that speaks to `labels`."""
