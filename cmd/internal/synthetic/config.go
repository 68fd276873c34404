package synthetic

import "fmt"

// Config returns the text of a configuration with the registers that the files
// of this package refer to. platforms is YAML of the platforms, or "".
func Config(agentName, lender, listen, platforms string) string {
	return fmt.Sprintf(`agent: %s
lender: %s
listen: %s
min_free_mib: 64
%snotices:
  %s:
    version: %s
    items: [handler_name, handler_contact, purpose, method, categories, retention, rights_procedure, necessity, impact]
    purposes: [application, overdue]
    categories: &all [identity, phone, card, loan, claim, proof, employment, social_insurance, income, liabilities, credit_report, statement, contact_log, device_log, source_answer]
    recipients: [%s]
    valid_from: "2026-05-01"
    valid_until: open
assessments:
  %s:
    done_on: "2026-04-20"
    valid_until: "2029-04-20"
    purposes: [application, overdue]
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
    purposes: [application, overdue]
    pools: false
    valid_until: "2029-05-01"
`, agentName, lender, listen, platforms, noticeKey, noticeKey, Recipient, assessmentKey, Recipient, Recipient, Recipient)
}
