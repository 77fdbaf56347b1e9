"""How often may be called, over all processes: what proves nothing by address, the rest by secret and by team.

Several alerts in one call count as several.
"""

from teams.limits import Limit
from teams.rates import Rate

UNPROVEN = Limit("hook-address", Rate(120, 60))  # only calls that prove nothing stay counted
# Others than the forger call from the same address: whoever makes Slack forge has all of its customers behind it. So
# what proves itself passes, until so much comes that nothing is looked at any more.
FLOODING = Limit("hook-flood", Rate(1_200, 60))
PROVEN = Limit("hook-caller", Rate(600, 60))
OF_TEAM = Limit("hook-team", Rate(1_200, 60))  # it may have as many secrets as it likes, and each call leaves a mark
