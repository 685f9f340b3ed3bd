package api

import (
	"context"
	"errors"
	"reflect"
	"sort"
)

// Answered is an operation as a client finds it.
type Answered struct {
	Service string       // the target, or the version of the API for a form
	Name    string       // of the operation
	Version string       // of AWS Query and EC2 Query, for forms
	EC2     bool         // the form is EC2's
	SDK     bool         // its members are those of the SDK's struct
	Input   reflect.Type // what a request is read into
}

// AllAnswered are the operations of every service, in order.
func AllAnswered() []Answered {
	var all []Answered
	add := func(of Answered, operations map[string]operation) {
		for _, name := range sortedKeys(operations) {
			of.Name, of.Input = name, inputOf(operations[name])
			all = append(all, of)
		}
	}
	for target, s := range New(Config{}).services {
		add(Answered{Service: target, SDK: true}, s.operations)
	}
	for _, f := range aroundFamilies() {
		add(Answered{Service: f.target, Version: f.version, EC2: f.ec2}, f.operations)
	}
	sort.SliceStable(all, func(i, j int) bool {
		return all[i].Service+all[i].Version+all[i].Name < all[j].Service+all[j].Version+all[j].Name
	})
	return all
}

// inputOf asks an operation what it reads.
func inputOf(run operation) (input reflect.Type) {
	_, _ = run(context.Background(), nil, nil, func(into any) error {
		input = reflect.TypeOf(into).Elem()
		return errors.New("that was all")
	})
	return input
}
