"""What people see: one script per page, layout and calls."""
