# The front door for those who type make; the work is done by the go command and
# by .ci/run.

SEEDS ?= 100000

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

# The laws of the scheduler over many simulated worlds: make simulate SEEDS=1000000
simulate:
	go test ./engine/simulate -run TestLaws -count=1 -timeout=0 -v -args -seeds=$(SEEDS)

# Write the golden files anew; read the diff before committing it.
update:
	GANTRY_UPDATE=1 go test ./...
