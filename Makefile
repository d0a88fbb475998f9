# pg_clv. `make` lists what there is to do; the work is done by the scripts in .ci/.
# PG_CONFIG=/path/to/pg_config chooses another PostgreSQL (14 to 18) for every target.

MAKEFLAGS += --no-print-directory
export PG_CONFIG

.PHONY: help demo psql test check accept fuzz drivers bench install stop clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

demo: ## from an orders table to scored customers, in a private throw-away PostgreSQL
	@.ci/demo

psql: ## a prompt in the database of the demo
	@.ci/psql

test: ## all tests: the maths, the extension, the suites, README.md, dump and restore
	@.ci/test

check: ## format and lints, a warning is an error
	@.ci/check

accept: ## takes the outputs of the suites and of README.md as expected: review with git diff
	@.ci/test --accept

fuzz: ## calls every function with odd values: make fuzz CALLS=1000000 SEED=1
	@CALLS=$(or $(CALLS),1000000) SEED=$(SEED) sh -c ".ci/bootstrap && .ci/build && tests/server/fuzz"

drivers: ## what psycopg, SQLAlchemy, asyncpg and dbt make of it, with their packages from PyPI
	@tests/drivers/run

bench: ## side by side with SQL and lifetimes, into benches/RESULTS.md: make bench SIZE=100k or 1m
	@SIZE=$(SIZE) benches/run

install: ## installs pg_clv into your own server: make install PG_CONFIG=/path/to/pg_config
	@.ci/install

stop: ## stops the private PostgreSQL
	@.ci/cluster stop

clean: ## stops the private PostgreSQL and deletes everything that was built
	@.ci/cluster stop || true
	@cargo clean --quiet
	@rm -rf target
