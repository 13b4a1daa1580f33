package explore

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// process carries out one action, under one script, on the real engine.
type process struct {
	*engine.Engine
	*shard
	ctx      context.Context
	estate   clmtest.MemoryEstate
	machines machines
	excused  [agents]bool
	now      time.Time

	script  *script
	known   map[string]string // what was decided
	left    map[string]bool   // machines that went away meanwhile
	met     string            // the last machine
	alone   bool              // nobody comes between
	blind   bool              // nothing is decided or noted: somebody only asks
	seen    *scene            // the last look
	moments []instant
	told    []instant // the moments an earlier script has told of: this one begins with the same
	wrong   error     // the first rule that was broken
	asked   int       // for signatures
}

// instant is the scene right after something happened. A process that dies then
// leaves exactly that behind.
type instant struct {
	after string
	scene *scene
}

// begin starts a process, a second after the scene it finds.
func (s *shard) begin(v *scene, script *script) *process {
	p := &process{
		shard: s, ctx: context.Background(), machines: v.machines, excused: v.excused, now: v.now.Add(time.Second), seen: v,
		script: script, known: map[string]string{}, left: map[string]bool{},
	}
	p.estate.Restore(v.estate)
	p.Engine = p.controller()
	return p
}

// controller is an engine that has just been started.
func (p *process) controller() *engine.Engine {
	return engine.New(engine.Ports{
		Store: watched{p.estate.Open(), p}, Sealer: openSealer{}, Issuer: signatures{p}, Deployer: hands{process: p}, Clock: stopped{p},
		AtOnce: 1, // what an earlier script has told of happens in the same order
	})
}

// retold tells whether what happens next is what an earlier script has told of.
func (p *process) retold() bool { return len(p.moments) < len(p.told) }

func (p *process) happened(after string) {
	switch n := len(p.moments); {
	case p.blind:
	case p.retold():
		p.moments, p.excused = append(p.moments, p.told[n]), p.told[n].scene.excused
	default:
		p.moments = append(p.moments, instant{after, p.look()})
	}
}

// breaks records the first rule that was broken.
func (p *process) breaks(err error) {
	if p.wrong == nil {
		p.wrong = err
	}
}

// stopped is a clock that stands still while a process lives.
type stopped struct{ *process }

// Now tells the time.
func (s stopped) Now() time.Time { return s.now }

// watched is the store, with an eye on every update.
type watched struct {
	engine.Store

	by *process
}

func (w watched) Update(ctx context.Context, fn func(engine.Tx) error) error {
	p := w.by
	if p.blind {
		return w.Store.Update(ctx, fn)
	}
	p.interfere()
	if p.retold() {
		return p.again(ctx, w.Store, fn)
	}
	before := p.look()
	err := w.Store.Update(ctx, fn)
	if p.estate.Snapshot() != before.estate {
		p.updated(before)
	}
	return err
}

func (p *process) again(ctx context.Context, store engine.Store, fn func(engine.Tx) error) error {
	before := p.estate.Snapshot()
	err := store.Update(ctx, fn)
	if p.estate.Snapshot() != before {
		p.happened("")
	}
	return err
}

// aReceipt is an update without an audit row.
const aReceipt = "a receipt"

// updated checks what an update did.
func (p *process) updated(before *scene) {
	now := p.look()
	if now.ended(before) == clm.OutcomeCompleted {
		p.excused = before.goneOnWithout()
		now = p.look()
	}
	p.breaks(checkUpdate(before, now))
	after := aReceipt
	if event := now.last(); event.Sequence > before.last().Sequence {
		after = event.Action + " of " + event.Subject
	}
	p.happened(after)
}

// interfere lets another controller do something right now, once in the life of a
// process. Agents are alike: of those that are told one after the other the first
// will do.
func (p *process) interfere() {
	if p.alone || p.blind || len(p.others) == 0 || p.met == agentNames[1] || p.met == agentNames[2] {
		return
	}
	about := fmt.Sprintf("after %d moments", len(p.moments))
	chosen := p.script.decide(about, len(p.moments), p.offers)
	for _, other := range p.others {
		if other.name == chosen {
			p.another(other)
		}
	}
}

// offers are what another controller might do.
func (p *process) offers() []string {
	v, names := p.look(), []string{moodFine}
	for _, other := range p.others {
		if other.offered(v) {
			names = append(names, other.name)
		}
	}
	return names
}

// another controller does something in the midst of this one's work.
func (p *process) another(a action) {
	mine := p.Engine
	p.alone, p.Engine = true, p.controller()
	if err := a.do(p); err != nil {
		p.breaks(fmt.Errorf("%s: %w", a.name, err))
	}
	p.Engine = mine
}

// openSealer seals nothing, but holds to the ids.
type openSealer struct{}

func (openSealer) Seal(id string, plain []byte) ([]byte, error) {
	return append([]byte(id+"\n"), plain...), nil
}

func (openSealer) Open(id string, sealed []byte) ([]byte, error) {
	plain, ok := bytes.CutPrefix(sealed, []byte(id+"\n"))
	if !ok {
		return nil, clm.Errorf(clm.KindInternal, "sealed for another id than %s", id)
	}
	return plain, nil
}
