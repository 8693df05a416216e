"""Everything of the lab that is on the screen; only this package imports Textual."""
