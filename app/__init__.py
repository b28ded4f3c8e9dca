"""The doors: everything that can be started."""
