// Package query is the cluster query language of Amazon ECS: the expressions of
// memberOf placement constraints and of the filter of ListContainerInstances.
//
// Floor 1: it imports the standard library without I/O, and nothing of ours.
//
//	e, err := query.Parse("attribute:ecs.instance-type =~ t2.* and runningTasksCount < 10")
//	if err != nil {
//		return err // *query.SyntaxError: knows where; Mark() draws a caret there
//	}
//	if e.Match(instance) { … }
//
// What the language is, is ECS semantics 1 [DG: Create expressions to define
// container instances for Amazon ECS tasks]. Where that is silent, we decided:
//
//   - not binds tighter than and, and tighter than or;
//   - keywords are lower case, values are case-sensitive;
//   - a regular expression must match the whole value (Java's matches()), and is
//     read by Go's RE2, which has neither lookaround nor backreferences;
//   - <, <=, > and >= on an attribute compare numbers when both sides are
//     numbers, else versions when both are, else text;
//   - double quotes work like single quotes, because shells bring them;
//   - an attribute without a value matches no pattern and no comparison, as it
//     equals no text: only exists, !=, !in and !~ hold for it;
//   - attribute:x != v needs the attribute to be there [containers-roadmap 486],
//     while task:group != g means that no task of the group is there.
//
// The package never looks anything up: whatever it asks about an instance, it
// asks its Subject. It never places a task; engine/placement does.
package query
