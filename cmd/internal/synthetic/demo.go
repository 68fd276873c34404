package synthetic

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/statement/statementtest"
)

// A Situation is one case of the demonstration: a borrower and what happened.
type Situation struct {
	ID     string
	ZH, EN string // what it shows
	Person Person
	File   []byte
}

// Situations returns the twenty borrowers of the demonstration in twenty-two
// cases, as of a moment. The first two cases are one borrower, and so are the
// last two.
func Situations(now time.Time) []Situation {
	var all []Situation
	person := func(i int) Person { return NewPerson(i*7, agent.Date(19880102+i*10101)) }
	add := func(id, zh, en string, p Person, f *file) {
		all = append(all, Situation{id, zh, en, p, f.bytes()})
	}
	overdue := func(id string, p Person) *file { return newFile(now, id, agent.PurposeOverdue, p) }
	apply := func(id string, p Person) *file { return newFile(now, id, agent.PurposeApplication, p) }

	p := person(1)
	f := apply("demo-01", p)
	f.application(10_000_000, 24)
	f.employment("self_employed", -700)
	f.income(2_000_000, 0, "no")
	f.liabilities(1, 30_000)
	add("demo-01", "自由职业者自述月入两万元，没有证明", "freelancer states 20,000 a month, without proof", p, f)

	f = apply("demo-02", p)
	f.application(10_000_000, 24)
	f.employment("self_employed", -700)
	f.income(2_000_000, 0, "no")
	f.liabilities(1, 30_000)
	f.credit(1, 1, 0, 30_000)
	f.ev["statements"] = []object{
		f.made("wechat", "wallet", statementtest.Profile{Seed: 1, Receipts: 1_550_000, Spending: 500_000, SpendingRows: 30}),
		f.made("cmb", "bank", statementtest.Profile{Seed: 2, Benefit: 0, Spending: 200_000, SpendingRows: 10, Opening: 3_000_000}),
	}
	add("demo-02", "同一借款人补交六个月流水", "the same freelancer with six months of statements", p, f)

	p = person(2)
	f = overdue("demo-03", p)
	f.overdueLoan(6, "card_lost")
	f.claim(agent.ReasonLostCard, -8)
	f.proofs(seen{agent.ProofCardLoss, -7})
	f.income(1_200_000, 12, "yes")
	add("demo-03", "银行卡遗失，已挂失", "lost card, reported", p, f)

	p = person(3)
	f = overdue("demo-04", p)
	f.overdueLoan(3, "system_fault")
	f.claim(agent.ReasonSystemFault, -3)
	f.proofs(seen{agent.ProofBankNotice, -3})
	f.income(1_100_000, 12, "yes")
	add("demo-04", "银行系统故障，扣款失败", "bank system fault", p, f)

	p = person(4)
	f = overdue("demo-05", p)
	f.overdueLoan(40, "insufficient_funds")
	f.claim(agent.ReasonJobLoss, -95)
	f.proofs(seen{agent.ProofTermination, -94})
	f.insurance(12, 3)
	f.employment("unemployed", -95)
	f.liabilities(2, 60_000)
	add("demo-05", "失业，社保停缴可证", "job loss, borne out by social insurance", p, f)

	p = person(5)
	f = overdue("demo-06", p)
	f.overdueLoan(20, "insufficient_funds")
	f.claim(agent.ReasonIllness, -35)
	f.proofs(seen{agent.ProofDiagnosis, -33}, seen{agent.ProofMedicalBill, -30})
	f.income(900_000, 12, "yes")
	add("demo-06", "生病住院", "illness", p, f)

	p = person(6)
	f = overdue("demo-07", p)
	f.overdueLoan(25, "")
	f.claim(agent.ReasonStolenIdentity, -20)
	f.proofs(seen{agent.ProofPoliceReceipt, -5})
	f.top["answers"] = f.part("realname", object{"items": []object{
		{"kind": agent.AnswerTwoFactor, "provider": "realname", "at": f.instant(-1), "match": "yes"},
		{"kind": agent.AnswerFace, "provider": "facecheck", "at": f.instant(-1), "match": "no"},
		{"kind": agent.AnswerCarrierThree, "provider": "realname", "at": f.instant(-1), "match": "no"},
	}})
	add("demo-07", "身份被冒用，已报警", "stolen identity, reported to the police", p, f)

	p = person(7)
	f = overdue("demo-08", p)
	f.overdueLoan(35, "insufficient_funds")
	f.claim(agent.ReasonJobLoss, -100)
	f.employment("unemployed", -100)
	f.ev["statements"] = []object{
		f.made("icbc", "bank", statementtest.Profile{Seed: 3, Salary: 1_286_450, Spending: 400_000, SpendingRows: 20, Opening: 2_000_000}),
	}
	add("demo-08", "自称失业，工资照常入账", "says unemployed while the salary goes on", p, f)

	p = person(8)
	f = apply("demo-09", p)
	f.application(5_000_000, 12)
	f.employment("employed", -400)
	f.income(800_000, 12, "yes")
	f.liabilities(9, 95_000)
	f.credit(9, 14, 6, 855_000)
	add("demo-09", "在多家机构借款", "loans at many lenders", p, f)

	p = person(9)
	f = overdue("demo-10", p)
	f.overdueLoan(15, "insufficient_funds")
	f.claim(agent.ReasonFamily, -20)
	f.legal["consent"].(object)["state"] = "withdrawn"
	add("demo-10", "已撤回同意", "consent withdrawn", p, f)

	p = NewPerson(70, agent.DateOf(now.AddDate(-16, -1, 0)))
	f = apply("demo-11", p)
	f.application(500_000, 6)
	add("demo-11", "未成年人", "a minor", p, f)

	further := func(i int) Person { return NewPerson(i*7, agent.Date(19760102+(i-10)*10101)) }

	p = further(11)
	f = overdue("demo-12", p)
	f.overdueLoan(20, "insufficient_funds")
	f.claim(agent.ReasonDisaster, -26)
	f.proofs(seen{agent.ProofAreaNotice, -25})
	f.income(850_000, 12, "yes")
	add("demo-12", "所在地区遭受洪灾，有公告", "a flood, with the notice for the area", p, f)

	p = further(12)
	f = overdue("demo-13", p)
	f.overdueLoan(28, "insufficient_funds")
	f.claim(agent.ReasonOverIndebted, -60)
	f.income(900_000, 12, "yes")
	f.liabilities(7, 110_000)
	f.credit(7, 2, 1, 770_000)
	add("demo-13", "负债过重，月供超过收入的八成", "over-indebted: debts take more than eight tenths of the income", p, f)

	p = further(13)
	f = overdue("demo-14", p)
	f.overdueLoan(45, "")
	f.employment("employed", -1500)
	f.liabilities(1, 50_000)
	f.contact(-40, -26, -19, -12, -5)
	f.devices(-90, -60, -35, -20, -9, -3)
	f.ev["statements"] = []object{
		f.made("icbc", "bank", statementtest.Profile{Seed: 4, Salary: 1_827_360, Spending: 500_000, SpendingRows: 20, Opening: 6_000_000}),
	}
	f.credit(1, 1, 0, 50_000)
	f.top["claim"] = f.part("borrower", object{"reason": agent.ReasonNoneGiven, "stated_on": f.date(-5)})
	add("demo-14", "账户有钱而不还，多次联系，未说明原因；是否认定不愿还款由两人决定", "money at hand and no payment, reached by phone and naming no reason; whether unwilling is for two people", p, f)

	p = further(14)
	f = apply("demo-15", p)
	f.application(6_000_000, 24)
	f.employment("employed", -800)
	f.liabilities(1, 30_000)
	f.credit(1, 1, 0, 30_000)
	f.ev["statements"] = []object{
		edited(f.made("cmb", "bank", statementtest.Profile{Seed: 5, Salary: 924_370, Spending: 300_000, SpendingRows: 15, Opening: 1_500_000}), `"9,243.70"`, `"19,243.70"`),
	}
	add("demo-15", "银行流水被改过，工资多出一万元", "an edited statement: ten thousand more of salary", p, f)

	p = further(15)
	f = apply("demo-16", p)
	f.application(3_000_000, 12)
	f.legal["consent"].(object)["form"] = "general"
	add("demo-16", "敏感信息没有单独同意", "no separate consent for sensitive data", p, f)

	p = further(16)
	f = overdue("demo-17", p)
	f.overdueLoan(10, "insufficient_funds")
	f.claim(agent.ReasonIllness, -15)
	f.legal["consent"].(object)["expires_at"] = f.instant(-5)
	add("demo-17", "同意已过期", "consent expired", p, f)

	p = further(17)
	f = apply("demo-18", p)
	f.application(2_000_000, 12)
	f.employment("employed", -65)
	f.liabilities(0, 0)
	f.credit(0, 1, 0, 0)
	f.income(750_000, 2, "yes")
	add("demo-18", "刚工作两个月，没有信用记录", "a thin file: two months at work, no credit history", p, f)

	p = further(18)
	f = overdue("demo-19", p)
	f.overdueLoan(30, "")
	f.top["loan"].(object)["fees"] = []object{{"kind": "service", "amount_fen": 88_000}}
	f.claim(agent.ReasonDispute, -40)
	f.proofs(seen{agent.ProofComplaint, -33})
	f.income(900_000, 12, "yes")
	add("demo-19", "对费用有争议，综合成本超过上限", "disputed cost, and all in it is over the cap", p, f)

	p = further(19)
	f = apply("demo-20", p)
	f.application(2_000_000, 12)
	f.top["loan"].(object)["limit"] = object{"kind": agent.LimitSingleDraw, "total_fen": 5_000_000, "drawn_fen": 3_000_000, "draws": 1, "valid_until": f.date(200)}
	f.employment("employed", -2000)
	f.liabilities(1, 260_000)
	f.credit(1, 1, 0, 260_000)
	f.income(1_500_000, 12, "yes")
	add("demo-20", "单次额度已经支用", "a single-draw limit that has been drawn", p, f)

	p = further(20)
	f = apply("demo-21", p)
	f.application(5_000_000, 24)
	f.employment("self_employed", -1400)
	f.income(2_400_000, 0, "no")
	f.liabilities(8, 130_000)
	f.credit(8, 11, 5, 1_040_000)
	f.earlier("income", -20)
	f.earlier("liabilities", -20)
	f.earlier("credit_report", -20)
	f.ev["credit_report"].(object)["on"] = f.date(-21)
	add("demo-21", "个体经营者在八家机构借款，没有经营证明", "a trader with eight lenders and no proof of business", p, f)

	f = apply("demo-22", p)
	f.application(5_000_000, 24)
	f.employment("self_employed", -1400)
	f.liabilities(3, 60_000)
	f.credit(3, 1, 0, 180_000)
	// What the bureau counted eighteen days before, it counts still.
	f.ev["credit_report"].(object)["inquiries_90"] = 12
	f.proofs(seen{agent.ProofContract, -10})
	f.ev["statements"] = []object{
		f.made("wechat", "wallet", statementtest.Profile{Seed: 6, Receipts: 4_600_000, Spending: 600_000, SpendingRows: 30}),
		f.made("cmb", "bank", statementtest.Profile{Seed: 7, Spending: 250_000, SpendingRows: 12, Repayment: 180_000, Opening: 4_000_000}),
	}
	add("demo-22", "同一借款人补交经营流水并还清五家", "the same trader with business receipts, five lenders paid off", p, f)
	return all
}

