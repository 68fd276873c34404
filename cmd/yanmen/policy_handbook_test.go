package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/yanmen/yanmen/cmd/internal/house"
)

var updateHandbook = flag.Bool("update-handbook", false, "write docs/policy/handbook*.md")

// The committed handbook is the one that the rules, registers and scenarios make.
func TestHandbook_isCurrent(t *testing.T) {
	digest, err := house.RulesDigest()
	if err != nil {
		t.Fatal(err)
	}
	for lang, name := range map[string]string{"en": "handbook.md", "zh": "handbook.zh-CN.md"} {
		want, err := handbookPage(context.Background(), nil, digest, os.DirFS(filepath.Join("..", "..", "policy", "scenarios")), lang, "md")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("..", "..", "docs", "policy", name)
		if *updateHandbook {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/policy/%s is stale: go test ./cmd/yanmen -run Handbook -update-handbook", name)
		}
	}
}
