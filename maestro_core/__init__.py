"""What Maestro is: models, collectors, scoring, learning, reports and actions. Knows no user interface."""
