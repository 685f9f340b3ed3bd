// Package target says how a target of a load balancer's target group is: new,
// healthy, unhealthy, draining its connections, or no target any more.
//
// It stands on the second floor and decides without knowing of tasks, services
// or container instances. A target is registered, answers health checks or does
// not, and is deregistered; what follows from that, and when, is worked out from
// the settings of the target group. Nothing is done check by check: while a
// target goes on as it is, a thousand checks cost what one does, and Next says
// when its state will change, if ever.
//
//	s := target.SettingsOf(&group)
//	t := target.Register(now)
//	at, ok := t.Next(&s) // healthy at that time
//	t.Advance(&s, at)
//	t.Deregister(&s, now)
//
// The package has no clock, keeps no list of targets and sends no request.
package target
