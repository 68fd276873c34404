// Package e2e tests the programs as they are shipped: it builds yanmen and
// yanmen-hub once and drives them as processes, by their command lines, the
// HTTP door, signals, system calls and the files they leave behind.
//
// Here stand the tests of promises that only a whole process can keep or break:
// that a kill at any moment loses nothing and says nothing twice, that no answer
// leaves before its sync, that after an erasure no file opens, that a full disk
// is an error and not an end. What one room promises is tested in that room.
//
// The tests need nothing but the Go toolchain: no service, no fixed port, no
// tool of tracing. Programs are killed with the test that started them.
package e2e
