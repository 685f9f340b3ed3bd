# The front door for those who type make; the work is done by the go command and
# by .ci/run.

SEEDS ?= 100000
START ?= 1
KILLS ?= 500

.PHONY: build test check lint simulate kill bench-api update

# The binary ./gantry for this machine.
build:
	CGO_ENABLED=0 go build -o gantry .

test:
	go test ./...

# Everything that has to hold before a change lands.
check:
	.ci/run

lint:
	.ci/run format vet lint law

# The laws of the engine over many simulated worlds, from seed START on. A world
# that breaks one ends as a short story and the line that replays it; with ALL=1
# the rest is played too, and each seed that breaks one is told.
simulate:
	go test ./engine/simulate -run TestLaws -count=1 -timeout=0 -v -args -seeds=$(SEEDS) -start=$(START) $(if $(ALL),-all)

# Kill a process that writes into a world, again and again, and look for what it
# was answered.
kill:
	GANTRY_KILLS=$(KILLS) go test ./emulator -run TestKill -count=1 -timeout=0 -v

# Measure the emulator and another one beside it: calls a second, processor time,
# latencies, start and memory, and the ratios. AGAINST=none leaves the other one
# out, ENDPOINT=URL measures that one alone, QUICK=1 is for trying; ONLY=RunTask
# measures one operation, SYNC=always the other mode.
bench-api:
	CGO_ENABLED=0 go build -o gantry .
	go run ./internal/bench/api $(if $(QUICK),-quick) $(if $(ONLY),-only $(ONLY)) $(if $(SYNC),-sync $(SYNC)) \
		$(if $(ENDPOINT),-endpoint $(ENDPOINT) -gantry none -against none,$(if $(AGAINST),-against $(AGAINST)))

# Write the golden files anew; read the diff before committing it.
update:
	GANTRY_UPDATE=1 go test ./...
