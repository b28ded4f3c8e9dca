"""What happened: pure measures. Frames in, numbers out."""
