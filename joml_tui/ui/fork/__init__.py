"""Going on and back: settings changed under way, snapshots to go on from, the range test, the diagnosis."""
