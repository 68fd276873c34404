// Package goldencases holds cases of borrowers with the answer that a careful
// credit officer gives, in files that such an officer can read and add to:
// testdata/README.md says how. Its tests put them through the checks and the rules
// by which the agent answers, and hold over them what must hold of every case.
package goldencases
