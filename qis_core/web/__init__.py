"""The web: routes, views, security, errors, pages."""
