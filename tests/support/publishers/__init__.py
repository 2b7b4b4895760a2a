"""Publishers on loopback: a server with faults on order, and the Explore Education Statistics API."""
