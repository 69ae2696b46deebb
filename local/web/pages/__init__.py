"""The views: one module a subject, one function a page."""
