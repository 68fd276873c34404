package policy

import (
	"strconv"

	"github.com/yanmen/yanmen/agent"
)

// ReaskBlockDays is for how many days nobody asks again after a person has refused
// or withdrawn a consent, unless the configuration says otherwise. The law says not
// to ask often and names no figure: this is the product's own.
const ReaskBlockDays = 30

// own are the codes that no rule gives but the program itself, by what gives
// them: the runner of the rules, and the ledger of consents. Their text stands
// here alone; what they rest on is in the bundle's register.
var own = []struct {
	name        string
	title, asks string // English, as the annotations of rules are
	codes       []ownCode
}{
	{"policy", "The rules themselves", "Did the rules answer, and are they young enough to be relied on?", []ownCode{
		{"denial", sentence{Words{"规则未能作答，按拒绝处理", "the rules did not answer, which denies"},
			agent.CodeUndecided, []string{"YM-1"}, KindViolation}},
		{"obligation", sentence{Words{"规则包已超过规定的使用期限，须复核并更新", "the rules are older than the lender lets them grow: review and renew them"},
			CodeStale, []string{"PIPL-51-1"}, ""}},
	}},
	{"consent", "The ledger of consents", "May this event follow what the ledger has of this person?", []ownCode{
		refusal(agent.CodeConsentActorUnfit, "该事件不能由此人作出；监护人须附监护证明编号", "this is not theirs to do; a guardian needs the proof of guardianship", "PIPL-14-1", "PIPL-31-1"),
		refusal(agent.CodeConsentAgeUnknown, "无法确定年龄，不能判断是否须监护人同意", "the age is not known, so whether a guardian must consent cannot be told", "PIPL-31-1"),
		refusal(agent.CodeConsentEvidenceMissing, "书面同意须注明文件编号", "a written consent needs the reference of the document", "PIPL-14-1", "CRR-18"),
		refusal(agent.CodeConsentGuardianMissing, "不满十四周岁，须由监护人同意", "below 14 years a guardian consents", "PIPL-31-1"),
		refusal(agent.CodeConsentHeaderMissing, "记录的第一个事件须带完整的 header", "the first event of a record needs a complete header", "PIPL-17-1", "NDR-21", "TS27560-6.3"),
		refusal(agent.CodeConsentHeaderRepeated, "只有记录的第一个事件可以带 header", "only the first event of a record has a header", "YM-7"),
		refusal(agent.CodeConsentNoticeIncomplete, "告知缺少版本、语言或文本摘要", "the notice lacks version, language or digest", "PIPL-17-1", "TS27560-6.3"),
		refusal(agent.CodeConsentNoticeMissing, "此前没有告知", "no notice was shown before", "PIPL-14-1", "PIPL-17-1"),
		refusal(agent.CodeConsentReaskBlocked, "本人已拒绝或撤回，期限届满前不得就同一目的再次征求", "the person has refused or withdrawn: it is too early to ask again for the same purpose", "NDR-22", "PIPL-15-1", "YM-8"),
		refusal(agent.CodeConsentRecipientUnnamed, "header 中没有接收方的名称和联系方式", "the header does not give name and contact of a recipient", "PIPL-23-1"),
		refusal(agent.CodeConsentSubjectUnfit, "该编号属于另一人的同意记录", "the id belongs to another person's record", "PIPL-8-1"),
		refusal(agent.CodeConsentTermsIncomplete, "同意事项不完整：形式、目的、类别、截止时间缺一不可", "the terms are incomplete: form, purposes, categories and an end are needed", "PIPL-14-1", "NDR-22", "TS27560-6.3"),
		refusal(agent.CodeConsentTimeAhead, "事件时间晚于现在", "the event lies ahead of now", "YM-7"),
		refusal(agent.CodeConsentTimeBackward, "事件时间早于该记录的上一个事件", "the event is earlier than the one before it in the record", "YM-7"),
		refusal(agent.CodeConsentTransitionUnfit, "与该记录的当前状态不符", "does not follow from the record's present state", "PIPL-14-1", "PIPL-15-1"),
		stays(agent.CodeConsentContractCarries, "结论保留：为履行合同所必需，不依赖同意", "the answer stays: the contract carries it without consent"),
		stays(agent.CodeConsentDutyCarries, "结论保留：为履行法定义务所必需，不依赖同意", "the answer stays: a legal duty carries it without consent"),
		stays(agent.CodeConsentOtherGroundCarries, "结论保留：另有不依赖同意的合法性基础", "the answer stays: another ground carries it without consent"),
	}},
}

// ownFigures are the figures that a configuration may change: yanmen.yaml names
// them after the point.
var ownFigures = []Figure{{Path: "yanmen.yaml.reask_block_days", Value: strconv.Itoa(ReaskBlockDays), Cites: []string{"NDR-22", "YM-8"}}}

// An ownCode is a sentence with its kind, as [CodeEntry] has it.
type ownCode struct {
	kind string
	sentence
}

// refusal is why the ledger takes an event not.
func refusal(code agent.Code, zh, en string, cites ...string) ownCode {
	return ownCode{"denial", sentence{Words{zh, en}, code, cites, KindViolation}}
}

// stays is why an answer holds although the consent has ended: who withdraws
// takes nothing from what other grounds carry.
func stays(code agent.Code, zh, en string) ownCode {
	return ownCode{"reason", sentence{Words{zh, en}, code, []string{"PIPL-13-2", "PIPL-15-1"}, ""}}
}

// ownSentences returns the own codes with as much of what they rest on as the
// register knows: a bundle of another age than this program need not have
// everything.
func ownSentences(r *register) (all []sentence) {
	for _, part := range own {
		for _, c := range part.codes {
			s := c.sentence
			s.Cites = nil
			for _, id := range c.Cites {
				if r.Rules[id].Status != "" {
					s.Cites = append(s.Cites, id)
				}
			}
			all = append(all, s)
		}
	}
	return all
}
