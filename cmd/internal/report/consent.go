package report

import "github.com/yanmen/yanmen/agent"

// ConsentWord puts a state, a kind of event or an actor into words. A word that
// it does not know comes back as it is.
func ConsentWord(lang Lang, word string) string { return in(lang, consentWords[word], word) }

// ConsentDenial says why the ledger did not take an event, or why an answer
// stays. A code that it does not know comes back as it is.
func ConsentDenial(lang Lang, code agent.Code) string {
	return in(lang, consentCodes[code], string(code))
}

func in(lang Lang, p [2]string, other string) string {
	switch {
	case p[0] == "":
		return other
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

var consentCodes = map[agent.Code][2]string{
	agent.CodeConsentReaskBlocked:       {"本人已拒绝或撤回，期限届满前不得就同一目的再次征求", "the person has refused or withdrawn: it is too early to ask again for the same purpose"},
	agent.CodeConsentHeaderMissing:      {"记录的第一个事件须带完整的 header", "the first event of a record needs a complete header"},
	agent.CodeConsentHeaderRepeated:     {"只有记录的第一个事件可以带 header", "only the first event of a record has a header"},
	agent.CodeConsentTimeBackward:       {"事件时间早于该记录的上一个事件", "the event is earlier than the one before it in the record"},
	agent.CodeConsentTimeAhead:          {"事件时间晚于现在", "the event lies ahead of now"},
	agent.CodeConsentNoticeMissing:      {"此前没有告知", "no notice was shown before"},
	agent.CodeConsentNoticeIncomplete:   {"告知缺少版本、语言或文本摘要", "the notice lacks version, language or digest"},
	agent.CodeConsentTermsIncomplete:    {"同意事项不完整：形式、目的、类别、截止时间缺一不可", "the terms are incomplete: form, purposes, categories and an end are needed"},
	agent.CodeConsentRecipientUnnamed:   {"header 中没有接收方的名称和联系方式", "the header does not give name and contact of a recipient"},
	agent.CodeConsentEvidenceMissing:    {"书面同意须注明文件编号", "a written consent needs the reference of the document"},
	agent.CodeConsentActorUnfit:         {"该事件不能由此人作出；监护人须附监护证明编号", "this is not theirs to do; a guardian needs the proof of guardianship"},
	agent.CodeConsentGuardianMissing:    {"不满十四周岁，须由监护人同意", "below 14 years a guardian consents"},
	agent.CodeConsentAgeUnknown:         {"无法确定年龄，不能判断是否须监护人同意", "the age is not known, so whether a guardian must consent cannot be told"},
	agent.CodeConsentTransitionUnfit:    {"与该记录的当前状态不符", "does not follow from the record's present state"},
	agent.CodeConsentSubjectUnfit:       {"该编号属于另一人的同意记录", "the id belongs to another person's record"},
	agent.CodeConsentContractCarries:    {"结论保留：为履行合同所必需，不依赖同意", "the answer stays: the contract carries it without consent"},
	agent.CodeConsentDutyCarries:        {"结论保留：为履行法定义务所必需，不依赖同意", "the answer stays: a legal duty carries it without consent"},
	agent.CodeConsentOtherGroundCarries: {"结论保留：另有不依赖同意的合法性基础", "the answer stays: another ground carries it without consent"},
}
