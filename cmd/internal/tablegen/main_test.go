package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const head = "code,province,city,name,level,state,since,until,new\n"

func TestAreaTable_joinsTheLivesOfACode(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "history.csv", head+
		"110101,,,a,,变更,1981,1990,110102\n110101,,,b,,在用,1990,,\n"+ // renamed
		"110102,,,c,,弃用,1981,1985,\n110102,,,d,,弃用,1988,1999,\n"+ // given up twice
		"210000,,,e,,在用,1981,,\n")
	write(t, dir, "witness.csv", "code,name\n110101,b\n110103,new\n110171,zone\n")
	var log bytes.Buffer
	got, err := areaTable(filepath.Join(dir, "history.csv"), filepath.Join(dir, "witness.csv"), &log)
	if err != nil {
		t.Fatal(err)
	}
	if want := "\n1101 01 02-99\n2100 00\n"; !strings.HasSuffix(string(got), want) || !strings.Contains(string(got), "1981 to 1999;") {
		t.Errorf("table %q, want %q", got, want)
	}
	if got := log.String(); !strings.Contains(got, "110103") || strings.Contains(got, "110171") {
		t.Errorf("log %q, want the code that one source lacks, and no zone", got)
	}

	write(t, dir, "witness.csv", "code,name\n110102,d\n")
	if _, err := areaTable(filepath.Join(dir, "history.csv"), filepath.Join(dir, "witness.csv"), &log); err == nil {
		t.Error("sources that contradict each other: no error")
	}
}

func TestVariantTable_tellsShapesFromCharacters(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "TWVariants.txt", "# head\n爲\t為\n")
	write(t, dir, "HKVariants.txt", "只\t只 衹\n衛\t衞\n")
	write(t, dir, "CJK_Compatibility_Ideographs.txt", "\uF900\t豈\n")
	write(t, dir, "TSCharacters.txt", "爲\t为\n為\t为\n偉\t伟\n後\t后\n發\t发\n髮\t发\n衛\t卫\n")
	write(t, dir, "STCharacters.txt", "为\t爲 為\n伟\t偉\n后\t後 后\n发\t發 髮\n卫\t衛\n")
	got, err := variantTable(dir)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(got), "\n")
	if want := "为為爲 伟偉 卫衛衞 豈\uF900"; lines[1] != want {
		t.Errorf("clear %q, want %q", lines[1], want)
	}
	if want := "发發髮 后後"; lines[2] != want {
		t.Errorf("merged %q, want %q", lines[2], want)
	}
}
