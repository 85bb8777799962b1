"""What the portal is made of: ``make audit`` asks what is known against it, ``make sbom`` writes it down."""
