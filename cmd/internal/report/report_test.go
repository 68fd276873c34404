package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/yanmen/yanmen/agent"
)

func TestParseLang_takesTwo(t *testing.T) {
	for _, s := range []string{"zh", "en"} {
		if l, err := ParseLang(s); err != nil || string(l) != s {
			t.Errorf("ParseLang(%s) = %s, %v", s, l, err)
		}
	}
	for _, s := range []string{"", "ZH", "zh_CN", "de"} {
		if l, err := ParseLang(s); err == nil || l != "" || s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("ParseLang(%q) = %q, %v", s, l, err)
		}
	}
}

// Every label has both languages, and the Chinese one is Chinese.
func TestTable_hasBothLanguages(t *testing.T) {
	for key, p := range table {
		if p[0] == "" || p[1] == "" {
			t.Errorf("%s lacks a language", key)
		}
		if !strings.ContainsFunc(p[0], func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s is not Chinese", key)
		}
		if strings.ContainsFunc(p[1], func(r rune) bool { return r > unicode.MaxLatin1 }) {
			t.Errorf("%s is not English", key)
		}
	}
}

// Every key that the code asks for, and every value of a closed list, has a
// label: a person never reads a code where a word was meant.
func TestTable_hasEveryLabel(t *testing.T) {
	var want []string
	group := func(g string, values ...string) {
		for _, v := range values {
			want = append(want, g+"."+v)
		}
	}
	group("outcome", append(slices.Clone(agent.Outcomes), agent.NotAvailable)...)
	group("assurance", append(slices.Clone(agent.Assurances), agent.NotAvailable)...)
	group("class", append(slices.Clone(agent.Classes), agent.NotAvailable)...)
	group("disposition", append(slices.Clone(agent.Dispositions), agent.NotAvailable)...)
	group("purpose", string(agent.PurposeApplication), string(agent.PurposeOverdue))
	group("point", agent.PointCollect, agent.PointUse, agent.PointJudge, agent.PointDisclose)
	group("form", "valid", "legacy", "invalid", "unknown")
	group("carried", agent.Bands...)
	group("refuted", agent.Yes.String(), agent.No.String())
	group("suspicion", agent.SuspicionNone, agent.SuspicionSome, agent.SuspicionStrong)
	group("format", "alipay", "wechat", "icbc", "cmb", "map")
	group("document", agent.DocumentCitizen, agent.DocumentPermit, agent.DocumentForeigner, agent.DocumentHKMacao, agent.DocumentTaiwan, agent.DocumentPassport)
	group("limit", agent.LimitRevolving, agent.LimitSingleDraw)
	group("support", agent.ClaimNone, agent.ClaimSupported, agent.ClaimContradicted, agent.ClaimUnproven)
	group("grade", agent.EvidenceNone, agent.EvidenceWeak, agent.EvidenceFair, agent.EvidenceGood)
	group("reason", agent.ReasonLostCard, agent.ReasonSystemFault, agent.ReasonJobLoss, agent.ReasonIllness, agent.ReasonFamily,
		agent.ReasonBusinessFailure, agent.ReasonDisaster, agent.ReasonStolenIdentity, agent.ReasonDispute, agent.ReasonOverIndebted)
	for k := agent.KindUnknown; ; k++ {
		if k > agent.KindUnknown && k.String() == agent.KindUnknown.String() {
			break
		}
		group("kind", k.String())
	}
	for _, c := range slices.Concat(agent.ReviewReasons, []agent.Code{agent.CodeHumanReview, agent.CodeTwoPersons, agent.CodeReviewAsked,
		agent.CodeReviewUnqueued, agent.CodeReviewTaken, agent.CodeReviewUnheld, agent.CodeReviewRepeated, agent.CodeReviewOutcome,
		agent.CodeReviewClass, agent.CodeReviewDisposition, agent.CodeReviewReason, agent.CodeReviewUntold, agent.CodeReviewGrounds, agent.CodeReviewUnjudged, agent.CodeReviewIdentity,
		agent.CodeReviewUndue, agent.CodeReviewAble, agent.CodeReviewContact, agent.CodeReviewClaim}) {
		want = append(want, string(c))
	}
	// The literal keys of this package's own calls.
	calls := 0
	inspect := func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		name := ""
		switch fun := call.Fun.(type) {
		case *ast.SelectorExpr:
			name = fun.Sel.Name
		case *ast.Ident:
			name = fun.Name
		}
		lit, ok := call.Args[0].(*ast.BasicLit)
		if ok && (name == "s" || name == "add" || name == "list" || name == "signs") {
			key, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			want, calls = append(want, key), calls+1
		}
		return true
	}
	for _, name := range []string{"report.go", "review.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, inspect)
	}
	if calls < 30 {
		t.Errorf("%d labels are asked for in the code, want 30 at least: does this test still read it?", calls)
	}
	for _, key := range want {
		_, ok := table[key]
		if _, also := explainTable[key]; !ok && !also {
			t.Errorf("there is no label for %s", key)
		}
	}
}

