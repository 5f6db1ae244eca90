"""What the platform does; plain classes without a request."""
