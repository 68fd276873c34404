package backtesting

import (
	"fmt"

	"github.com/yanmen/yanmen/cmd/internal/report"
)

// words are what people read, in Chinese and English.
var words = map[string][2]string{
	"title":       {"规则回测", "Backtest of the rules"},
	"rows":        {"读取 %d 行，使用 %d 行", "%d rows read, %d used"},
	"left":        {"未使用的行", "Rows left out"},
	"all":         {"全部贷款", "All loans"},
	"coverage":    {"各项事实已知的行数", "Rows that know each fact"},
	"fixed":       {"所有行取同一值", "one value for all rows"},
	"rules":       {"规则", "Rules"},
	"rules.0":     {"规则甲", "Rules A"},
	"rules.1":     {"规则乙", "Rules B"},
	"band":        {"还款能力等级", "Band"},
	"disposition": {"处置建议", "Disposition"},
	"outcome":     {"判断结果", "Outcome"},
	"row":         {"由规则表的哪一行得出", "Which row of the tables decided"},
	"n":           {"笔数", "loans"},
	"defaults":    {"违约", "defaults"},
	"rate":        {"违约率", "default rate"},
	"interval":    {"95% 区间", "95 % interval"},
	"denied":      {"未作判断", "not judged"},
	"uncapped": {"有 %d 笔给出了综合成本，但合同日期没有已知的上限，因此不会通过。要按某一天的规定判断全部贷款，在映射中写 cost.contract_on: {value: 日期}。",
		"Of %d loans the cost is given and no cap is known for the day of the contract, so none of them is accepted. To judge all by the law of one day, write cost.contract_on: {value: DAY} in the map."},
	"lacking":     {"映射没有提供以下事实，缺少其中任何一项，申请都不会通过：%s。", "The map gives nothing for these facts, and without any of them no application passes: %s."},
	"denials":     {"未作判断的原因", "Why nothing was judged"},
	"rising":      {"从 A 到 E，违约率逐级上升或持平", "From A to E the default rate never falls"},
	"falling":     {"从 A 到 E，有的等级违约率低于前一级", "From A to E the default rate falls somewhere"},
	"unordered":   {"有贷款的等级（不含 U）不足两个，看不出次序", "Fewer than two bands (U apart) have loans: no order to see"},
	"trend":       {"趋势检验（Cochran-Armitage）z = %.2f，p %s", "Trend (Cochran-Armitage) z = %.2f, p %s"},
	"untrended":   {"无法作趋势检验", "no trend can be tested"},
	"accepted":    {"通过的申请", "Applications that pass"},
	"ranking":     {"各项指标区分违约的能力", "How well each measure tells defaults"},
	"measure":     {"指标", "measure"},
	"known":       {"已知笔数", "known"},
	"few":         {"违约或正常不足 %d 笔，不计算", "fewer than %d of either outcome: not computed"},
	"stability":   {"各期稳定性（规则甲的等级）", "Stability over time (bands of rules A)"},
	"stability.1": {"各期稳定性（等级）", "Stability over time (bands)"},
	"period":      {"时期", "period"},
	"chance":      {"偶然上限", "chance"},
	"change":      {"改用规则乙会改变什么", "What rules B would have changed"},
	"moved":       {"等级变好 %d 笔，变差 %d 笔，转入或转出 U 级 %d 笔", "%d to a better band, %d to a worse one, %d to or from U"},
	"before":      {"甲", "A"},
	"after":       {"乙", "B"},
	"admitted":    {"仅规则乙通过", "Pass under B alone"},
	"refused":     {"仅规则甲通过", "Pass under A alone"},
	"none":        {"无", "none"},
	"limits":      {"怎样看这些数字", "How to read these figures"},
	"affordability": {"看收入能否负担还款，用来控制贷款金额。对违约的排序能力弱：公开数据上 AUC 为 0.50 至 0.66。",
		"Whether what comes in carries what is due. It bounds what is lent, and ranks defaults weakly: AUC 0.5 to 0.66 on public data."},
	"behaviour": {"看以往怎样还款。对违约的排序能力较强：公开数据上 AUC 为 0.7 至 0.8。不说明逾期原因，也不说明有没有能力还。",
		"How was paid so far. It ranks defaults better: AUC 0.7 to 0.8 on public data. It says neither why a payment was late nor whether there were means."},
	"borrowing": {"看借款、查询和申请是否又多又快，用来提示人工查看，不能证明什么。",
		"How many loans, inquiries and applications there were, and how fast. It says where a person should look, and proves nothing."},
	"kind.affordability": {"负担能力", "affordability"},
	"kind.behaviour":     {"还款表现", "behaviour"},
	"kind.borrowing":     {"借款情况", "borrowing"},
	"note.granted": {"历史数据里只有放出去的贷款。被拒绝的人会怎样还款，这里看不出来；放宽规则后的实际违约率可能高于表中数字。",
		"Only loans that were granted are here. How those who were refused would have paid is not known: if more are let in, the rate may be higher than it says."},
	"note.after": {"各项事实须取自作出判断的那一天。若混入之后才发生的事，结果会虚高。",
		"Facts must be those of the day of the judgement. Whatever happened later makes every figure better than it is."},
	"note.interval": {"区间只反映抽样偶然，不反映产品、客群和经济形势的变化。违约率用 Wilson 区间；AUC 用 DeLong 区间；KS 用泊松自助法（重抽 %d 次，种子固定）。KS 不会小于 0，因此区间不含 0 不等于有区分能力，要看 AUC 的区间是否含 0.5。",
		"Intervals hold chance alone, not a change of product, people or times. Rates have Wilson's, AUC DeLong's, KS that of a Poisson bootstrap (%d samples, fixed seed). KS is never below 0: that its interval leaves out 0 says nothing; look whether that of AUC leaves out 0.5."},
	"note.psi": {"PSI 与第一期比较。“偶然上限”是分布没有变化时二十次中有十九次不会超过的数值；低于它就不能说分布变了。",
		"PSI compares with the first period. Chance is what it stays below nineteen times in twenty if nothing changed: below that, nothing can be said to have changed."},
	"note.unknown": {"U 级是证据不足以定级，不是更差的一级，不参与排序；未作判断的行也列在 U。",
		"U means that the evidence carries no band. It is no worse band and takes no part in rankings. Rows on which nothing was judged are in U as well."},
}

