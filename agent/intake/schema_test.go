package intake

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write the pages in docs/schema anew")

// The schemas, in docs/schema.
const (
	caseSchema    = "case.v1.json"
	consentSchema = "consent.schema.json"
)

func readDoc(t testing.TB, name string) []byte {
	t.Helper()
	return readFile(t, "../../docs/schema/"+name)
}

func compileSchema(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(readDoc(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchema_takesWhatTheReaderTakes(t *testing.T) {
	schema := compileSchema(t, caseSchema)
	for _, name := range goodFiles(t) {
		if err := schema.Validate(tree(t, readFile(t, name))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// members lists what a table says, a required member with a mark.
func members[T any](o object[T]) []string {
	var l []string
	for _, f := range o {
		if f.required {
			l = append(l, f.name+"!")
		} else {
			l = append(l, f.name)
		}
	}
	slices.Sort(l)
	return l
}

func TestSchema_saysWhatTheTablesSay(t *testing.T) {
	tables := map[string][]string{
		"":     members(root),
		"case": members(caseObject), "subject": members(subjectObject), "legal": members(legalObject), "consent": members(consentObject),
		"loan": members(loanObject), "instalment": members(instalmentObject), "payment": members(paymentObject), "fee": members(feeObject),
		"claim": members(claimObject), "proofs": members(proofsObject), "proof": members(proofObject), "answers": members(answersObject),
		"answer": members(answerObject), "evidence": members(evidenceObject), "identity": members(identityObject),
		"employment": members(employmentObject), "social_insurance": members(insuranceObject), "insured_month": members(insuredMonthObject),
		"income": members(incomeObject), "month_amount": members(monthAmountObject), "liabilities": members(liabilitiesObject),
		"obligation": members(obligationObject), "credit_report": members(creditObject), "statement": members(statementObject),
		"column_map": members(mapObject), "columns": members(columnsObject), "directions": members(directionsObject), "states": members(statesObject),
		"kinds":       members(kindsObject),
		"contact_log": members(contactObject), "attempt": members(attemptObject), "device_log": members(deviceObject), "event": members(eventObject),
		"payout": members(payoutObject), "limit": members(limitObject), "promise": members(promiseObject), "history": members(historyObject),
		"past_application": members(pastObject),
	}
	sayTheSame(t, loadSchema(t, caseSchema), tables)
}

// sayTheSame compares the objects of a schema with the reader's tables.
func sayTheSame(t *testing.T, s *schemaFile, tables map[string][]string) {
	t.Helper()
	check := func(name string, n *node) {
		var l []string
		for _, p := range n.Properties {
			if slices.Contains(n.Required, p.Name) {
				l = append(l, p.Name+"!")
			} else {
				l = append(l, p.Name)
			}
		}
		slices.Sort(l)
		if !slices.Equal(l, tables[name]) {
			t.Errorf("object %q: the schema has %q, the reader %q", name, l, tables[name])
		}
		delete(tables, name)
	}
	check("", &s.node)
	for _, d := range s.Defs {
		if d.node.Type == "object" {
			check(d.Name, &d.node)
		}
	}
	if len(tables) > 0 {
		t.Errorf("objects that the schema lacks: %d", len(tables))
	}
}

// full.json is what the generated tests start from: it must have everything.
func TestSchema_isUsedWhollyByTheFullFile(t *testing.T) {
	useAll(t, loadSchema(t, caseSchema), "testdata/good/full.json")
	useAll(t, loadSchema(t, consentSchema), "testdata/consent/full.json")
}

func useAll(t *testing.T, s *schemaFile, file string) {
	t.Helper()
	have := map[string]bool{}
	walk(tree(t, readFile(t, file)), "", func(_ string, m map[string]any) {
		for k := range m {
			have[k] = true
		}
	})
	nodes := []*node{&s.node}
	for i := range s.Defs {
		nodes = append(nodes, &s.Defs[i].node)
	}
	for _, n := range nodes {
		for _, p := range n.Properties {
			if !have[p.Name] {
				t.Errorf("%s has no member %s", file, p.Name)
			}
		}
	}
}

// TestPages_areFresh writes or compares the pages on the fields.
func TestPages_areFresh(t *testing.T) {
	for _, l := range []language{english, chinese, consentEnglish, consentChinese} {
		path := "../../docs/schema/" + l.file
		want := page(loadSchema(t, l.schema), &l)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, _ := os.ReadFile(path); !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go test ./agent/intake -run Pages -update", l.file)
		}
	}
}

// A node is as much of a schema as the pages need.
type node struct {
	Ref         string            `json:"$ref"`
	Type        string            `json:"type"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	ZH          string            `json:"x-zh"`
	ZHLong      string            `json:"x-zh-description"`
	Values      ordered[sentence] `json:"x-values"`
	Required    []string          `json:"required"`
	Properties  ordered[node]     `json:"properties"`
	Items       *node             `json:"items"`
	MaxItems    int               `json:"maxItems"`
	Const       json.RawMessage   `json:"const"`
}

type sentence struct{ EN, ZH string }

type schemaFile struct {
	node
	Defs  ordered[node]     `json:"$defs"`
	Rules ordered[sentence] `json:"x-rules"`
}

// ordered is an object whose members keep their order.
type ordered[T any] []named[T]

type named[T any] struct {
	Name string
	node T
}

func (o *ordered[T]) UnmarshalJSON(b []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(b))
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		n := named[T]{Name: name.String()}
		v, err := d.ReadValue()
		if err != nil {
			return err
		}
		if err := json.Unmarshal(v, &n.node); err != nil {
			return err
		}
		*o = append(*o, n)
	}
	return nil
}

func loadSchema(t testing.TB, name string) *schemaFile {
	t.Helper()
	var s schemaFile
	if err := json.Unmarshal(readDoc(t, name), &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// A language is the fixed words of a page.
type language struct {
	schema, file, intro, objects, forms, rules, faults, rule string
	member, need, kind, meaning, yes, word                   string
	listOf, upTo, values, comma, stop                        string
	title, say, long                                         func(n *node) string // of an object, a member, a form
	value                                                    func(s sentence) string
}

var english = language{
	schema:  caseSchema,
	file:    "case.md",
	intro:   "Generated from [case.v1.json](case.v1.json); [中文](case.zh-CN.md). Examples: [overdue](example.case.json), [application](example.application.json), [draw](example.drawdown.json).",
	objects: "Objects", forms: "Forms of values", rules: "Rules", rule: "rule",
	faults: "A fault names the JSON pointer, one of these rules and a remedy, never a value. Up to 20 faults of a case are told at once.",
	member: "member", need: "required", kind: "form", meaning: "meaning", yes: "yes", word: "word",
	listOf: "list of ", upTo: ", at most ", values: " Words: ", comma: "; ", stop: ".",
	title: func(n *node) string { return n.Title },
	say:   func(n *node) string { return n.Description },
	long:  func(n *node) string { return n.Description },
	value: func(s sentence) string { return s.EN },
}

var chinese = language{
	schema:  caseSchema,
	file:    "case.zh-CN.md",
	intro:   "由 [case.v1.json](case.v1.json) 生成；[English](case.md)。示例：[逾期](example.case.json)、[贷前](example.application.json)、[用款](example.drawdown.json)。",
	objects: "对象", forms: "取值形式", rules: "规则", rule: "规则",
	faults: "每个错误给出 JSON 指针、下列规则之一和改正方法，从不回显取值。一个案件一次最多列出 20 个错误。",
	member: "成员", need: "必填", kind: "形式", meaning: "含义", yes: "是", word: "词",
	listOf: "列表：", upTo: "，最多 ", values: "取值：", comma: "；", stop: "。",
	title: func(n *node) string { return n.ZH },
	say:   func(n *node) string { return n.ZH },
	long:  func(n *node) string { return n.ZHLong },
	value: func(s sentence) string { return s.ZH },
}

// of returns the words for the pages of consent events.
func (l language) of(file, intro, faults string) language {
	l.schema, l.file, l.intro, l.faults = consentSchema, file, intro, faults
	return l
}

var (
	consentEnglish = english.of("consent.md",
		"Generated from [consent.schema.json](consent.schema.json); [中文](consent.zh-CN.md). Example: [a notice, a request and a consent](example.consent.ndjson).",
		"A fault names the JSON pointer, one of these rules and a remedy, never a value. Up to 20 faults of an event are told at once; of a faulty event nothing is recorded.")
	consentChinese = chinese.of("consent.zh-CN.md",
		"由 [consent.schema.json](consent.schema.json) 生成；[English](consent.md)。示例：[告知、征求、同意](example.consent.ndjson)。",
		"每个错误给出 JSON 指针、下列规则之一和改正方法，从不回显取值。一个事件一次最多列出 20 个错误；有错误的事件不会登记。")
)

// page writes one page: a section for each object, a row for each member.
func page(s *schemaFile, l *language) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n%s\n\n%s\n", l.title(&s.node), l.intro, l.long(&s.node))
	section := func(name string, n *node) {
		fmt.Fprintf(&b, "\n### %s\n", cmp.Or(name, "(root)"))
		if name != "" {
			fmt.Fprintf(&b, "\n%s\n", l.title(n))
		}
		fmt.Fprintf(&b, "\n| %s | %s | %s | %s |\n|---|---|---|---|\n", l.member, l.need, l.kind, l.meaning)
		for _, p := range n.Properties {
			need := ""
			if slices.Contains(n.Required, p.Name) {
				need = l.yes
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, need, form(&p.node, l), meaning(&p.node, l))
		}
	}
	fmt.Fprintf(&b, "\n## %s\n", l.objects)
	section("", &s.node)
	for _, d := range s.Defs {
		if d.node.Type == "object" {
			section(d.Name, &d.node)
		}
	}
	fmt.Fprintf(&b, "\n## %s\n\n", l.forms)
	for _, d := range s.Defs {
		if d.node.Type != "object" {
			fmt.Fprintf(&b, "<a id=\"%s\"></a>\n**%s** (%s): %s\n\n", d.Name, d.Name, l.title(&d.node), l.long(&d.node))
		}
	}
	fmt.Fprintf(&b, "## %s\n\n%s\n\n| %s | %s |\n|---|---|\n", l.rules, l.faults, l.rule, l.meaning)
	for _, r := range s.Rules {
		fmt.Fprintf(&b, "| `%s` | %s |\n", r.Name, l.value(r.node))
	}
	return b.Bytes()
}

// form names the form of a value, with a link to where it is described.
func form(n *node, l *language) string {
	switch {
	case n.Ref != "":
		name := strings.TrimPrefix(n.Ref, "#/$defs/")
		return fmt.Sprintf("[%s](#%s)", name, name)
	case n.Items != nil:
		return fmt.Sprintf("%s%s%s%d", l.listOf, form(n.Items, l), l.upTo, n.MaxItems)
	case n.Const != nil:
		return fmt.Sprintf("`%s`", n.Const)
	case len(n.Values) > 0:
		return l.word
	}
	return n.Type
}

func meaning(n *node, l *language) string {
	s := l.say(n)
	if len(n.Values) == 0 {
		return s
	}
	var words []string
	for _, v := range n.Values {
		words = append(words, fmt.Sprintf("`%s` %s", v.Name, l.value(v.node)))
	}
	return s + l.values + strings.Join(words, l.comma) + l.stop
}

func TestSchema_listsTheRules(t *testing.T) {
	want := []string{ruleSyntax, ruleEncoding, ruleDepth, ruleSize, ruleVersion, ruleUnknown, ruleDuplicate, ruleRequired, ruleType, ruleEnum,
		ruleRange, ruleLength, ruleMany, ruleForm, rulePersonal, ruleFuture, ruleBase64, ruleContent, "statement.*", ruleFileOff, ruleFilePath,
		ruleFileMissing, ruleFileReadable}
	// An event has no content of others.
	for name, want := range map[string][]string{caseSchema: want, consentSchema: want[:slices.Index(want, ruleBase64)]} {
		var got []string
		for _, r := range loadSchema(t, name).Rules {
			got = append(got, r.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("rules of %s are %q, want %q", name, got, want)
		}
	}
}

func TestSchema_describesEveryMemberInBothLanguages(t *testing.T) {
	for _, name := range []string{caseSchema, consentSchema} {
		s := loadSchema(t, name)
		check := func(where string, n *node) {
			for _, p := range n.Properties {
				if p.node.Description == "" || p.node.ZH == "" {
					t.Errorf("%s: %s/%s lacks a description", name, where, p.Name)
				}
			}
		}
		check("", &s.node)
		for _, d := range s.Defs {
			check(d.Name, &d.node)
			if d.node.Title == "" || d.node.ZH == "" || d.node.Type != "object" && (d.node.Description == "" || d.node.ZHLong == "") {
				t.Errorf("%s: %s lacks a title or description", name, d.Name)
			}
		}
	}
}