// edited replaces an amount of a statement wherever it stands, as somebody would
// who edits salaries and forgets balances.
func edited(o object, old, new string) object {
	b, err := base64.StdEncoding.DecodeString(o["inline"].(string))
	if err != nil {
		panic("synthetic: " + err.Error()) // cannot happen: it is our own
	}
	o["inline"] = base64.StdEncoding.EncodeToString(bytes.ReplaceAll(b, []byte(old), []byte(new)))
	return o
}

// made is a statement of the six months before this one, made to a profile.
func (f *file) made(format, account string, p statementtest.Profile) object {
	p.Owner, p.Months = f.person.Name, 6
	y, m, _ := f.now.In(agent.Zone).Date()
	p.From = agent.DateOf(time.Date(y, m-6, 1, 0, 0, 0, 0, agent.Zone))
	write := map[string]func(*bytes.Buffer) error{
		"wechat": func(b *bytes.Buffer) error { _, err := statementtest.WeChat(b, p); return err },
		"alipay": func(b *bytes.Buffer) error { _, err := statementtest.Alipay(b, p); return err },
		"cmb":    func(b *bytes.Buffer) error { _, err := statementtest.CMB(b, p); return err },
		"icbc":   func(b *bytes.Buffer) error { _, err := statementtest.ICBC(b, p); return err },
	}[format]
	var b bytes.Buffer
	if err := write(&b); err != nil {
		panic(fmt.Sprintf("synthetic: statement of form %s", format)) // cannot happen: the profile is ours
	}
	return object{"source": "borrower", "collected_at": f.instant(-2), "format": format, "account": account,
		"inline": base64.StdEncoding.EncodeToString(b.Bytes())}
}

// statement is a statement of about the given number of rows. It names nobody,
// so that templates may hold it.
func (f *file) statement(format, account string, rows, seed int) object {
	who := f.person
	f.person.Name = ""
	p := statementtest.Profile{Seed: uint64(seed), Spending: 600_000, SpendingRows: rows/6 - 12, Opening: 2_000_000, Plain: true}
	if format == "cmb" {
		p.Salary, p.Repayment = 1_250_000, 190_000
		p.SpendingRows = rows/6 - 2
	} else {
		p.SpendingRows = rows / 6
	}
	o := f.made(format, account, p)
	f.person = who
	return o
}
