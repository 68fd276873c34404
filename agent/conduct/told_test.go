package conduct

import (
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// told is a record of a provider of some days ago: April of 2026 was paid, or not.
func told(source string, days int64, paid agent.Tri) agent.Record {
	return agent.Record{Category: agent.CatSocialInsurance, Source: source, CollectedAt: ago(days),
		Data: &agent.SocialInsurance{Months: []agent.InsuredMonth{{Month: 20260401, Paid: paid}}}}
}

// reported is a report of a provider of so many days ago with inquiries of 30 and 180 days.
func reported(source string, days, short, long int64) agent.Record {
	return agent.Record{Category: agent.CatCreditReport, Source: source, CollectedAt: ago(days),
		Data: &agent.CreditReport{On: today.AddDays(int(-days)), Inquiries30: known(short), Inquiries180: known(long)}}
}

func TestCheck_whatAProviderToldBefore(t *testing.T) {
	const yes, no = agent.Yes, agent.No
	insurance, report := []string{codeInsuranceContradicted}, []string{codeReportContradicted}
	for name, tt := range map[string]struct {
		told []agent.Record
		want []string
	}{
		"nothing":                          {nil, nil},
		"nothing newer":                    {[]agent.Record{told("p", 60, yes)}, nil},
		"nothing older":                    {[]agent.Record{told("p", 1, no)}, nil},
		"the same":                         {[]agent.Record{told("p", 60, yes), told("p", 1, yes)}, nil},
		"the opposite":                     {[]agent.Record{told("p", 60, yes), told("p", 1, no)}, insurance},
		"in another order":                 {[]agent.Record{told("p", 1, no), told("p", 60, yes)}, insurance},
		"booked later":                     {[]agent.Record{told("p", 60, no), told("p", 1, yes)}, nil},
		"of another provider":              {[]agent.Record{told("p", 60, yes), told("q", 1, no)}, nil},
		"of a borrower":                    {[]agent.Record{told("borrower", 60, yes), told("borrower", 1, no)}, nil},
		"at one instant":                   {[]agent.Record{told("p", 1, no), told("p", 1, yes)}, insurance},
		"at one instant, in another order": {[]agent.Record{told("p", 1, yes), told("p", 1, no)}, insurance},
		"given twice":                      {[]agent.Record{told("p", 1, no), told("p", 1, no)}, nil},
		"as it was first":                  {[]agent.Record{told("p", 60, yes), told("p", 30, no), told("p", 1, yes)}, nil},
		"with nothing known between":       {[]agent.Record{told("p", 60, yes), told("p", 30, agent.Unknown), told("p", 1, no)}, insurance},
		"of one provider beside another":   {[]agent.Record{told("p", 60, yes), told("q", 1, yes), told("p", 2, no)}, insurance},
		"of 180 days ago":                  {[]agent.Record{told("p", 180, yes), told("p", 1, no)}, insurance},
		"of long ago":                      {[]agent.Record{told("p", 181, yes), told("p", 1, no)}, nil},
		"asked for the case":               {[]agent.Record{told("p", 60, yes), told("p", -1, no)}, insurance},
		"after the case":                   {[]agent.Record{told("p", 60, yes), told("p", -2, no)}, nil},
		"without a time":                   {[]agent.Record{{Category: agent.CatSocialInsurance, Source: "p", Data: told("p", 60, yes).Data}, told("p", 1, no)}, nil},

		"reports":             {[]agent.Record{reported("p", 20, 5, 9), reported("p", 1, 1, 4)}, report},
		"reports that agree":  {[]agent.Record{reported("p", 20, 5, 9), reported("p", 1, 1, 5)}, nil},
		"reports of two":      {[]agent.Record{reported("p", 20, 5, 9), reported("q", 1, 1, 4)}, nil},
		"reports of one day":  {[]agent.Record{reported("p", 1, 1, 4), reported("p", 1, 5, 9)}, report},
		"a report and months": {[]agent.Record{reported("p", 20, 5, 9), told("p", 1, no)}, nil},
		"reports and months":  {[]agent.Record{told("p", 60, yes), reported("p", 20, 5, 9), reported("p", 1, 1, 4), told("p", 1, no)}, append(insurance, report...)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := check(&agent.Evidence{Told: tt.told}).Codes; !slices.Equal(got, tt.want) {
				t.Errorf("codes = %v, want %v", got, tt.want)
			}
		})
	}
	if got := (Figures{}).Check(&agent.Evidence{Told: []agent.Record{told("p", 0, yes), told("p", 0, no)}}, asOf).Codes; len(got) != 0 {
		t.Errorf("the zero figures give %v", got)
	}
}
