"""What each action of the lab does: a module for each group of actions, mixed into the lab's screen."""
