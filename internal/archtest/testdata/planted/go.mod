module planted

go 1.26.0

require (
	example.com/foreign v0.0.0
	github.com/aws/aws-sdk-go-v2 v0.0.0
)

replace example.com/foreign => ./foreign

replace github.com/aws/aws-sdk-go-v2 => ./sdk
