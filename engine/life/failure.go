package life

import (
	"slices"
	"strings"
	"time"
)

// Failure is where and how a container, or its task, fails to start or to stop.
type Failure string

// The failures. Their texts are those of ECS semantics 5.3 [DG: Amazon ECS
// stopped tasks error codes].
const (
	FailENI            Failure = "eni"             // no network interface for the task
	FailSecrets        Failure = "secrets"         // a secret cannot be read
	FailNotFound       Failure = "notfound"        // a secret is not there
	FailAuth           Failure = "auth"            // no way to the registry
	FailInit           Failure = "init"            // a file system cannot be mounted
	FailInternal       Failure = "internal"        // ECS itself
	FailTask           Failure = "task"            // nobody says why
	FailPull           Failure = "pull"            // the image cannot be pulled
	FailCreate         Failure = "create"          // the container cannot be created
	FailVolume         Failure = "volume"          // nor its volume
	FailTimeout        Failure = "timeout"         // creating it takes longer than the agent waits
	FailRuntime        Failure = "runtime"         // the container runtime fails
	FailLogs           Failure = "logs"            // the logging driver does
	FailStart          Failure = "start"           // the container cannot be started
	FailInspect        Failure = "inspect"         // or not be seen after that
	FailStartTimeout   Failure = "start-timeout"   // starting it takes longer than the agent waits
	FailRuntimeTimeout Failure = "runtime-timeout" // or than the container runtime does
	FailStop           Failure = "stop"            // the runtime cannot stop it
	FailStuck          Failure = "stuck"           // nor can the agent
)

// stage is when a failure happens.
type stage uint8

const (
	noFailure   stage = iota
	ofInterface       // in PROVISIONING
	ofTask            // before the images are pulled
	ofPull
	ofStart // of the container: created and started
	ofStop
)

// failing is what is known of a failure.
type failing struct {
	name   Failure
	stage  stage
	prefix string // the category, and what always comes after it
	detail string // what is said when the fate has no words for it
	after  time.Duration
}

const daemon = "Error response from daemon: "

// How long the agent waits for the container runtime (ECS semantics 5.8).
const (
	pullTimeout    = 2 * time.Hour
	createTimeout  = 4 * time.Minute
	startTimeout   = 3 * time.Minute
	runtimeTimeout = time.Minute
	inspectTimeout = 30 * time.Second
)

// pullTimedOut is what the agent says of a pull that it gave up [AGENT:
// agent/engine/errors.go].
const pullTimedOut = "DockerTimeoutError: Could not transition to pulled; timed out after waiting 2h0m0s"

// failures are all failures, in the order of a task's life.
func failures() []failing {
	return []failing{
		{FailENI, ofInterface, "TaskFailedToStart: ",
			"Unexpected EC2 error while attempting to Create Network Interface with public IP assignment disabled in subnet: InsufficientFreeAddressesInSubnet", 0},
		{FailSecrets, ofTask, "ResourceInitializationError: unable to pull secrets or registry auth: ",
			"execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): AccessDeniedException", 0},
		{FailNotFound, ofTask, "ResourceNotFoundException: ",
			"fetching secret data from AWS Secrets Manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.", 0},
		{FailAuth, ofTask, "ResourceInitializationError: ",
			"The task cannot pull registry authentication from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration.", 0},
		{FailInit, ofTask, "ResourceInitializationError: ",
			"failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve the name of the file system", 0},
		{FailInternal, ofTask, "InternalError: ", "the task could not be started, try again", 0},
		{FailTask, ofTask, "Task failed to start", "", 0},
		{FailPull, ofPull, "CannotPullContainerError: " + daemon,
			"pull access denied, repository does not exist or may require authorization", 0},
		{FailCreate, ofStart, "CannotCreateContainerError: " + daemon,
			"invalid mount config for type \"bind\": bind source path does not exist", 0},
		{FailVolume, ofStart, "CannotCreateVolumeError: " + daemon, "create data: error looking up volume plugin: plugin not found", 0},
		{FailTimeout, ofStart, "DockerTimeoutError: ", "Could not transition to created; timed out after waiting 4m0s", createTimeout},
		{FailRuntime, ofStart, "ContainerRuntimeError: ", "failed to create container: failed to create shim task: OCI runtime create failed", 0},
		{FailLogs, ofStart, "ResourceInitializationError: failed to initialize logging driver: ",
			"failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.", 0},
		{FailStart, ofStart, "CannotStartContainerError: " + daemon,
			"failed to create task for container: failed to create shim task: OCI runtime create failed: exec: \"server\": executable file not found in $PATH: unknown", 0},
		{FailInspect, ofStart, "CannotInspectContainerError: ", "Could not transition to inspecting; timed out after waiting 30s", inspectTimeout},
		{FailStartTimeout, ofStart, "DockerTimeoutError: ", "Could not transition to started; timed out after waiting 3m0s", startTimeout},
		{FailRuntimeTimeout, ofStart, "ContainerRuntimeTimeoutError: ", "Could not transition to running; timed out after waiting 1m: context deadline exceeded", runtimeTimeout},
		{FailStop, ofStop, "CannotStopContainerError: " + daemon, "cannot stop container: signaling init process caused: permission denied", 0},
		{FailStuck, ofStop, "TaskStateError: ", "Agent could not progress task's state to stopped", 0},
	}
}

// failureOf is the failure of that name; the zero value when there is none.
func failureOf(name Failure) failing {
	if name == "" {
		return failing{}
	}
	all := failures()
	if i := slices.IndexFunc(all, func(f failing) bool { return f.name == name }); i >= 0 {
		return all[i]
	}
	return failing{}
}

// names are the names of all failures, to be read.
func names() string {
	all := failures()
	out := make([]string, len(all))
	for i := range all {
		out[i] = string(all[i].name)
	}
	return strings.Join(out[:len(out)-1], ", ") + " or " + out[len(out)-1]
}

// text is what is said of the failure: the category with the fate's own words,
// or with the usual ones.
func (f *failing) text(words string) string {
	if words == "" {
		words = f.detail
	}
	if f.name == FailTask && words != "" {
		return f.prefix + ": " + words
	}
	return f.prefix + words
}
