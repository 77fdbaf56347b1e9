"""What a rule would have done in the last days: the live evaluation, run over stored rounds. Nothing is written."""

from alerts.backtest.audience import Audience, audience_of
from alerts.backtest.periods import Period, periods_of
from alerts.backtest.replay import replay
from alerts.backtest.running import CHOICES, Backtest, Trial, backtest

__all__ = [
    "CHOICES",
    "Audience",
    "Backtest",
    "Period",
    "Trial",
    "audience_of",
    "backtest",
    "periods_of",
    "replay",
]
