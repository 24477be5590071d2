# `make run` and `make test` do all the set-up; the rest is for daily work.

TOOLS := $(CURDIR)/.tools
# What the set-up installs for this project comes before what the machine has.
export PATH := $(TOOLS)/bin:$(CURDIR)/tools/node_modules/.bin:$(PATH)
RELEASE := target/release/latchkey
LOCKED := --lib-cargo-args=--locked --bin-cargo-args=--locked

.PHONY: run dev build test bench lighthouse release audit setup setup-test fmt lint
.PHONY: new # with: template

## Build the release and serve it on http://localhost:3000
run: build
	$(RELEASE)

## Serve a debug build that follows the source
dev: setup
	cargo leptos watch

build: setup
	cargo leptos build $(LOCKED) --release --precompress

## Every test: Rust over the router on SQLite and PostgreSQL, then Playwright in a real Chromium
test: setup-test
	env -u TEST_POSTGRES_URL cargo test --locked --features ssr
	tools/postgres cargo test --locked --features ssr --lib
	tools/postgres cargo test --locked --features ssr --test postgres -- --ignored
	tools/postgres cargo test --locked --features ssr --test transfer -- --ignored # with: transfer
	cargo leptos build $(LOCKED)
	cd end2end && CHROMIUM=$$(../tools/setup chromium) npx playwright test
	node --test tools/bytes.test.mjs
	node --test tools/new.test.mjs # with: template

# with: template {
## An app of your own from this one: make new NAME=acme DIR=../acme [WITHOUT=transfer,people,totp,mail]
new:
	@tools/new.mjs "$(NAME)" "$(DIR)" "$(WITHOUT)"
# with: template }

## One archive that runs on a machine without any of this
release: build
	tools/release

## What it does in a second and what that costs, on both databases, and how soon a page works
bench: setup-test build
	POSTGRES_FSYNC=on tools/postgres --or-without cargo bench --locked --features ssr --bench load
	cd end2end && CHROMIUM=$$(../tools/setup chromium) node bench.mjs

## What Lighthouse says of the pages for strangers
lighthouse: setup-test build
	cd end2end && CHROMIUM=$$(../tools/setup chromium) node lighthouse.mjs

## Licences, known vulnerabilities and sources of what this is built from
audit:
	tools/audit

setup:
	tools/setup build

setup-test: setup
	tools/setup test

fmt:
	cargo fmt

## Formatting and lints, for the server and for the browser half
lint: setup
	cargo fmt --check
	cargo clippy --locked --features ssr --all-targets -- -D warnings
	cargo clippy --locked --lib --features hydrate --target wasm32-unknown-unknown -- -D warnings
