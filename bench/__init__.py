"""Benchmarks: commands that anybody can run again, never tests that depend on time."""
