package loan

import "github.com/yanmen/yanmen/agent"

// PlanMonths returns the smallest number of months, 1 to most, in which a payment
// of budget fen a month repays what is owed with interest; ok is false where most
// months do not suffice. A larger budget never takes longer, a larger debt never
// less. Errors of range count as not sufficing.
func PlanMonths(owed, rateBP, budget, most int64) (n int64, ok bool) {
	if owed < 1 || owed > MaxPrincipal || rateBP < 0 || rateBP > MaxRateBP || most > MaxMonths {
		return 0, false
	}
	for n = 1; n <= most; n++ {
		interest := share(owed, rateBP, yearBP)
		switch {
		case budget >= owed+interest:
			return n, true
		case budget <= interest:
			return 0, false
		}
		owed -= budget - interest
	}
	return 0, false
}

// Restructure returns the shortest plan over what is owed of which no instalment
// is above budget fen: as many months as [PlanMonths] says, the first a month
// after starts, all alike but the last, which is not larger, and each as small as
// so many months allow. It returns nil where no plan of at most so many months
// fits.
func Restructure(owed, rateBP, budget, most int64, starts agent.Date) []agent.Instalment {
	n, ok := PlanMonths(owed, rateBP, budget, most)
	if !ok || starts <= 0 {
		return nil
	}
	low, high := (owed-1)/n, budget // low does not suffice, high does
	for high-low > 1 {
		level := low + (high-low)/2
		if _, ok := PlanMonths(owed, rateBP, level, n); ok {
			high = level
		} else {
			low = level
		}
	}
	lines := make([]agent.Instalment, n)
	for i := range lines {
		interest := share(owed, rateBP, yearBP)
		principal := min(high-interest, owed)
		lines[i] = agent.Instalment{DueOn: AddMonths(starts, i+1), Principal: principal, Interest: interest}
		owed -= principal
	}
	return lines
}
