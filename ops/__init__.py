"""Running the system: settings, PostgreSQL, migrations, wiring, commands. May import every other folder."""