func TestTexts_unknownCodeReadsAsItIs(t *testing.T) {
	for _, l := range []Lang{Chinese, English} {
		x := texts{l}
		if got := x.s("outcome.novel"); got != "novel" {
			t.Errorf("s(outcome.novel) = %s", got)
		}
		if got := x.s("novel"); got != "novel" {
			t.Errorf("s(novel) = %s", got)
		}
	}
}

func TestWidth_isOfTheTerminal(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "案件": 4, "¥1,920.00": 9, "a案b": 4, "（）": 4, "—": 1, "│": 1} {
		if got := Width(s); got != want {
			t.Errorf("Width(%q) = %d, want %d", s, got, want)
		}
	}
}

// result is an answer with everything in it.
func result() *agent.Result {
	return &agent.Result{
		Case: "case-1", Subject: strings.Repeat("ab", 16), Purpose: agent.PurposeOverdue, Obligations: []agent.Code{"tell.person", "tell.again", "not.known"},
		Facts: &agent.Facts{
			Identity: agent.IdentityFacts{Assurance: agent.AssuranceAuthority3, NumberForm: "valid", Age: agent.Known(37), Refuted: agent.No},
			Overdue: agent.OverdueFacts{DaysPastDue: agent.Known(6), Bucket: "M1", AmountPastDue: agent.Known(192_000), Claim: agent.ReasonIllness,
				Support: agent.ClaimSupported, For: []string{"medical.billed"}, Against: []string{"salary.continued"}},
			Capacity: agent.CapacityFacts{Evidence: agent.EvidenceFair, VerifiedIncome: agent.Known(1_234_567_89), IncomeMonths: agent.Known(12),
				Residual: agent.Known(-5), DebtServiceBP: agent.Known(6882), Lenders: agent.Known(0), StatementRows: agent.Known(24)},
		},
		Judgement: &agent.Judgement{Decision: agent.Decision{Allow: true}, Outcome: "pass", OverdueClass: "hardship", Band: "B", Disposition: "grace",
			Offer: agent.Known(100), Reasons: []agent.Code{"claim.supported"}, Improve: []agent.Code{"provide.more"}},
		Leaves: &agent.Leaving{ID: "verdict-2", Platform: "central", ValidUntil: 1_800_000_000, Supersedes: "verdict-1",
			Claims: agent.Claims{Outcome: "pass", Assurance: "authority-3", Class: "hardship", Band: "B", Disposition: agent.NotAvailable, Reasons: []agent.Code{"claim.supported"}}},
	}
}

func explain(code agent.Code, lang string) (string, []string, bool) {
	if code == "not.known" {
		return "", nil, false
	}
	if lang == "zh" {
		return "标题", []string{"法律 第一条"}, true
	}
	return "title", []string{"Law 1"}, true
}

