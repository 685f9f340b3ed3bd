package emulator_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/emulator"
)

// A world is an http.Handler, so a test of other code has an ECS of its own.
func ExampleNew() {
	world, err := emulator.New(emulator.Options{Ephemeral: true, Speed: emulator.SpeedMax()})
	if err != nil {
		panic(err)
	}
	defer world.Close()
	server := httptest.NewServer(world)
	defer server.Close()

	client := ecs.New(ecs.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("any", "any", ""),
	})
	made, err := client.CreateCluster(context.Background(), &ecs.CreateClusterInput{ClusterName: aws.String("shop")})
	if err != nil {
		panic(err)
	}
	fmt.Println(*made.Cluster.ClusterArn)
	// Output: arn:aws:ecs:us-east-1:123456789012:cluster/shop
}
