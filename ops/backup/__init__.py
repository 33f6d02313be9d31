"""Backups: make one, restore it, and hold what was restored against a tree head that was kept elsewhere."""