func write(t *testing.T, l Lang, r *agent.Result, statements ...*agent.Statement) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, l, r, explain, statements); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite_columnsStandUnderEachOther(t *testing.T) {
	for _, l := range []Lang{Chinese, English} {
		at, rows := -1, 0
		for line := range strings.Lines(write(t, l, result())) {
			before, _, ok := strings.Cut(line, "│")
			if !ok {
				if before, _, ok = strings.Cut(line, "┼"); !ok {
					continue
				}
			}
			rows++
			if w := Width(before); at < 0 {
				at = w
			} else if w != at {
				t.Errorf("%s: the columns part at %d and at %d", l, at, w)
			}
		}
		if rows < 15 {
			t.Errorf("%s: %d rows in columns", l, rows)
		}
	}
}

func TestWrite_saysWhatStaysAndWhatLeaves(t *testing.T) {
	for l, want := range map[Lang][]string{
		English: {"Case case-1 · overdue verification", "past due", "6 days (M1)", "¥1,920.00", "illness — borne out", "¥1,234,567.89 (12 months)", "-¥0.05", "68.82%",
			"37 years", "nothing against it", "capacity band  B (good)", "a medical bill (medical.billed)", "salary went on after the loss of work │", "(salary.continued)", "title (claim.supported)", "│ outcome        pass", "│ disposition    not available", "2027-01-15 16:00", "supersedes     verdict-1",
			"claim.supported  title", "Law 1", "What would change the answer", "  Obligations\n    title\n"},
		Chinese: {"案件 case-1 · 逾期验证", "6 天（M1）", "生病 — 有证据支持", "│ 结果", "不提供", "取代判定", "claim.supported  标题", "法律 第一条", "37 岁", "未见不符", "B（较宽裕）", "标题（claim.supported）", "  须同时做到\n    标题\n"},
	} {
		got := write(t, l, result())
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: the report lacks %q:\n%s", l, w, got)
			}
		}
		// The reason stays; only its class leaves.
		for line := range strings.Lines(got) {
			if _, right, ok := strings.Cut(line, "│"); ok && (strings.Contains(right, "illness") || strings.Contains(right, "生病") || strings.Contains(right, "¥")) {
				t.Errorf("%s: a fact stands in the column of what leaves: %s", l, right)
			}
		}
	}
}

