package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/statement/statementtest"
)

// scriptMonths puts statements into a case file, one of each month that explain --json
// just said to be missing, or of the first N of them, and nothing else.
func scriptMonths(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: months FILE FROM [N]")
	}
	var said struct {
		Months struct {
			Missing []agent.Date `json:"missing"`
		} `json:"months"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &said))
	missing := said.Months.Missing
	if len(args) == 3 {
		n, err := strconv.Atoi(args[2])
		ts.Check(err)
		missing = missing[:n]
	}
	var file map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &file))
	owner := file["subject"].(map[string]any)["name"].(string)
	evidence, c := file["evidence"].(map[string]any), file["case"].(map[string]any)
	list, _ := evidence["statements"].([]any)
	for _, first := range missing {
		var b bytes.Buffer
		_, err := statementtest.WeChat(&b, statementtest.Profile{Seed: uint64(first), Owner: owner, From: first, Months: 1, Receipts: 1_550_000, Spending: 500_000, SpendingRows: 30})
		ts.Check(err)
		list = append(list, map[string]any{"source": "borrower", "collected_at": c["as_of"], "format": "wechat", "account": "wallet",
			"inline": base64.StdEncoding.EncodeToString(b.Bytes())})
	}
	evidence["statements"] = list
	c["id"] = c["id"].(string) + "-" + strconv.Itoa(len(list))
	b, err := json.Marshal(file)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}
