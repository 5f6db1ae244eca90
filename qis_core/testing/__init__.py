"""The test kit that plugin authors install and QIS uses itself: fixtures and conformance suites."""
