"""The pages of rules, alerts and views."""
