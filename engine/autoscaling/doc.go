// Package autoscaling is the arithmetic of Application Auto Scaling and of the
// CloudWatch alarms behind it: the state of an alarm over datapoints, the
// capacity that target tracking and step policies ask for, what becomes of it
// between bounds, cooldowns and other policies, and when a schedule comes up
// next.
//
// It stands on the second floor and knows numbers only: no cluster, no metric's
// source, no clock. engine/simulate measures, asks, and does what it is told.
//
//	d := autoscaling.Decide(now, autoscaling.Target{Min: 1, Max: 10, Desired: 4, Running: 4}, policies, calls)
//	d.Capacity // 7: four tasks at 80 % where 50 % is the target
//
// The rules are those of the Application Auto Scaling User Guide, cited as
// [AAS: page], and of the CloudWatch User Guide, [CW: page]. The package never
// keeps anything between two questions.
package autoscaling
