"""Public doubles and sample data for tests of TrafficFlou and of what is built on it."""
