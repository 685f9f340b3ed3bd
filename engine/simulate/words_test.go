package simulate_test

import (
	"strconv"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// speeches are the words of the conversations: each part of the engine adds a
// line here, and words_FEATURE_test.go says what its words mean.
func speeches() []speech {
	return []speech{
		timeWords(),

		// The fleet.
		instanceWords(),
		capacityWords(),
		faultWords(),

		// Services and their deployments.
		serviceWords(),
		rebalancingWords(),

		// What runs, and how it ends.
		taskWords(),
		containerWords(),
		imageWords(),
		stateChangeWords(),

		// How many tasks of it there are.
		scalingWords(),

		// What is close to a service.
		loadBalancerWords(),
		registryWords(),
		explainWords(),
		taskSetWords(),
		protectionWords(),
		deploymentWords(),
	}
}

// speech is what one part of the engine adds to the conversations: words of its
// own, and arguments to the words of others. Argument functions read their
// arguments and leave everything alone that was not asked for.
type speech struct {
	words []word

	instance      func(k *talk, a *arguments, i *ecs.ContainerInstance)       // of the word instances
	definition    func(k *talk, a *arguments, d *ecs.TaskDefinition)          // of all words that need one
	configuration func(k *talk, a *arguments, d *ecs.DeploymentConfiguration) // of service, and of update when it names one of changes
	changes       []string                                                    // arguments of configuration
	service       func(k *talk, a *arguments, c *scheduler.CreateService)     // of the word service
	update        func(k *talk, a *arguments, u *scheduler.UpdateService)     // of the word update
	run           func(k *talk, a *arguments, r *scheduler.RunTask)           // of the word run
	show          func(k *talk, s *ecs.Service)                               // more lines of the word show
	news          func(k *talk)                                               // after each line and each moment
}

// word is the first of a line, and does what the line says.
type word struct {
	name string
	say  func(k *talk, a *arguments)
}

// arguments are the rest of a line: plain words, and KEY=VALUE. What nobody reads
// is an error.
type arguments struct {
	t     *testing.T
	plain []string
	given map[string]string
	read  map[string]bool
}

// name is the first plain word.
func (a *arguments) name() string {
	if len(a.plain) == 0 {
		a.t.Fatal("a name is missing")
	}
	return a.plain[0]
}

// text is an argument, or "".
func (a *arguments) text(key string) string {
	a.read[key] = true
	return a.given[key]
}

func (a *arguments) has(key string) bool {
	_, ok := a.given[key]
	return ok
}

func (a *arguments) yes(key string) bool { return a.text(key) == "yes" }

func (a *arguments) number(key string, otherwise int) int {
	if text := a.text(key); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			a.t.Fatal(err)
		}
		return n
	}
	return otherwise
}

func (a *arguments) duration(key string, otherwise time.Duration) time.Duration {
	if text := a.text(key); text != "" {
		return a.parse(text)
	}
	return otherwise
}

func (a *arguments) parse(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		a.t.Fatal(err)
	}
	return d
}
