package placement

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"time"
)

// Clock keeps a function that is not called here.
var Clock = time.Now

// Breach asks the world.
func Breach(start time.Time, m any) {
	time.Sleep(time.Since(start))
	<-time.After(time.Second)
	fmt.Println(start.Local(), start.In(time.Local), rand.IntN(3), rand.N(3))
	for it := reflect.ValueOf(m).MapRange(); it.Next(); {
		print(it)
	}
}
