"""A sentence for every kind of finding."""

from deliveries.models import FindingKind

SENTENCES = {
    FindingKind.OVERDUE: "Lanes that are due and that no sender takes",
    FindingKind.LEASE_LEFT: "Leases that ran out and that nobody took over",
    FindingKind.LANE_FORGOTTEN: "Lanes with something to send and no time to send it",
    FindingKind.DELIVERY_STRANDED: "Deliveries marked as being sent that nobody sends",
    FindingKind.DISPATCH_LEFT: "Messages under way of which nobody waits for the answer",
    FindingKind.DELIVERY_OVERSTAYED: "Deliveries that should have expired, or been let out of a hold",
    FindingKind.EVENT_UNDECIDED: "Alert events that were owed and that nobody decided about",
    FindingKind.LEASE_AHEAD: "Leases further ahead than any sender takes them",
    FindingKind.WAIT_AHEAD: "Lanes that wait longer than any rule allows",
    FindingKind.BUDGET_AHEAD: "Rate budgets further ahead than any rule allows",
    FindingKind.TIMER_LATE: "Timers that have not had their turn",
    FindingKind.CLOCK_JUMPED: "The clock jumped",
    FindingKind.CLOCKS_DIFFER: "The clocks of this machine and of the database differ",
    FindingKind.CHECK_FAILED: "Checks of the auditor that failed themselves",
}
