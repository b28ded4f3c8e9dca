"""Servers that answer as real tools do, over real HTTP, and misbehave where a test wants them to."""
