package policy

import "strings"

const (
	mostWildcards = 4  // in one pattern [ECR-UG: tagPatternList]
	leastArchived = 90 // days in the archive before an image may expire [ECR-UG: archiving an image]
)

// check is what the schema cannot say. A rule about any image is the last of its
// storage class, and one rule of a class is about untagged images.
// That other policies are refused is documented [ECR-UG: lifecycle policy properties]; the sentences are ours.
func (p Policy) check() error {
	seen := map[int]bool{}
	untagged, last := map[string]int{}, map[string]int{}
	for _, rule := range p.Rules {
		if seen[rule.Priority] {
			return problem("Rule priorities must be unique, but %d is given more than once", rule.Priority)
		}
		seen[rule.Priority] = true
		if err := rule.check(); err != nil {
			return problem("Rule with priority %d: %s", rule.Priority, err)
		}
		class := rule.Selection.StorageClass
		if before, found := last[class]; found {
			return problem("The rule with tagStatus any must have the highest priority number, but rule %d comes after rule %d", rule.Priority, before)
		}
		switch rule.Selection.TagStatus {
		case Any:
			last[class] = rule.Priority
		case Untagged:
			if before, found := untagged[class]; found {
				return problem("Only one rule may select untagged images, but rules %d and %d do", before, rule.Priority)
			}
			untagged[class] = rule.Priority
		}
	}
	return nil
}

func (r Rule) check() error {
	if err := r.Selection.check(); err != nil {
		return err
	}
	switch transitioned := r.Selection.CountType == SinceTransitioned; {
	case transitioned && r.Action.Type != Expire:
		return problem("images in the archive can only expire")
	case transitioned && r.Selection.CountNumber < leastArchived:
		return problem("images stay in the archive for at least %d days, so countNumber cannot be %d", leastArchived, r.Selection.CountNumber)
	case (r.Action.Type == Transition) != (r.Action.TargetStorageClass != ""):
		return problem("targetStorageClass goes with the action transition, and only with it")
	}
	return nil
}

func (s Selection) check() error {
	tags := len(s.TagPatterns) + len(s.TagPrefixes)
	switch {
	case s.TagStatus == Tagged && tags == 0:
		return problem("tagStatus tagged needs a tagPatternList or a tagPrefixList")
	case s.TagStatus != Tagged && tags > 0:
		return problem("tagPatternList and tagPrefixList are only for tagStatus tagged, not %s", s.TagStatus)
	case len(s.TagPatterns) > 0 && len(s.TagPrefixes) > 0:
		return problem("tagPatternList and tagPrefixList exclude each other")
	case s.CountType == CountMoreThan && s.CountUnit != "":
		return problem("countUnit is not for countType %s", s.CountType)
	case s.CountType != CountMoreThan && s.CountUnit == "":
		return problem("countType %s needs the countUnit days", s.CountType)
	case (s.CountType == SinceTransitioned) != (s.StorageClass == Archive):
		return problem("storageClass archive goes with countType %s, and no other does", SinceTransitioned)
	}
	for _, pattern := range s.TagPatterns {
		if strings.Count(pattern, "*") > mostWildcards {
			return problem("the tag pattern %q has more than %d wildcards", pattern, mostWildcards)
		}
	}
	return nil
}
