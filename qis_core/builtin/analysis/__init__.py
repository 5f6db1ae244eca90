"""What is found in pictures by looking at them."""
