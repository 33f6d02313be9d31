"""Casework: closed lists as data (reasons, agencies, kinds of sanctions, service levels) and deadlines."""
