"""What is declared, and the words of the data: areas, periods, observations, indicators, sources."""
