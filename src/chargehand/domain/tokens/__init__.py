"""What drivers identify themselves with, and who vouches for it."""
