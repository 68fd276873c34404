package handbook

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// registers writes the tables of the data: categories and what is never taken.
func (w *writer) registers() {
	w.h2(w.say("登记表", "Registers"))
	catalogue, _ := w.b.Data["catalogue"].(map[string]any)
	categories, _ := catalogue["categories"].(map[string]any)
	lang := "en"
	if w.lang == "zh" {
		lang = "zh"
	}
	title := func(v any) string {
		m, _ := v.(map[string]any)
		return text(m[lang])
	}
	w.h3(w.say("信息种类", "Categories"))
	var rows, fields [][]string
	for _, id := range slices.Sorted(maps.Keys(categories)) {
		c, _ := categories[id].(map[string]any)
		uses, _ := c["uses"].(map[string]any)
		var kept []string
		for _, p := range slices.Sorted(maps.Keys(uses)) {
			u, _ := uses[p].(map[string]any)
			grounds := strings.Join(texts(u["grounds"]), "/")
			if grounds == "" {
				grounds = w.say("仅凭同意", "consent only")
			}
			kept = append(kept, fmt.Sprintf(w.say("%s：%v 天（%s）", "%s: %v days (%s)"), p, u["days"], grounds))
		}
		sensitive := w.say("否", "no")
		if c["sensitive"] != false {
			sensitive = w.say("是", "yes")
		}
		rows = append(rows, []string{id, title(c["title"]), sensitive, text(c["class"]), strings.Join(kept, w.say("；", "; ")), w.expiry(text(c["expiry"]))})
		of, _ := c["fields"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(of)) {
			m, _ := of[name].(map[string]any)
			fields = append(fields, []string{id, name, text(m["type"]), text(m["class"]), text(m["mask"])})
		}
	}
	w.table([]string{w.say("种类", "category"), w.say("名称", "name"), w.say("敏感", "sensitive"), "JR/T 0171",
		w.say("目的、保存期限与同意之外的基础", "purposes, retention, grounds beside consent"), w.say("期满且无法定保存期的", "in the end, no statute running")}, rows)
	if len(fields) > 0 {
		w.h3(w.say("字段", "Fields"))
		w.table([]string{w.say("种类", "category"), w.say("字段", "field"), w.say("类型", "type"), "JR/T 0171", w.say("掩码", "mask")}, fields)
	}
	var never [][]string
	for _, part := range []any{catalogue["never"], w.b.Data["never"]} {
		m, _ := part.(map[string]any)
		for _, id := range slices.Sorted(maps.Keys(m)) {
			e, _ := m[id].(map[string]any)
			never = append(never, []string{id, title(e["title"]), title(e["why"]), w.cited(texts(e["cites"]))})
		}
	}
	if len(never) > 0 {
		w.h3(w.say("绝不收集", "Never taken"))
		w.table([]string{w.say("种类", "category"), w.say("名称", "name"), w.say("原因", "reason"), w.say("依据", "rests on")}, never)
	}
}

// expiry says what becomes of data in the end, in words.
func (w *writer) expiry(s string) string {
	switch s {
	case "delete":
		return w.say("删除", "deleted")
	case "anonymise":
		return w.say("匿名化", "made anonymous")
	}
	return w.say("仅存储", "stored only") // what the rules do with every other word
}
