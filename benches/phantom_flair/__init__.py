"""What Phantom Flair's decisions cost, and what its settings do."""
