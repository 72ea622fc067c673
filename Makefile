# Two commands for a new machine with Go and make: `make demo` and `make test`.
GO     ?= go
TOOL    = $(GO) tool -modfile=tools/go.mod
AS_OF   = 2026-06-30
BIN     = bin/prescreen
export CGO_ENABLED ?= 1

.DEFAULT_GOAL := help
.PHONY: help build demo test vet format static unit bench fuzz fixtures golden memory clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/prescreen
	@$(GO) build -trimpath -o $(BIN) ./cmd/prescreen

demo: build ## screen the shipped synthetic patients against the shipped trials and print the ranked lists
	@$(BIN) screen --rules rules --as-of $(AS_OF) --top 5 fixtures/cohort

test: vet format static unit ## everything that must pass

vet:
	$(GO) vet ./...

format: ## tell which files are not formatted
	@out=$$($(TOOL) gofumpt -l cmd internal *.go); if [ -n "$$out" ]; then echo "not formatted, run: go tool -modfile=tools/go.mod gofumpt -w ."; echo "$$out"; exit 1; fi

static: ## staticcheck
	$(TOOL) staticcheck ./...

unit: ## unit, property, golden and CLI tests, with the race detector
	$(GO) test -race -timeout 30m ./...

bench: ## the benchmarks; each prints a ratio to a baseline of the same run
	$(GO) test -run '^$$' -bench . -benchtime 1s ./...

fuzz: ## every fuzz target, 20 seconds each
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
	  echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 20s $$p || exit 1; done; done

fixtures: build ## make the synthetic patients of fixtures/ again
	rm -rf fixtures/cohort fixtures/bulk
	$(BIN) synth --patients 40 --seed 1 --as-of $(AS_OF) --gzip --out fixtures/cohort
	$(BIN) synth --patients 8 --seed 2 --as-of $(AS_OF) --gzip --ndjson --out fixtures/bulk
	$(GO) test ./internal/synth -run ProfileList -update

clean: ## remove what was built
	rm -rf bin
