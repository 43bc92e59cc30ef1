"""Faults, for real: real processes are ended, stopped, cut off and flooded, and what was promised is checked."""
