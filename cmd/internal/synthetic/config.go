package synthetic

import (
	"fmt"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// Config returns the text of a configuration with the registers that the files
// of this package refer to, in force on the day it is made. platforms is YAML of
// the platforms, or "".
func Config(agentName, lender, listen, platforms string) string {
	day := func(n int) agent.Date { return agent.DateOf(time.Now().AddDate(0, 0, n)) }
	return fmt.Sprintf(`agent: %s
lender: %s
listen: %s
lender_class: bank
min_free_mib: 64
%snotices:
  %s:
    version: %s
    items: [handler_name, handler_contact, purpose, method, categories, retention, expiry, rights_procedure, necessity, impact]
    purposes: [application, drawdown, overdue]
    categories: &all [identity, phone, card, loan, claim, proof, employment, social_insurance, income, liabilities, credit_report, statement, contact_log, device_log, source_answer, history]
    recipients: [%s]
    valid_from: "%s"
    valid_until: open
assessments:
  %s:
    done_on: "%s"
    valid_until: "%s"
    purposes: [application, drawdown, overdue]
    categories: *all
    recipients: [%s]
    automated: true
recipients:
  %s:
    platform: %s
    role: entrusted_processor
    country: CN
    contract: true
    items: [purpose, period, method, categories, measures, duties]
    purposes: [application, drawdown, overdue]
    pools: false
    sub: false
    valid_until: "%s"
`, agentName, lender, listen, platforms, noticeKey, noticeKey, Recipient, day(-200), assessmentKey, day(-210), day(800),
		Recipient, Recipient, Recipient, day(800))
}
