"""The shell of the lab: help, layout, tour, navigation, settings, and the lab in a browser."""
