"""What every room of the house shares and no bounded context owns: settings, database, events, identity, telemetry."""
