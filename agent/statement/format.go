package statement

import (
	"bytes"
	"strings"

	"github.com/yanmen/yanmen/agent"
)

// A field is what a column means to the reader.
type field int

const (
	fTime     field = iota
	fClass          // what the institution calls the row: the ground of every rule
	fParty          // the other side
	fItem           // goods, place or note
	fDetail         // a second such column
	fFlow           // 收/支
	fAmount         // with fFlow, or signed
	fIn             // amount that came in
	fOut            // amount that went out
	fBalance        // after the row
	fCurrency       // renminbi or refused
	fState          // what became of it
	fClock          // time of day, where it stands apart
	fSerial         // a number of the row's own
	numFields
)

// A format is one kind of export, as data.
type format struct {
	name    string
	channel agent.Channel // of every row; zero: told by words, row by row
	// columns gives the names that each field's column may have; a field
	// without names is not in the format. All but the optional must be there.
	columns  [numFields][]string
	optional [numFields]bool
	rules    []rule
	states   []stateRule // empty: what is on the statement was booked
	mapped   *Map        // the map that the format was made of, or nil
	named    bool        // a mapped format has names in its header
	// serialDate gives the day that a serial holds, as 20240102, or nil. A row
	// may come serialLag days after it: goods are paid for on arrival.
	serialDate func(serial []byte) []byte
	serialLag  int
	// realNames: the other side is named as the bank knows it, not as a user
	// calls himself.
	realNames bool
}

var formats = [...]*format{
	{
		name:    "alipay",
		channel: agent.ChannelAlipay,
		columns: [numFields][]string{
			fTime: {"交易时间"}, fClass: {"交易分类"}, fParty: {"交易对方"}, fItem: {"商品说明"},
			fFlow: {"收/支"}, fAmount: {"金额", "金额(元)"}, fState: {"交易状态"}, fSerial: {"交易订单号", "交易号"},
		},
		optional: [numFields]bool{fSerial: true},
		serialDate: func(serial []byte) []byte {
			if len(serial) < 28 { // older numbers, and masked ones
				return nil
			}
			return serial[:8]
		},
		serialLag: 90,
		rules:     alipayRules,
		states:    alipayStates,
	},
	{
		name:    "wechat",
		channel: agent.ChannelWeChat,
		columns: [numFields][]string{
			fTime: {"交易时间"}, fClass: {"交易类型"}, fParty: {"交易对方"}, fItem: {"商品"},
			fFlow: {"收/支"}, fAmount: {"金额(元)"}, fState: {"当前状态"}, fSerial: {"交易单号"},
		},
		optional: [numFields]bool{fSerial: true},
		serialDate: func(serial []byte) []byte {
			if len(serial) != 28 || !bytes.HasPrefix(serial, []byte("42000")) { // payments; others hold their date otherwise or not at all
				return nil
			}
			return serial[10:18]
		},
		serialLag: 7,
		rules:     wechatRules,
		states:    wechatStates,
	},
	{
		name: "icbc",
		columns: [numFields][]string{
			fTime: {"交易日期"}, fClass: {"摘要"}, fParty: {"对方户名"}, fItem: {"交易场所"}, fDetail: {"交易详情"},
			fIn: {"记账金额(收入)"}, fOut: {"记账金额(支出)"}, fBalance: {"余额"}, fCurrency: {"记账币种"},
		},
		optional:  [numFields]bool{fDetail: true},
		rules:     bankRules,
		realNames: true,
	},
	{
		name: "cmb",
		columns: [numFields][]string{
			fTime: {"记账日期"}, fClass: {"交易摘要"}, fParty: {"对手信息"}, fItem: {"客户摘要"},
			fAmount: {"交易金额"}, fBalance: {"联机余额"}, fCurrency: {"货币"},
		},
		optional:  [numFields]bool{fItem: true},
		rules:     bankRules,
		realNames: true,
	},
}

func formatNamed(name string) *format {
	for _, f := range formats {
		if f.name == name {
			return f
		}
	}
	return nil
}

// layout is where the fields of a table are.
type layout struct {
	at    [numFields]int // column, or -1
	width int            // columns of the header, blank ones at its end included
	need  int            // cells that a row must have
}

// header reports whether cells are the format's header. A column that occurs
// twice is an error: which of the two to believe would be a guess.
func (f *format) header(cells [][]byte) (lay layout, ok bool, err error) {
	lay.width = len(cells)
	duplicate := false
	for fd, names := range f.columns {
		lay.at[fd] = -1
		for col, cell := range cells {
			if !oneOf(cell, names) {
				continue
			}
			duplicate = duplicate || lay.at[fd] >= 0
			lay.at[fd] = col
			if fd != int(fSerial) || f.mapped != nil { // known formats are read without it
				lay.need = max(lay.need, col+1)
			}
		}
		if len(names) > 0 && lay.at[fd] < 0 && !f.optional[fd] {
			return layout{}, false, nil
		}
	}
	if duplicate || f.mapped != nil && !f.mapped.place(&lay) {
		return layout{}, true, &Error{Rule: "header.duplicate"}
	}
	return lay, true, nil
}

var narrow = strings.NewReplacer("（", "(", "）", ")", " ", "")

func oneOf(cell []byte, names []string) bool {
	if len(names) == 0 || len(cell) > maxName {
		return false
	}
	s := narrow.Replace(string(cell))
	for _, n := range names {
		if s == n {
			return true
		}
	}
	return false
}

// flowOf reads the 收/支 column.
func flowOf(cell []byte) agent.Flow {
	switch string(cell) {
	case "收入":
		return agent.FlowIn
	case "支出":
		return agent.FlowOut
	case "不计收支", "中性交易", "/":
		return agent.FlowNeutral
	}
	return agent.FlowUnknown
}

func isRenminbi(cell []byte) bool {
	switch string(cell) {
	case "人民币", "CNY", "RMB", "人民币元":
		return true
	}
	return false
}

// isBlank reports whether a line between rows says nothing: no cell with text,
// or a rule of dashes, which may hold a title.
func isBlank(cells [][]byte) bool {
	for i, c := range cells {
		if len(c) > 0 && !(i == 0 && bytes.HasPrefix(c, []byte("------"))) {
			return false
		}
	}
	return true
}
