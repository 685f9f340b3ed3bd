// Package metrics counts what the emulator does and writes numbers in the text
// form of Prometheus (version 0.0.4).
//
// Floor 6, a part of emulator: it imports the standard library alone.
//
//	requests := metrics.NewRequests(map[string][]string{"ECS": {"ListTasks"}})
//	requests.Of("ECS", "ListTasks").Done(200, "", took)
//
//	page := &metrics.Page{}
//	page.Family("gantry_world_speed", metrics.Gauge, "How fast the clock goes.")
//	page.Sample("gantry_world_speed", 10)
//	requests.Write(page)
//
// To count costs a request two look-ups and a few atomic additions: there is no
// lock, and nothing is allocated. It never asks the time and never opens a
// connection.
package metrics
