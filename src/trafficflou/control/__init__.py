"""Level 6: what people do with TrafficFlou: learn, run, look after the machine."""
