"""Level 1: evidence of real traffic: readers and writers of access logs."""
