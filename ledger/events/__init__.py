"""Every fact that can be recorded, past tense, one class each: the published language."""