// names are what measures are called.
var names = map[string][2]string{
	"band":                        {"还款能力等级", "band"},
	"capacity.debt_service_bp":    {"偿债比", "debt service ratio"},
	"capacity.asset_liability_bp": {"资产负债率", "debts over assets"},
	"conduct.times_late":          {"本笔贷款此前逾期次数", "times late on this loan"},
	"conduct.longest_late":        {"本笔贷款此前最长逾期天数", "longest days late on this loan"},
	"conduct.promises_broken":     {"未兑现的还款承诺", "promises broken"},
	"capacity.overdue_accounts":   {"在其他机构当前逾期的账户", "accounts overdue elsewhere"},
	"overdue.days_past_due":       {"当前逾期天数", "days past due"},
	"capacity.lenders":            {"出借机构数", "lenders"},
	"capacity.new_loans_90":       {"90 天内新增贷款", "new loans in 90 days"},
	"conduct.new_loans_30":        {"30 天内新增贷款", "new loans in 30 days"},
	"conduct.new_loans_180":       {"180 天内新增贷款", "new loans in 180 days"},
	"capacity.inquiries_30":       {"30 天内查询次数", "inquiries in 30 days"},
	"conduct.inquiries_90":        {"90 天内查询次数", "inquiries in 90 days"},
	"conduct.inquiries_180":       {"180 天内查询次数", "inquiries in 180 days"},
	"conduct.applications_30":     {"30 天内在本机构申请次数", "applications here in 30 days"},
	"conduct.applications_90":     {"90 天内在本机构申请次数", "applications here in 90 days"},
	"conduct.applications_180":    {"180 天内在本机构申请次数", "applications here in 180 days"},
}

// causes are why rows are left out.
var causes = map[string][2]string{
	leftText:     {"不是该编码的文字", "not text of the encoding"},
	leftLong:     {"一行超过 64 KiB", "a line longer than 64 KiB"},
	leftQuotes:   {"行内引号不配对", "quotes that do not match within the line"},
	leftColumns:  {"列数与首行不同", "more or fewer cells than the first line"},
	leftOpen:     {"结果尚未知", "outcome not known yet"},
	leftOutcome:  {"结果列的内容不在映射文件中", "a word for the outcome that the map does not have"},
	leftDate:     {"日期无法读取", "a date that cannot be read"},
	leftID:       {"没有编号", "no id"},
	leftRepeated: {"编号重复，只用第一行", "an id that stood before: the first row counts"},
	leftFact:     {"事实列的内容无法读取", "a cell that is not of the fact's form"},
}

type texts struct{ lang report.Lang }

func (t texts) pick(p [2]string) string {
	if t.lang == report.Chinese {
		return p[0]
	}
	return p[1]
}

func (t texts) s(key string, args ...any) string {
	s := t.pick(words[key])
	if len(args) > 0 {
		return fmt.Sprintf(s, args...)
	}
	return s
}

// value puts an answer of the rules into words; bands are the same in both
// languages.
func (t texts) value(kind, value string) string {
	if value == denied {
		return t.s(denied)
	}
	return report.Word(t.lang, kind+"."+value)
}

// sign is the sign of per cent, which stands apart in English texts here.
func (t texts) sign() string { return t.pick([2]string{"%", " %"}) }

func (t texts) percent(x float64) string { return fmt.Sprintf("%.2f%s", 100*x, t.sign()) }

func (t texts) interval(r Rate) string {
	return fmt.Sprintf("%.2f–%.2f%s", 100*r.Low, 100*r.High, t.sign())
}

func (e *Estimate) String() string {
	if e == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f (%.3f–%.3f)", e.Value, e.Low, e.High)
}

func pValue(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("= %.3f", p)
}

func optional(x *float64) string {
	if x == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f", *x)
}
