package report

import (
	"strings"

	"github.com/yanmen/yanmen/agent"
)

// CodeWord puts a code of the checks, or of what became of a question to a source,
// into words. They say what was seen and conclude nothing. ok is false for a code
// that is neither.
func CodeWord(lang Lang, code string) (word string, ok bool) {
	p, ok := codeWords[code]
	if !ok {
		// Of a kind of answer: the kind has its words, and so has what it says.
		kind, state, _ := strings.Cut(code, ".")
		k, known := kindWords[kind]
		s, stated := answerWords[state]
		if !known || !stated {
			return "", false
		}
		p = [2]string{k[0] + "：" + s[0], k[1] + ": " + s[1]}
	}
	if lang == Chinese {
		return p[0], true
	}
	return p[1], true
}

// KindWord puts a kind of source into words.
func KindWord(lang Lang, kind string) string {
	p, ok := kindWords[kind]
	switch {
	case !ok:
		return kind
	case lang == Chinese:
		return p[0]
	}
	return p[1]
}

// AskedWord puts what became of a question to a source into words.
func AskedWord(lang Lang, state string) string { return texts{lang}.s("asked." + state) }

var kindWords = map[string][2]string{
	agent.AnswerTwoFactor:    {"实名两要素", "name and number"},
	agent.AnswerCarrierThree: {"运营商三要素", "carrier"},
	agent.AnswerBankFour:     {"银行卡四要素", "bank card"},
	agent.AnswerFace:         {"人脸核验", "face"},
	agent.AnswerBankAccount:  {"账户状态", "bank account"},
	agent.SourceInsurance:    {"社保", "social insurance"},
	agent.SourceReport:       {"征信报告", "credit report"},
}

// answerWords belong to the codes of the identity check that begin with a kind.
var answerWords = map[string][2]string{
	"conflicting": {"答复相互矛盾", "answers conflict"},
	"stale":       {"答复已过有效期", "the answer is too old to count"},
	"unanchored":  {"答复比对的要素未全部留存，只按已有要素计", "counts for less: it compared what is not on file"},
	"unanswered":  {"来源没有给出结论", "the source did not say"},
	"unmatched":   {"来源答复不一致", "the source says that it does not match"},
}

