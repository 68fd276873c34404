package conduct

import "github.com/yanmen/yanmen/agent"

// told holds the newest that each provider told of months of insurance, and its newest
// report, against what it told before, and at the same time. What it told long before
// counts no more, so that an error that was mended is not brought up for ever. Which of
// the two holds, and whether something was mended, is for a person to find out.
func (f Figures) told(facts *agent.ConductFacts, all []agent.Record, asOf int64) {
	if len(all) < 2 || f.ToldDays <= 0 {
		return
	}
	type voice struct {
		category agent.Category
		source   string
	}
	newest := make(map[voice]int64, 2)
	// What is asked for a case is told within a day after its time.
	counts := func(at int64) bool { return at > 0 && at <= asOf+day && asOf-at <= f.ToldDays*day }
	for i := range all {
		if v := (voice{all[i].Category, all[i].Source}); counts(all[i].CollectedAt) {
			newest[v] = max(newest[v], all[i].CollectedAt)
		}
	}
	for i := range all {
		now := &all[i]
		if !counts(now.CollectedAt) || now.CollectedAt != newest[voice{now.Category, now.Source}] {
			continue
		}
		for j := range all {
			if old := &all[j]; !counts(old.CollectedAt) || !now.Contradicts(old) {
				continue
			}
			code := codeReportContradicted
			if now.Category == agent.CatSocialInsurance {
				code = codeInsuranceContradicted
			}
			facts.Codes = append(facts.Codes, code)
			break
		}
	}
}
