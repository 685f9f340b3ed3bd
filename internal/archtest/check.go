package archtest

// Check holds the module in the folder root against the law and returns every
// violation, sorted by package and place.
func Check(root string) ([]Violation, error) {
	return check(root, law())
}

func check(root string, rooms []room) ([]Violation, error) {
	module, err := modulePath(root)
	if err != nil {
		return nil, err
	}
	pkgs, err := listAll(root)
	if err != nil {
		return nil, err
	}
	found := checkImports(module, rooms, pkgs)
	sources, broken, err := load(module, root)
	if err != nil {
		return nil, err
	}
	found = append(found, broken...)
	for _, s := range sources {
		r, listed := roomOf(rooms, s.name)
		found = append(found, checkCustoms(s, r)...)
		if listed && r.purity == pure {
			found = append(found, checkPure(s)...)
		}
	}
	return byPlace(found), nil
}
