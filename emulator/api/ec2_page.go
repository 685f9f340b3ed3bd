package api

type (
	// EC2Paged is what a Describe operation takes that answers in pages.
	EC2Paged struct {
		MaxResults *int32
		NextToken  *string
	}
	// EC2Page is what it answers beside what it describes.
	EC2Page struct {
		NextToken *string `shape:"nextToken"`
	}
)

// ec2Page cuts a page out of things that are sorted by id. Who says no MaxResults
// gets everything [EC2 API: DescribeInstances].
func ec2Page[T any](q *EC2Paged, ids []string, all []T, idOf func(*T) string) ([]T, EC2Page, error) {
	const least, most = 5, 1000
	if q.MaxResults != nil {
		switch n := *q.MaxResults; {
		case len(ids) > 0:
			return nil, EC2Page{}, refuse("InvalidParameterCombination", "The parameter MaxResults cannot be used with ids in the same call")
		case n < least:
			return nil, EC2Page{}, refuse("InvalidParameterValue", "Value ( %d ) for parameter maxResults is invalid. Expecting a value greater than or equal to %d.", n, least)
		case n > most:
			return nil, EC2Page{}, refuse("InvalidParameterValue", "Value ( %d ) for parameter maxResults is invalid. Expecting a value less than or equal to %d.", n, most)
		}
	}
	cut, next, err := pageOf(all, idOf, q.NextToken, q.MaxResults, max(len(all), 1), most)
	if err != nil {
		return nil, EC2Page{}, refuse("InvalidNextToken", "%s", err.Error())
	}
	return cut, EC2Page{next}, nil
}
