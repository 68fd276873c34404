/*
Command yanmen is the agent that a lender runs on its own premises, and its
tools. This comment is a tour: it follows one case through the code, in the
order in which things happen. Read it with the files open.

# The case comes in

A case file is JSON: who is asked about, on what legal ground, the loan, what
the borrower says, and the evidence. "yanmen verify FILE" (answer.go in this
folder) and "POST /v1/verify" (serve.go, [intake.Handler]) read it with the
same strict reader, [intake.Parse]. Each member has a line in a table: see the
object tables in agent/intake/case.go and evidence.go. A fault names the place
and the rule, never the value. Account statements are read on the way by
[statement.Read], which turns rows into [agent.Transaction] and guesses nothing.
What comes out is an [agent.File]: parsed, and nothing more. Nothing has been
decided, checked or kept.

The nouns are in package agent: case.go, evidence.go, transaction.go. Texts that
identify a person are [agent.Personal], which prints as a mark whatever one
does with it.

With --ask, outside sources are asked first: [agent.Agent.VerifyAsking] in
agent/ask.go has each question decided and journalled, [source.Source] sends the
listed fields, and what comes back joins what came with the file.

# One pipeline

[agent.Agent.Verify] in agent/verify.go is the whole way in one screen. It tries;
if another write came first ([agent.ErrConflict]) it decides again from the
start, and never merges. One try is the method answer:

find looks the case id and the identity number up. The store's index rows are
the keyring's PRF of the value under AES-SIV, so that the index can be tried
against a guess only with keys that die with the subject. A case that was
answered before with the same bytes gets the same answer, and that its finding
was opened is journalled first.

collect asks policy whether what came may be taken in. The question is an
[agent.CollectInput]: purposes, categories, times and the registers' entries
from the configuration, no field that could say who the person is. If policy
denies, nothing of the person is kept; the refusal itself is, under a subject
that stands for the case alone.

use asks whether the evidence may be opened. An allow becomes an [agent.Grant],
which only [agent.Agent.Authorize] makes, and [store.Store.Records] burns it and
opens what it names. gather takes the newest record of each category, and all
statements.

The checks compute facts: [identity.Check], [overdue.Figures.Check], [capacity.Figures.Check].
They are pure functions; what they do not know they say so.

judge, in Rego (policy/rego/yanmen/judge), puts a judgement on the facts:
outcome, overdue class, band, disposition, reasons. disclose decides which
claims may leave for whom, within a budget of bits. package policy is the typed
door to both: [policy.Engine].

prepare fills one [agent.Write]: records, finding, verdict, journal entry.

# One commit

[store.Store.Commit] seals in the caller's goroutine, each value under the
subject's own data key, and hands over to the committer
(agent/store/committer.go). It alone checks what the write expected, numbers the
verdict in its chain, asks for its exact bytes ([wire.Verdict]), lets
[journal.Log] make leaf and tree hashes, and writes the batch in one transaction
with one sync. Only then is the caller answered. The package comment of
agent/store is the format.

Keys are [keyring.Ring]'s: root, keyset, 4,096 shard keys, one data key a
subject. Its package comment draws the tree.

# The verdict leaves

[uplink.Uplink] reads the queue in order, has each payload signed and sealed at
the moment of sending ([seal.Agent]), and publishes it to JetStream. The broker's
acknowledgement means sent. On the other side [platform.Platform] opens,
verifies, checks the chain, hands the verdict to its ledger once, and answers
with a signed receipt. Only the receipt lets the queue entry go.

# Erasing

"yanmen erase" ends in [store.Store.Erase]: fresh keys for the shards concerned,
one transaction that moves everybody else over and drops the subject, then the
old keys are destroyed ([agent.Rekey]). An undelivered verdict becomes a
tombstone so that the chain stays whole; platforms that may hold a verdict are
told to erase.

# Who joins all this

cmd/internal/house opens the rooms in an agent's folder and is the only place
that calls [agent.New] outside tests. The commands here are thin: answer.go
(verify, import, show, erase), serve.go (run), keep.go (init, journal, fsck,
version), review.go (what waits for a person), backtest.go (the rules put to a
lender's own history), bench.go. cmd/internal/report prints the two columns.

# Exit codes

0 done; 1 failed; 2 usage or configuration; 3 a case file is faulty; 4 policy
denied a case, which is answered and recorded; 5 another agent has the folder
open; 6 wrong passphrase; 7 disk full, nothing written; 8 something stored does
not verify; 9 no such case or subject.
*/
package main
