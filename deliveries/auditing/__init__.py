"""The auditor: looks for promises that are not kept, mends what is safe to mend, counts it and says the rest aloud.

`checks` look and mend, `turn` runs them, `ledger` writes down what they found, `alarms` tell operators.
"""
