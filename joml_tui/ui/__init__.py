"""The screen of the lab; only this package imports Textual."""