var codeWords = map[string][2]string{
	// What became of a question to a source.
	"source.connection_failed":   {"连接失败、证书无效，或者答复前被切断", "no connection, no valid certificate, or cut off before an answer"},
	"source.answer_late":         {"未在时限内答复", "no answer in time"},
	"source.rate_exceeded":       {"本机构设定的速率已满，时限内轮不到", "no turn within the time-out by our own rate"},
	"source.rate_refused":        {"来源称询问过于频繁", "the source says that it is asked too often"},
	"source.circuit_open":        {"连续失败过多，暂停询问", "it failed so often in a row that it is spared for a while"},
	"source.status_unexpected":   {"返回了约定之外的 HTTP 状态", "an HTTP status that was not agreed"},
	"source.access_refused":      {"来源不接受本机构的凭据，请检查密钥或者证书", "the source does not accept our credentials; check key or certificate"},
	"source.redirect_refused":    {"来源要求转到别处，未跟随", "the source pointed elsewhere, and that was not followed"},
	"source.type_unexpected":     {"返回的不是约定的内容类型", "not the type of content that was agreed"},
	"source.charset_unknown":     {"字符编码无法辨认", "its characters cannot be read by the charset that it names"},
	"source.body_oversized":      {"返回内容过大", "the answer is too large"},
	"source.body_truncated":      {"返回内容不完整", "the answer is cut off"},
	"source.body_malformed":      {"返回内容格式错误", "the answer is not well-formed"},
	"source.member_duplicated":   {"同一项出现两次，无法确定以哪个为准", "one thing is said twice, and nobody can say which holds"},
	"source.member_malformed":    {"某项数值或者日期无效", "a figure or date in it is none"},
	"source.status_refused":      {"来源表示未能处理", "the source says that it did not answer"},
	"source.code_missing":        {"没有结论代码", "there is no result in it"},
	"source.code_unknown":        {"结论代码不在约定之内", "a result that the table of codes does not know"},
	"source.code_error":          {"结论代码表示出错", "a result that means an error"},
	"source.ask_failed":          {"询问失败，原因不明", "the question failed, nobody knows why"},
	"source.ask_abandoned":       {"答复之前，询问的一方已离开", "whoever asked went away before there was an answer"},
	"source.answer_contradicted": {"与同一来源先前的答复相反", "the opposite of what the same source said before"},

	// Of the identity check.
	"answer.contradicted":   {"同一来源前后答复相反，以人工查明为准", "one source says yes and no to one question; a person has to find out"},
	"answer.future":         {"答复的时间晚于本案时间，不计入", "an answer of a time after the case does not count"},
	"answer.stale":          {"答复已过有效期", "an answer is too old to count"},
	"answer.undated":        {"答复没有时间，不计入", "an answer without a time does not count"},
	"amount.unusual":        {"交易金额异于往常", "an amount unlike the usual ones"},
	"area.abolished":        {"证件号码的地区代码已撤销", "the area code of the number was given up"},
	"area.unknown":          {"证件号码的地区代码查不到", "the area code of the number is in no list"},
	"area.untimely":         {"出生时该地区代码尚未启用或者早已撤销", "the area code was not in use at the time of birth"},
	"card.changed":          {"近期更换过银行卡", "the card was changed a short time before"},
	"card.unusual":          {"银行卡号未通过校验位检查", "the card number fails its check digit"},
	"device.new":            {"使用新设备", "a new device"},
	"document.expired":      {"证件已过期", "the document has expired"},
	"document.inconsistent": {"证件上的日期互相矛盾", "the dates on the document contradict each other"},
	"document.kind_differs": {"申报的证件种类与所见证件不同", "the document seen is of another kind than declared"},
	"document.span_unusual": {"证件有效期的年限不常见", "the document is valid for an unusual span"},
	"face.not_live":         {"活体检测未通过", "no living person was seen"},
	"face.score_low":        {"人脸相似度偏低", "the likeness is narrow"},
	"frequency.unusual":     {"交易次数异于往常", "more transactions than usual"},
	"hours.odd":             {"在不寻常的时段操作", "at odd hours"},
	"name.ambiguous":        {"姓名写法有多种可能", "the name can be read in more than one way"},
	"name.dot_differs":      {"姓名间隔号写法不同", "the dot in the name is written differently"},
	"name.malformed":        {"姓名含有不应出现的字符", "the name holds characters that no name has"},
	"name.mismatch":         {"申报姓名与证件不符", "the declared name is not the document's"},
	"name.order_differs":    {"姓与名的顺序不同", "family and given name are in another order"},
	"name.script_differs":   {"姓名的文字不同", "the name is in another script"},
	"name.shape_differs":    {"姓名的字形不同（如繁简）", "characters of the name have another shape"},
	"number.invalid":        {"证件号码无效", "the number is not valid"},
	"number.kind_differs":   {"号码的形式属于另一种证件", "the number has the form of another kind of document"},
	"number.legacy":         {"证件号码为旧式十五位", "the number is of the older kind with 15 digits"},
	"number.mismatch":       {"申报号码与证件不符", "the declared number is not the document's"},
	"password.changed":      {"近期改过密码", "the password was changed a short time before"},
	// Why a limit may move, or nobody can tell.
	"arrears.open":     {"本笔借款有逾期未还", "something of the loan is past due"},
	"arrears.unknown":  {"是否有逾期不明", "whether anything is past due is not known"},
	"capacity.bound":   {"以借款人能负担的为限", "no more than the borrower carries"},
	"capacity.unknown": {"还款能力无法衡量", "what the borrower carries is not known"},
	"conduct.unknown":  {"以往是否按时、是否守约不明", "how payments and promises were kept is not known"},
	"limit.kept":       {"额度不变", "the limit stays"},
	"limit.lowered":    {"额度宜下调", "the limit should come down"},
	"limit.raised":     {"额度可以上调", "the limit may go up"},
	"limit.unknown":    {"额度不明", "the limit is not known"},
	"payment.late":     {"有过迟还", "payments were late"},
	"payment.punctual": {"各期均按时归还", "every payment was on its day"},
	"promise.broken":   {"有还款承诺未兑现", "a promise to pay was not kept"},
	"terms.unknown":    {"利率、还款方式或者期限不明", "rate, method or term is not known"},

	"payout.holder_differs": {"收款账户的户名不是借款人", "the account paid out to is in another name"},
	"payout.holder_unclear": {"收款账户的户名无法判断是否为借款人", "whether the account paid out to is in the borrower's name is unclear"},
	"payout.unconfirmed":    {"收款账户未经银行确认", "no bank has confirmed the account paid out to"},
	"payout.unmatched":      {"银行答复收款账户与借款人不符", "the bank says that the account paid out to is not the borrower's"},
	"phone.changed":         {"近期更换过手机号", "the phone number was changed a short time before"},
	"phone.differs":         {"申报手机号与留存的不同", "the declared phone is not the one on file"},
	"phone.invalid":         {"手机号格式无效", "the phone number is not valid"},
	"place.new":             {"在新的地点操作", "in a new place"},

	// Of the check of conduct, and of statements that it looks at.
	"amount.decimals":        {"流水金额的小数位数异常", "amounts of a statement have odd decimals"},
	"balance.differs":        {"流水余额与收支对不上", "balances of a statement do not follow from its rows"},
	"balance.skips":          {"前一份流水的期末余额与后一份的期初余额不衔接", "a statement does not begin with the balance that the one before ends with"},
	"count.differs":          {"流水笔数与所列合计不符", "a statement has not as many rows as it says"},
	"employment.differs":     {"就业情况与先前所述不同", "work was not what it is now said to have been"},
	"expense_count.differs":  {"支出笔数与所列合计不符", "not as many expenses as the statement says"},
	"expense_total.differs":  {"支出金额与所列合计不符", "expenses do not add up to what the statement says"},
	"household.differs":      {"家庭人数与不久前所述不同", "the household is not the one stated a short time before"},
	"income.rose":            {"所述收入比不久前明显提高，没有材料支持", "the stated income rose, and no evidence stands behind it"},
	"income_count.differs":   {"收入笔数与所列合计不符", "not as many receipts as the statement says"},
	"income_total.differs":   {"收入金额与所列合计不符", "receipts do not add up to what the statement says"},
	"neutral_count.differs":  {"中性交易笔数与所列合计不符", "not as many neutral rows as the statement says"},
	"neutral_total.differs":  {"中性交易金额与所列合计不符", "neutral rows do not add up to what the statement says"},
	"order.mixed":            {"流水行的时间顺序混乱", "rows of a statement are in no order of time"},
	"overlap.differs":        {"两份流水在重叠时段内的金额不同", "two statements give one moment other amounts"},
	"owner.differs":          {"流水户名不是借款人", "a statement is in another name"},
	"period.differs":         {"流水中有所列期间之外的行", "a statement has rows outside its period"},
	"receipts.even":          {"每天收款几乎相同，长假也不例外", "receipts are the same every day, a long holiday included"},
	"insurance.contradicted": {"同一来源所报的社保月份前后矛盾，以人工查明为准", "one source contradicts what it told before of months of insurance; a person has to find out"},
	"report.contradicted":    {"同一来源先后两份征信报告相互矛盾，以人工查明为准", "one source's credit report cannot follow from the one before; a person has to find out"},
	"report.differs":         {"征信报告中较短期间的数目大于较长期间", "the credit report counts more in a shorter time than in a longer one"},
	"report.stale":           {"征信报告过旧或者没有日期，其近期数目不计", "the credit report is too old or bears no day; its recent counts do not count"},
	"row.formula":            {"流水单元格含有公式", "cells of a statement hold formulas"},
	"salary.even":            {"工资每月同日、同额、为整数，休息日也照常到账", "a salary of one round amount on one day of the month, days of rest included"},
	"salary.rest_days":       {"工资多在休息日到账", "salaries come on days of rest"},
	"serial.date_differs":    {"流水号中的日期与交易日期不符", "a serial number bears another day than its row"},
	"serial.duplicate":       {"流水号重复", "a serial number stands twice"},
	"time.impossible":        {"流水中有不存在的时间", "a statement has a time that does not exist"},
	"time.later":             {"流水中有晚于出具时间的行", "a statement has rows later than itself"},

	// Of statements, and of what they say of debts.
	"account.repeated":    {"标作不同账户的流水是同样的收付，按同一账户只算一次", "statements under several labels show the same payments; they count once, as one account"},
	"balance.unreadable":  {"有的余额不是数字", "a balance is not a number"},
	"cells.merged":        {"表中有合并的单元格", "cells of the table were made one"},
	"payers.many":         {"交易对方过多，部分未加区分", "so many other sides that some are not told apart"},
	"repayments.unlisted": {"流水中的还款明显多于所列负债", "more is repaid on statements than the debts that were named"},
	"row.amount":          {"有的行没有金额，或者金额无法辨认", "rows without an amount that can be read"},
	"row.cells":           {"有的行单元格数与表头不符", "rows with more or fewer cells than the header"},
	"row.currency":        {"有的行不是人民币", "rows that are not renminbi"},
	"row.encoding":        {"有的行含有无法辨认的字符", "rows with characters that cannot be read"},
	"row.long":            {"有的行过长", "rows that are too long"},
	"row.quote":           {"有的行引号没有闭合", "rows with a quotation mark that is never closed"},
	"row.time":            {"有的行没有有效的日期时间", "rows without a date and time that can be read"},
	"sheet.hidden":        {"另有隐藏的工作表，没有读取", "another sheet is hidden and was not read"},
	"sheet.many":          {"另有同样的工作表，没有读取", "another sheet has such a table and was not read"},

	// Of the check of what is overdue: what speaks for a reason, and against it.
	"account.blocked":       {"银行答复账户已挂失或者冻结", "a bank says that the account is blocked or reported lost"},
	"account.open":          {"银行答复账户没有挂失或者冻结", "a bank says that the account is not blocked"},
	"accounts.overdue":      {"在其他机构也有账户逾期", "accounts elsewhere are late too"},
	"area.notified":         {"有灾害地区公告", "a notice for the area"},
	"bank.fault_noticed":    {"有银行故障证明", "the bank's notice of the fault"},
	"benefit.began":         {"开始收到社会保障金", "benefits began to come in"},
	"business.deregistered": {"有注销登记证明", "the business was deregistered"},
	"card.loss_reported":    {"有银行卡挂失证明", "the card was reported lost"},
	"complaint.receipted":   {"有争议受理凭证", "a receipt of the complaint"},
	"debts.exceed_income":   {"每月还债占去大部分收入", "debts take most of the income"},
	"debts.few":             {"征信报告中没有其他机构的借款", "the credit report shows no other lender"},
	"diagnosis.seen":        {"有诊断证明", "a diagnosis"},
	"employment.terminated": {"有解除劳动合同证明", "a notice of termination"},
	"family.certified":      {"有家庭变故证明", "proof of what happened in the family"},
	"funds.ample":           {"应还款日的钱足够还款和生活", "on the due date there was enough to pay and to live on"},
	"funds.short":           {"应还款日各账户余额都不够", "on the due date no account held enough"},
	"funds.sufficient":      {"应还款日有账户余额足够", "on the due date an account held enough"},
	"insurance.continued":   {"所述失业之后社保仍在缴纳", "social insurance went on after the loss of work"},
	"insurance.paused":      {"社保中断一个月", "social insurance stopped for a month"},
	"insurance.stopped":     {"社保已断缴", "social insurance stopped"},
	"lenders.many":          {"在多家机构有借款", "loans at many lenders"},
	"medical.billed":        {"有医疗费用凭证", "a medical bill"},
	"medical.spent":         {"流水中有较多医疗支出", "medical spending on statements"},
	"others.paid":           {"同期偿还了其他机构", "other lenders were paid at that time"},
	"payout.received":       {"放款前后账户收到同额贷款", "a loan of this amount came in when this one was paid out"},
	"police.receipted":      {"有报案回执", "a receipt of the police report"},
	"receipts.continued":    {"经营收款没有明显减少", "receipts of the business went on"},
	"receipts.fell":         {"经营收款明显减少", "receipts of the business fell"},
	"return.account_frozen": {"银行退回扣款：账户冻结", "returned by the bank: account frozen"},
	"return.card_invalid":   {"银行退回扣款：银行卡失效", "returned by the bank: card not valid"},
	"return.card_lost":      {"银行退回扣款：银行卡已挂失", "returned by the bank: card lost"},
	"return.other":          {"银行退回扣款：其他原因", "returned by the bank: another cause"},
	"return.system_fault":   {"银行退回扣款：系统故障", "returned by the bank: fault of a system"},
	"salary.continued":      {"所述失业之后工资仍按月到账", "salary went on after the loss of work"},
	"salary.reduced":        {"工资明显减少", "salary fell"},
	"salary.resumed":        {"工资中断之后又有到账", "salary came again after a gap"},
	"salary.seen":           {"所述失业之后有一个月仍有工资", "salary in one month after the loss of work"},
	"salary.stopped":        {"工资不再到账", "salary stopped"},
	"spending.high":         {"同期可缓支出较多", "much was spent at that time on what can wait"},
	"tax.zero_returned":     {"有零申报记录", "a tax return of nothing"},
	"unemployment.granted":  {"有失业金记录", "unemployment benefit was granted"},

	"return.insufficient_funds": {"银行退回扣款：余额不足", "returned by the bank: not enough funds"},
}
