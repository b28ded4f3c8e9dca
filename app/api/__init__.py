"""The REST interface: a route is one question to a report, or one thing told to an action."""
