"""What to expect: pure predictors and simulations. Frames in, numbers out."""
