package agent

// A Statement is the normalised content of one account statement: what a check
// needs and no text. The file itself is not kept.
type Statement struct {
	Format string // alipay, wechat, icbc, cmb; map: by a declared map of columns
	// Account is a label that the case file gives to the account, so that two
	// statements of one account are not counted twice. Never a number.
	Account string
	From    Date // first and last day covered; from the banner, or the rows
	To      Date
	// Account of every row: Rows = len(Transactions) + Refused.
	Rows    int64
	Refused int64
	// Warnings are codes such as "total.differs", sorted, without duplicates.
	Warnings     []string
	Transactions []Transaction // in the order of the file
}

// A Transaction is one row of a statement.
type Transaction struct {
	At      int64 // seconds; a date without time is its first instant
	Amount  int64 // fen, never negative
	Balance Int   // fen after the transaction, if the statement says so
	Flow    Flow  // in, out or neither
	Kind    Kind  // what it is
	Party   Party // who is on the other side
	Channel Channel
	State   State
	// Payer groups rows with the same other side inside one statement: 0 is
	// unknown, else the order of first appearance. It names nobody.
	Payer uint16
}

// Flow is the direction of money as seen by the subject.
type Flow uint8

// The flows. Neutral moves nothing in or out of the subject's hands.
const (
	FlowUnknown Flow = iota
	FlowIn
	FlowOut
	FlowNeutral
)

// Kind is what a transaction is. Only the kinds for which [Kind.IsIncome] holds
// are ever counted as income; KindUnknown never is.
type Kind uint8

// The kinds.
const (
	KindUnknown     Kind = iota
	KindSalary           // 工资, 代发
	KindBenefit          // social benefit, pension, unemployment
	KindHousingFund      // 公积金
	KindReceipt          // business receipts: QR collection, merchant settlement
	KindTransferIn       // from another person
	KindInterest         // interest, yield
	KindRedPacket        // 红包
	KindRefund           // refund of an earlier payment
	KindOwnTransfer      // between the subject's own accounts
	KindTopUp            // bank → wallet
	KindWithdrawal       // wallet → bank, cash
	KindInvestment       // bought or sold funds, wealth products
	KindLoanIn           // loan paid out to the subject
	KindRepayment        // loan or card repayment
	KindPurchase         // spending
	KindTransferOut      // to another person
	KindFee              // charge
	KindMedical          // hospital, pharmacy
	numKinds
)

// IsIncome reports whether an inflow of this kind may count as income.
func (k Kind) IsIncome() bool {
	switch k {
	case KindSalary, KindBenefit, KindReceipt:
		return true
	}
	return false
}

var kindNames = [numKinds]string{"unknown", "salary", "benefit", "housing_fund", "receipt", "transfer_in",
	"interest", "red_packet", "refund", "own_transfer", "top_up", "withdrawal", "investment", "loan_in",
	"repayment", "purchase", "transfer_out", "fee", "medical"}

// String returns the kind's code.
func (k Kind) String() string {
	if k < numKinds {
		return kindNames[k]
	}
	return "unknown"
}

// Party is the kind of counterparty.
type Party uint8

// The parties.
const (
	PartyUnknown Party = iota
	PartySelf
	PartyPerson
	PartyMerchant
	PartyEmployer
	PartyPublic // state bodies, social insurance, housing fund
	PartyBank
	PartyPlatform // wallet or fund platform
)

// Channel is how a transaction was made.
type Channel uint8

// The channels.
const (
	ChannelUnknown Channel = iota
	ChannelBank
	ChannelCard
	ChannelAlipay
	ChannelWeChat
	ChannelCash
)

// State is what became of a transaction. Only StateSettled moves money.
type State uint8

// The states.
const (
	StateUnknown State = iota
	StateSettled
	StatePending
	StateFailed
	StateClosed
	StateRefunded
)
