"""What Phantom Flair is made of: seeing, wanting, choosing, remembering, learning. Private to `strategies.phantom_flair`."""
