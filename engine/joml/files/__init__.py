"""Files of networks and trainings: weights and checkpoints, whole or not there at all."""
