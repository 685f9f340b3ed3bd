# The front door for those who type make; the work is done by the go command and
# by .ci/run.

SEEDS ?= 100000
START ?= 1

.PHONY: build test check lint simulate update

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

# Write the golden files anew; read the diff before committing it.
update:
	GANTRY_UPDATE=1 go test ./...
