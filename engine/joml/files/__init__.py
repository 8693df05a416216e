"""Files of networks and trainings: weights and checkpoints, written completely or not at all."""
