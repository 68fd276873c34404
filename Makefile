# make demo    the main job, from a borrower's file to a sealed verdict
# make test    every test; no cgo, no service, no network
# make check   what the continuous build runs
# make build   static binaries in bin/
# make bench   benchmarks of the packages; yanmen bench measures the whole
# make fuzz    every fuzz target for FUZZTIME each

GO       ?= go
FUZZTIME ?= 10s
BENCH    ?= .

# Says so plainly, instead of make's own words.
NEED_GO = $(GO) version >/dev/null 2>&1 || { echo 'the Go toolchain is needed: https://go.dev/doc/install' >&2; exit 1; }

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  = -s -w -X main.Version=$(VERSION)
# Flags given here win over those in GOFLAGS.
BUILD    = CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)'

.PHONY: demo test check build bench fuzz fmt vet static race interop clean
.NOTPARALLEL:
.DEFAULT_GOAL := build

demo:
	@$(NEED_GO)
	@mkdir -p bin
	@$(BUILD) -o bin/yanmen-hub ./cmd/yanmen-hub
	@bin/yanmen-hub demo

test:
	@$(NEED_GO)
	CGO_ENABLED=0 $(GO) test -timeout 30m ./...

build:
	@$(NEED_GO)
	@mkdir -p bin
	$(BUILD) -o bin/ ./cmd/...

# The README's own two commands are part of what is checked.
check: fmt vet static race interop test demo

fmt:
	@out="$$("$$($(GO) env GOROOT)/bin/gofmt" -l .)"; \
	if [ -n "$$out" ]; then echo 'not formatted by gofmt:' >&2; echo "$$out" >&2; exit 1; fi

vet:
	$(GO) vet ./...

# staticcheck is pinned in a module of its own, so that it adds nothing to the
# product's dependencies.
static:
	@mkdir -p bin
	@$(GO) build -C tools -o ../bin/staticcheck honnef.co/go/tools/cmd/staticcheck
	bin/staticcheck ./...

race:
	CGO_ENABLED=1 $(GO) test -race -timeout 30m ./...

# Another language's JOSE library verifies a verdict against the exported keys; the
# stock opa command, pinned in tools/, decides as the engine does.
interop:
	cd sync/wire/interop && npm ci --silent --no-audit --no-fund
	$(GO) test -count=1 -tags interop -run AnotherLanguage ./crypto/seal ./cmd/yanmen-hub
	$(GO) test -count=1 -tags interop -run stockCommand ./policy

bench:
	CGO_ENABLED=0 $(GO) test -run '^$$' -bench '$(BENCH)' -benchmem ./...

# go test takes one target at a time. Minimising is kept short: it would
# otherwise eat the time of a short run.
fuzz:
	@set -e; grep -rlE --include='*_test.go' '^func Fuzz[A-Z]' . | sort | while read -r file; do \
		for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]+)\(.*/\1/p' "$$file"); do \
			echo "$$(dirname "$$file") $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$(dirname "$$file")" || exit 1; \
		done; \
	done

clean:
	rm -rf bin demo
