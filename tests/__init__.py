"""Tests mirror the folders; a package so that helpers can be imported by their full name."""
