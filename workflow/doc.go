// Package workflow is the user's verbs: push, register, create a cluster and a
// service, scale, update, run a task, bring a whole project up, watch, read and
// tail. Each verb is a method of Session; it does its work through interfaces of
// this package, tells what happens as Events, and returns a result whose outcome
// is that of the very deployment that the verb started.
//
// Floor 6: it imports ecs, taskdef, logs, image and hint, and the SDK's input
// shapes as the documents that requests are. It knows neither AWS's client nor the
// emulator: awsapi implements API, Images and logs.Source for both.
//
//	s := &workflow.Session{API: client, Images: client, Logs: client, Emit: show}
//	result, err := s.Scale(ctx, "default", "web", 15)
//
// It will never print, ask a question or decide how something looks, and it never
// rolls anything back by itself: a wait that ends early leaves the deployment
// going and says how to watch it again.
package workflow
