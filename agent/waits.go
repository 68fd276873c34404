package agent

// FindingWaits reports whether a finding, as a store opened it, is of a case that
// waits for a person: such a case has a mark in the queue of reviews, and no other
// has. ok is false if it is no finding.
func FindingWaits(finding []byte) (waits, ok bool) {
	f, ok := decodeFinding(finding)
	return ok && f.Result.Review.waits(), ok
}
