package report

import "github.com/yanmen/yanmen/agent"

// texts looks labels up in one language.
type texts struct{ lang Lang }

// s returns the text of a key, or the part of the key after its group: a value
// that the table does not know is a code and reads as one.
func (t texts) s(key string) string {
	p, ok := table[key]
	if !ok {
		p, ok = explainTable[key]
	}
	if !ok {
		p, ok = codeWords[key] // a kind of return is a group and a value too
	}
	if !ok {
		for i := range len(key) {
			if key[i] == '.' {
				return key[i+1:]
			}
		}
		return key
	}
	if t.lang == Chinese {
		return p[0]
	}
	return p[1]
}

// Word puts a value into words; the key is its group and the value, as
// disposition.grace. A value that is not known comes back as it is.
func Word(lang Lang, key string) string { return texts{lang}.s(key) }

// table holds every label in Chinese and English.
var table = map[string][2]string{
	"case":        {"案件", "Case"},
	"subject":     {"借款人", "subject"},
	"stays":       {"留在本机构", "Stays here"},
	"leaves":      {"发往平台", "Leaves"},
	"nothing":     {"没有任何信息离开本机构", "Nothing leaves"},
	"unopened":    {"未获准，数据没有打开", "Not allowed: nothing was opened"},
	"to":          {"接收平台", "to"},
	"until":       {"有效至", "valid until"},
	"verdict":     {"判定编号", "verdict"},
	"supersedes":  {"取代判定", "supersedes"},
	"recalled":    {"已不再有效、但未能撤回的判定", "verdict that holds no longer and could not be taken back"},
	"retraction":  {"仅告知：此前的判定不再有效", "Only that the earlier verdict holds no longer"},
	"stands":      {"同意已终止", "the consent has ended"},
	"reasons":     {"理由", "reasons"},
	"improve":     {"怎样能改变结果", "What would change the answer"},
	"denied":      {"策略不允许", "Policy denies"},
	"obligations": {"须同时做到", "Obligations"},
	"undecided":   {"未能作出决定，按不允许处理", "no decision could be made, so the answer is no"},
	"days":        {"天", "days"},
	"months":      {"个月", "months"},
	"yes":         {"是", "yes"},
	"no":          {"否", "no"},
	"outcome":     {"结果", "outcome"},
	"assurance":   {"身份核验", "identity"},
	"class":       {"逾期类别", "overdue class"},
	"band":        {"还款能力", "capacity band"},
	"disposition": {"处置建议", "disposition"},
	"late":        {"逾期", "past due"},
	"ahead":       {"距还款日", "due in"},
	"claim":       {"借款人所述", "borrower says"},
	"offer":       {"可批金额", "offer"},

	"statement": {"流水", "statement"},
	"rows_word": {"笔", "rows"},
	"refused":   {"无法读取", "could not be read"},
	"unsettled": {"其中未完成", "not settled"},

	"kind.unknown":      {"未能归类", "unknown"},
	"kind.salary":       {"工资", "salary"},
	"kind.benefit":      {"社会保障金", "benefit"},
	"kind.housing_fund": {"公积金", "housing fund"},
	"kind.receipt":      {"经营收款", "receipts"},
	"kind.transfer_in":  {"他人转入", "transfers in"},
	"kind.interest":     {"利息收益", "interest"},
	"kind.red_packet":   {"红包", "red packets"},
	"kind.refund":       {"退款", "refunds"},
	"kind.own_transfer": {"本人互转", "own transfers"},
	"kind.top_up":       {"充值", "top-ups"},
	"kind.withdrawal":   {"提现取款", "withdrawals"},
	"kind.investment":   {"投资理财", "investments"},
	"kind.loan_in":      {"贷款入账", "loans paid out"},
	"kind.repayment":    {"还款", "repayments"},
	"kind.purchase":     {"消费", "purchases"},
	"kind.transfer_out": {"转给他人", "transfers out"},
	"kind.fee":          {"手续费", "fees"},
	"kind.medical":      {"医疗", "medical"},

	"purpose.application": {"贷前申请", "application"},
	"purpose.drawdown":    {"额度项下用款", "draw on a limit"},
	"purpose.overdue":     {"逾期验证", "overdue verification"},

	"point.collect":  {"收集", "collect"},
	"point.use":      {"使用", "use"},
	"point.judge":    {"判断", "judge"},
	"point.disclose": {"对外提供", "disclose"},

	"outcome.pass":          {"通过", "pass"},
	"outcome.fail":          {"不通过", "fail"},
	"outcome.review":        {"转人工复核", "review by a person"},
	"outcome.inconclusive":  {"证据不足，无法得出结论", "inconclusive"},
	"outcome.not_available": {"不提供", "not available"},

	"assurance.none":          {"未核验", "none"},
	"assurance.format":        {"仅格式正确", "format only"},
	"assurance.authority-2":   {"二要素一致", "authority, two factors"},
	"assurance.authority-3":   {"三要素一致", "authority, three factors"},
	"assurance.authority-4":   {"四要素一致", "authority, four factors"},
	"assurance.biometric":     {"人脸比对一致", "biometric"},
	"assurance.not_available": {"不提供", "not available"},

	"asked." + agent.AskedAnswered:     {"已答复", "answered"},
	"asked." + agent.AskedFresh:        {"已有有效答复，未再询问", "not asked: there is an answer that is young enough"},
	"asked." + agent.AskedLacking:      {"案件缺少所需字段，未询问", "not asked: the case lacks a field"},
	"asked." + agent.AskedPast:         {"案件时间已过，未询问", "not asked: the case is about a time gone by"},
	"asked." + agent.AskedDenied:       {"策略不允许，未询问", "not asked: policy denies it"},
	"asked." + agent.AskedInconclusive: {"无结论", "inconclusive"},

	"refuted.yes": {"不符", "says that it does not match"},
	"refuted.no":  {"未见不符", "nothing against it"},

	"carried.A": {"宽裕", "ample"},
	"carried.B": {"较宽裕", "good"},
	"carried.C": {"尚可", "fair"},
	"carried.D": {"偏紧", "tight"},
	"carried.E": {"不足", "too little"},
	"carried.U": {"无法衡量", "not known"},

	"format.alipay": {"支付宝", "Alipay"},
	"format.wechat": {"微信", "WeChat"},
	"format.icbc":   {"工商银行", "ICBC"},
	"format.cmb":    {"招商银行", "China Merchants Bank"},
	"format.map":    {"按列对照读取", "read by a map of columns"},

	"document.citizen_id":          {"居民身份证", "identity card"},
	"document.residence_permit":    {"港澳台居民居住证", "residence permit (Hong Kong, Macao, Taiwan)"},
	"document.permanent_residence": {"外国人永久居留身份证", "permanent residence card"},
	"document.travel_permit_hkm":   {"港澳居民来往内地通行证", "travel permit (Hong Kong, Macao)"},
	"document.travel_permit_tw":    {"台湾居民来往大陆通行证", "travel permit (Taiwan)"},
	"document.passport":            {"护照", "passport"},

	"limit.revolving":   {"循环额度", "revolving"},
	"limit.single_draw": {"单次额度", "drawn once"},

	"form.valid":   {"正确", "valid"},
	"form.legacy":  {"正确（15 位旧号）", "valid (15 digits, legacy)"},
	"form.invalid": {"不正确", "invalid"},
	"form.unknown": {"未知", "unknown"},

	"class.none":             {"无", "none"},
	"class.technical":        {"技术原因", "technical"},
	"class.hardship":         {"生活困难", "hardship"},
	"class.dispute":          {"有争议", "dispute"},
	"class.not_the_borrower": {"非本人借款", "not the borrower"},
	"class.over_indebted":    {"负债过多", "over-indebted"},
	"class.unproven":         {"原因未证实", "unproven"},
	"class.able_unwilling":   {"有能力而不还（经人工认定）", "able but unwilling (found by a person)"},
	"class.not_available":    {"不提供", "not available"},

	"disposition.none":          {"无", "none"},
	"disposition.remind":        {"提醒", "remind"},
	"disposition.grace":         {"宽限", "grace"},
	"disposition.instalments":   {"分期", "instalments"},
	"disposition.restructure":   {"重组还款计划", "restructure"},
	"disposition.review":        {"人工复核", "review"},
	"disposition.freeze":        {"冻结并停止催收", "freeze, stop collecting"},
	"disposition.secure":        {"保全资产", "secure assets"},
	"disposition.legal":         {"法律途径", "legal way"},
	"disposition.accept":        {"同意", "accept"},
	"disposition.accept_less":   {"同意较小金额", "accept a smaller sum"},
	"disposition.decline":       {"暂不同意", "decline"},
	"disposition.not_available": {"不提供", "not available"},

	"reason.lost_card":        {"银行卡遗失", "lost card"},
	"reason.system_fault":     {"系统故障", "system fault"},
	"reason.job_loss":         {"失业", "job loss"},
	"reason.illness":          {"生病", "illness"},
	"reason.family":           {"家庭变故", "family"},
	"reason.business_failure": {"经营失败", "business failure"},
	"reason.disaster":         {"灾害", "disaster"},
	"reason.stolen_identity":  {"身份被冒用", "stolen identity"},
	"reason.dispute":          {"对债务有异议", "dispute"},
	"reason.over_indebted":    {"负债过多", "over-indebted"},
	"reason.none_given":       {"未说明原因", "no reason given"},

	"support.supported":    {"有证据支持", "borne out"},
	"support.contradicted": {"与证据相反", "contradicted"},
	"support.unproven":     {"尚未证实", "unproven"},
	"support.none":         {"未说明", "none"},

	"review":       {"人工复核", "review"},
	"review_waits": {"等待人工复核", "waits for a person"},
	"review_half":  {"已有一人决定，等待另一人", "half decided: waits for a second person"},
	"review_done":  {"已由人工决定", "decided by people"},
	"queue_empty":  {"没有等待复核的案件", "no case waits for a person"},
	"waits_since":  {"等待始于", "since"},
	"proposed":     {"规则提请决定", "proposed by the rules"},
	"taken_by":     {"领取人", "taken by"},
	"decided_by":   {"已决定", "decided by"},

	"judge.human_review":  {"规则要求由人决定", "the rules want a person to decide"},
	"judge.two_persons":   {"规则要求由两人决定", "the rules want two persons to decide"},
	"review.person_asked": {"借款人要求由人决定", "the borrower asked for a person"},

	"review.case_unqueued":       {"该案件没有在等待复核", "the case does not wait for a person"},
	"review.case_taken":          {"该案件已由他人领取；待其放回，或领取满 24 小时后再办", "somebody else has taken the case: wait until it is released, or for 24 hours"},
	"review.case_unheld":         {"本人没有领取该案件，或者领取后案件有了新的答复；请先领取", "this person has not taken the case, or it has a new answer since: take it first"},
	"review.decision_repeated":   {"第二次决定须由他人作出；工号只差大小写、标点或者相似字符的，视为同一人", "the second decision is another person's; ids that differ in case, marks or look-alikes alone are one person's"},
	"review.outcome_unfit":       {"结果不在清单之内，或者没有作出决定", "the outcome is not one of the list, or decides nothing"},
	"review.class_unfit":         {"逾期类别不在清单之内，或者与办理目的不符", "the class is not one of the list, or not of this purpose"},
	"review.disposition_unfit":   {"处置不在清单之内，或者与办理目的、结果不符", "the disposition is not one of the list, or does not fit purpose or outcome"},
	"review.reason_unregistered": {"理由代码不在清单之内", "the reason is not one of the list"},
	"review.grounds_missing":     {"不利于借款人的决定须有可以告知借款人的原因：规则没有给出，请用 --because 写明", "a decision against the borrower needs a reason that can be told: the rules found none, give it with --because"},
	"review.grounds_unfit":       {"--because 只能写清单中的原因代码，最多 4 个，不得重复；结果为 pass 的不写", "--because takes codes of the list, at most 4, none twice, and none with pass"},
	"review.case_unjudged":       {"策略没有准许判断该案件：只能以 inconclusive 结束复核，补齐所缺后重新核验", "policy did not let this case be judged: end the review as inconclusive, mend what it lacks and verify it again"},
	"review.identity_doubtful":   {"可能不是借款人本人，或者账户可能已被他人控制", "it may not be the borrower, or somebody else may have the account"},
	"review.payment_undue":       {"没有已逾期的记录", "nothing is known to be past due"},
	"review.able_unproven":       {"没有证据证明借款人当时有能力还款", "that the borrower was able to pay at the time is not proven"},
	"review.contact_missing":     {"没有联系过借款人的记录", "no attempt to reach the borrower is on record"},
	"review.claim_supported":     {"证据支持借款人所述的理由", "the evidence supports what the borrower says"},

	"reason.rules_confirmed":    {"规则的判断无误", "the rules judged rightly"},
	"reason.evidence_accepted":  {"证据可信", "the evidence holds"},
	"reason.evidence_doubted":   {"证据可疑", "the evidence is doubtful"},
	"reason.claim_believed":     {"采信借款人所述", "the borrower is believed"},
	"reason.claim_disbelieved":  {"不采信借款人所述", "the borrower is not believed"},
	"reason.identity_confirmed": {"已确认是本人", "it is the borrower"},
	"reason.identity_doubted":   {"不能确认是本人", "it may not be the borrower"},
	"reason.hardship_seen":      {"确有生活困难", "the hardship is real"},
	"reason.plan_agreed":        {"已与借款人商定还款计划", "a plan was agreed with the borrower"},
	"reason.error_found":        {"数据或者规则有误", "there was an error in data or rules"},

	"grade.none": {"无", "none"},
	"grade.weak": {"弱", "weak"},
	"grade.fair": {"中", "fair"},
	"grade.good": {"好", "good"},
}
