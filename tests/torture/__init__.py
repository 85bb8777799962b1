"""What takes too long for ``make test``: kills by the hundred, and faults of everything that the portal stands on."""
