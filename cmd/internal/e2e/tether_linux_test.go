package e2e

import "syscall"

// dieWithParent has the kernel kill a program whose test was killed itself.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
