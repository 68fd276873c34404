// Package repotest holds no code: its tests are the rules that this repository
// keeps about itself. Which room may import which, where each vendor's library
// may be used, that every package is documented and well named, that nobody's
// real number stands in a fixture, that no machine's path is left behind, that
// links, commands and tests named in the documents exist, and that the unit
// file stays hardened.
//
// A rule that has to change is changed here, in a table, in the open. What a
// rule cannot see (a number that code puts together, an import behind another
// operating system) it does not promise.
package repotest
