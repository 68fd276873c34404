package report

import "github.com/yanmen/yanmen/agent"

// ConsentWord puts a state, a kind of event or an actor into words. A word that
// it does not know comes back as it is.
func ConsentWord(lang Lang, word string) string {
	p, ok := consentWords[word]
	switch {
	case !ok:
		return word
	case lang == Chinese:
		return p[0]
	}
	return p[1]
}

var consentWords = map[string][2]string{
	agent.ConsentNotice:      {"告知", "notice shown"},
	agent.ConsentRequested:   {"已征求", "requested"},
	agent.ConsentDeferred:    {"暂不决定", "put off"},
	agent.ConsentGiven:       {"已同意", "given"},
	agent.ConsentRenewed:     {"已续期", "renewed"},
	agent.ConsentRefused:     {"已拒绝", "refused"},
	agent.ConsentWithdrawn:   {"已撤回", "withdrawn"},
	agent.ConsentRevoked:     {"机构已终止", "ended by the lender"},
	agent.ConsentInvalidated: {"已认定无效", "found void"},
	agent.ConsentUnknown:     {"尚未作出选择", "no choice yet"},
	agent.ConsentExpired:     {"已到期", "expired"},
	agent.ActorSubject:       {"本人", "the person"},
	agent.ActorGuardian:      {"监护人", "guardian"},
	agent.ActorLender:        {"机构", "lender"},
}