func TestMany_saysOneOfAThingAsOne(t *testing.T) {
	for want, got := range map[string]string{"1 day": many(1, "days"), "2 days": many(2, "days"), "1 entry": many(1, "entries"), "0 entries": many(0, "entries"),
		"-1 days": many(-1, "days"), "1 个月": many(1, "个月")} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What is folded loses nothing but spaces, and no words of a code stand wider than their column.
func TestFold_keepsTheWidthAndTheMarks(t *testing.T) {
	for _, c := range []struct {
		most int
		in   string
		want []string
	}{
		{10, "", []string{""}},
		{10, "one two three four", []string{"one two", "three four"}},
		{10, "averylongword in it", []string{"averylongword", "in it"}},
		{10, "一二三四五，六七", []string{"一二三四", "五，六七"}},
		{10, "一二三（a.code）四", []string{"一二三", "（a.code）", "四"}},
		{12, "一二 ab c", []string{"一二 ab c"}},
	} {
		if got := fold(c.in, c.most); !slices.Equal(got, c.want) {
			t.Errorf("fold(%q, %d) = %q, want %q", c.in, c.most, got, c.want)
		}
	}
	for _, p := range codeWords {
		for _, s := range p {
			whole := ""
			for _, line := range fold(s, valueWidth) {
				if Width(line) > valueWidth {
					t.Errorf("a line of %d columns: %s", Width(line), line)
				}
				whole += strings.ReplaceAll(line, " ", "")
			}
			if whole != strings.ReplaceAll(s, " ", "") {
				t.Errorf("%q is told as %q", s, whole)
			}
		}
	}
}

// What is not known is not printed, and never as nought.
func TestWrite_unknownIsNotNought(t *testing.T) {
	r := result()
	r.Facts = &agent.Facts{Identity: agent.IdentityFacts{Assurance: agent.AssuranceNone, NumberForm: "unknown"},
		Overdue: agent.OverdueFacts{Bucket: "unknown"}, Capacity: agent.CapacityFacts{Evidence: agent.EvidenceNone}}
	r.Judgement, r.Leaves = nil, nil
	got := write(t, English, r)
	for _, w := range []string{"¥", "past due", "0 ", "%", "age"} {
		if strings.Contains(got, w) {
			t.Errorf("the report of nothing says %q:\n%s", w, got)
		}
	}
	if !strings.Contains(got, "Nothing leaves") {
		t.Error("that nothing leaves is not said")
	}
}

func TestWrite_denialsHaveTheirReasonOnce(t *testing.T) {
	r := &agent.Result{Case: "case-1", Subject: strings.Repeat("ab", 16), Purpose: agent.PurposeApplication,
		Denials: []agent.Denied{{Point: agent.PointCollect, Codes: []agent.Code{"consent.missing", "not.known"}}, {Point: agent.PointDisclose, Codes: []agent.Code{"disclose.case_denied"}}}}
	for l, want := range map[Lang][]string{
		English: {"Policy denies · collect", "consent.missing  title", "not.known  no decision could be made, so the answer is no", "Not allowed: nothing was opened", "Nothing leaves"},
		Chinese: {"策略不允许 · 收集", "not.known  未能作出决定，按不允许处理", "未获准，数据没有打开"},
	} {
		got := write(t, l, r)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: the report lacks %q:\n%s", l, w, got)
			}
		}
		if strings.Contains(got, "disclose.case_denied") {
			t.Errorf("%s: what follows from a denial is told as another", l)
		}
	}
	r.Denials = r.Denials[1:]
	if got := write(t, English, r); !strings.Contains(got, "disclose.case_denied") {
		t.Error("a denial of disclosure alone is not told")
	}
}

func TestWrite_accountsForEveryRow(t *testing.T) {
	st := &agent.Statement{Format: "alipay", Account: "wallet", From: 20260101, To: 20260131, Rows: 5, Refused: 1, Warnings: []string{"row.amount"},
		Transactions: []agent.Transaction{{Kind: agent.KindSalary, State: agent.StateSettled}, {Kind: agent.KindPurchase, State: agent.StateSettled},
			{Kind: agent.KindPurchase, State: agent.StateClosed}, {Kind: agent.KindUnknown, State: agent.StateSettled}}}
	got := write(t, English, result(), st)
	for _, w := range []string{"statement wallet (Alipay) 2026-01-01 – 2026-01-31: 5 rows", "unknown 1 · salary 1 · purchases 2 · could not be read 1\n    (not settled 1)\n", "statement warnings\n      rows without an amount that can be read (row.amount)\n"} {
		if !strings.Contains(got, w) {
			t.Errorf("the report lacks %q:\n%s", w, got)
		}
	}
	// A denied case is told without what its file held.
	r := result()
	r.Facts = nil
	if got := write(t, English, r, st); strings.Contains(got, "wallet") {
		t.Error("a statement is told that policy let nobody open")
	}
}

func TestClaims_tellsEachClaim(t *testing.T) {
	rows := Claims(English, &agent.Claims{Outcome: "pass", Assurance: agent.NotAvailable, Class: agent.NotAvailable, Band: agent.NotAvailable, Disposition: agent.NotAvailable})
	if len(rows) != 6 {
		t.Fatalf("%d claims, want 6", len(rows))
	}
	for _, r := range rows[1:5] {
		if r.Value != "not available" {
			t.Errorf("%s = %s, want not available", r.Label, r.Value)
		}
	}
	if rows[0].Value != "pass" || rows[5].Value != "—" {
		t.Errorf("claims = %v", rows)
	}
}
