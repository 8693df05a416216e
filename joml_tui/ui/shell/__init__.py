"""Living in the lab: its help, its layout, the tour, the way between its areas, and the lab in a browser."""
