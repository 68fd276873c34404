package policy

import (
	"context"
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

func TestAccess_undecidedDenies(t *testing.T) {
	e, g := engine(t), golden(t)
	in := g.base(t, agent.PointAccess, "show").(*agent.AccessInput)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, d := range map[string]agent.Decision{
		"nil":       e.Access(context.Background(), nil),
		"cancelled": e.Access(cancelled, in),
	} {
		if !isUndecided(d) {
			t.Errorf("%s = %+v", name, d)
		}
	}
}

// The matrix names acts, categories and purposes that there are, and no act that
// nobody may do.
func TestAccess_matrixIsWhole(t *testing.T) {
	m := decode[struct {
		Acts map[string]struct {
			Shows, Verify *bool
			Purposes      []agent.Purpose
			Second        string
		}
		Roles map[string]struct {
			Title      Words
			Acts       []string
			Categories []agent.Category
			Clear      *bool
		}
		Kinds struct {
			Gravest string
			Of      map[agent.Category]string
		}
		Figures map[string]any
	}](t, agent.PointAccess)
	catalogue := engine(t).bundle.catalogue.Categories
	known := func(c agent.Category) bool {
		_, ok := catalogue[c]
		return ok || c == "consent" // what the agent itself keeps
	}
	purposes := decode[struct{ Register map[agent.Purpose]any }](t, "purpose").Register
	given := map[string]bool{}
	for name, role := range m.Roles {
		if role.Title.ZH == "" || role.Title.EN == "" || role.Clear == nil {
			t.Errorf("%s lacks its title, or whether it sees clear text", name)
		}
		for _, act := range role.Acts {
			if _, ok := m.Acts[act]; !ok {
				t.Errorf("%s may do %s, which is no act", name, act)
			}
			given[act] = true
		}
		for _, c := range role.Categories {
			if !known(c) {
				t.Errorf("%s may see %s, which is no category", name, c)
			}
		}
	}
	for name, act := range m.Acts {
		if !given[name] {
			t.Errorf("nobody may do %s", name)
		}
		if act.Shows == nil || act.Verify == nil || !slices.Contains([]string{"never", "adverse", "always"}, act.Second) {
			t.Errorf("%s says too little", name)
		} else if *act.Shows != (len(act.Purposes) > 0) {
			t.Errorf("%s shows data for no purpose, or has a purpose and shows none", name)
		}
		for _, p := range act.Purposes {
			if purposes[p] == nil {
				t.Errorf("%s is for %s, which is no purpose", name, p)
			}
		}
	}
	for c, kind := range m.Kinds.Of {
		if !known(c) || m.Figures[kind] == nil {
			t.Errorf("%s is of kind %s", c, kind)
		}
	}
	if m.Figures[m.Kinds.Gravest] == nil {
		t.Error("the gravest kind has no figure")
	}
}

// Nobody may both prepare and approve, and no one role is enough to put new rules
// in force by itself.
func TestAccess_everyActOnItsOwn(t *testing.T) {
	e := engine(t)
	m := decode[struct {
		Acts map[string]struct {
			Shows    bool
			Purposes []agent.Purpose
			Second   string
		}
		Roles map[string]struct {
			Acts       []string
			Categories []string
		}
	}](t, agent.PointAccess)
	for name, role := range m.Roles {
		for act, a := range m.Acts {
			in := agent.AccessInput{Now: 1795000000, Role: name, Act: act, Verified: true, TrainedAt: agent.Known(1794000000), Adverse: true}
			if a.Shows {
				in.Purpose, in.Subjects = a.Purposes[0], agent.Known(1)
				if len(role.Categories) > 0 {
					in.Categories = role.Categories[:1]
				}
			}
			d := e.Access(context.Background(), &in)
			if d.Allow != slices.Contains(role.Acts, act) {
				t.Errorf("%s: %s = %+v", name, act, d)
			}
			if a.Second == "never" || !d.Allow {
				continue
			}
			if !slices.Contains(d.Obligations, "access.second_needed") {
				t.Errorf("%s: %s needs no second person", name, act)
			}
			in.Prepared = true
			if d := e.Access(context.Background(), &in); d.Allow {
				t.Errorf("%s: %s is approved by who prepared it", name, act)
			}
			in.Prepared, in.Decided = false, true
			if d := e.Access(context.Background(), &in); d.Allow {
				t.Errorf("%s: %s is decided twice by one person", name, act)
			}
		}
	}
}

func BenchmarkAccess(b *testing.B) {
	e, g := engine(b), golden(b)
	for _, base := range []string{"show", "clear", "review"} {
		in := g.base(b, agent.PointAccess, base).(*agent.AccessInput)
		b.Run(base, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !e.Access(context.Background(), in).Allow {
					b.Fatal("denied")
				}
			}
		})
	}
}
