"""The pages of deliveries: the log, who was told of an alert, its export, and the hand-over."""
