// Any number of whatsmeow clients in one process, driven by JSON lines (see ../README.md for commands and events).
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store/sqlstore"
)

// request is one line of standard input. Fields are used by the commands that need them.
type request struct {
	ID      int    `json:"id"`
	Command string `json:"cmd"`
	Client  string `json:"client"`

	URL        string `json:"url"`
	RootKey    string `json:"rootKey"`
	CAFile     string `json:"caFile"`
	MarkOnline bool   `json:"markOnline"`
	Database   string `json:"database"`
	Unmigrated bool   `json:"unmigrated"`

	Phone   string   `json:"phone"`
	To      string   `json:"to"`
	Text    string   `json:"text"`
	Quoted  string   `json:"quoted"`
	Message string   `json:"message"`
	With    []string `json:"with"`

	Method  string            `json:"method"`
	Args    []json.RawMessage `json:"args"`
	Content json.RawMessage   `json:"content"`
	File    string            `json:"file"`
	Kind    string            `json:"kind"`
	Answer  string            `json:"answer"`

	Chat    string `json:"chat"`
	FromMe  bool   `json:"fromMe"`
	Seconds int64  `json:"seconds"`
	Count   int    `json:"count"`
}

type object map[string]any

// program holds the clients by name.
type program struct {
	output  sync.Mutex
	mutex   sync.Mutex
	clients map[string]*client
	stores  stores
}

func (p *program) write(line object) {
	encoded, err := json.Marshal(line)
	if err != nil {
		panic(err) // every value written here is made here
	}
	p.output.Lock()
	defer p.output.Unlock()
	os.Stdout.Write(append(encoded, '\n'))
}

func (p *program) find(name string) (*client, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	found, ok := p.clients[name]
	if !ok {
		return nil, fmt.Errorf("no client %s", name)
	}
	return found, nil
}

func (p *program) perform(ctx context.Context, r request) (result object, err error) {
	defer func() {
		if broken := recover(); broken != nil { // a bug of the library must not take the other clients along
			err = fmt.Errorf("panic: %v", broken)
		}
	}()
	switch r.Command {
	case "connect":
		return object{}, p.connect(ctx, r)
	case "stats":
		return p.stats(), nil
	case "collect":
		debug.FreeOSMemory()
		return object{}, nil
	}
	chosen, err := p.find(r.Client)
	if err != nil {
		return nil, err
	}
	switch r.Command {
	case "reconnect":
		return object{}, chosen.reconnect()
	case "disconnect":
		chosen.disconnect()
		return object{}, nil
	case "requestCode":
		return chosen.requestCode(ctx, r.Phone)
	case "logout":
		return object{}, chosen.wa.Logout(ctx)
	case "loseSessions":
		return object{}, chosen.loseSessions(ctx, r.With)
	case "send":
		return chosen.send(ctx, r.To, r.Text, r.Quoted)
	case "sendMessage", "relay":
		var content waE2E.Message
		if err := readMessage(r.Content, &content); err != nil {
			return nil, err
		}
		return chosen.transmit(ctx, r.To, &content)
	case "call":
		return chosen.call(ctx, r.Method, r.Args)
	case "change":
		return object{}, chosen.change(ctx, r.Method, r.Args)
	case "answerEvent":
		return chosen.answerEvent(ctx, r.Message, r.Answer)
	case "upload":
		return chosen.upload(ctx, r.File, r.Kind)
	case "download":
		return chosen.download(ctx, r.Message, r.File)
	case "retryMedia":
		return object{}, chosen.retryMedia(ctx, r.Message)
	case "askHistory":
		return object{}, chosen.askHistory(ctx, r)
	case "read":
		return object{}, chosen.markRead(ctx, r.Message)
	}
	return nil, fmt.Errorf("no command %s", r.Command)
}

func (p *program) connect(ctx context.Context, r request) error {
	p.mutex.Lock()
	if _, exists := p.clients[r.Client]; exists {
		p.mutex.Unlock()
		return fmt.Errorf("client %s exists", r.Client)
	}
	made, err := newClient(ctx, r, &p.stores, func(event string, more object) {
		more["event"], more["client"] = event, r.Client
		p.write(more)
	})
	if err == nil {
		p.clients[r.Client] = made
	}
	p.mutex.Unlock()
	if err != nil {
		return err
	}
	return made.open(ctx)
}

func (p *program) stats() object {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return object{"clients": len(p.clients), "memory": object{"heapInUse": memory.HeapInuse, "stacks": memory.StackInuse}}
}

func main() {
	p := &program{clients: map[string]*client{}, stores: stores{files: map[string]*sqlstore.Container{}}}
	p.write(object{"event": "ready", "peer": "whatsmeow"})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			fmt.Fprintln(os.Stderr, "not a request:", err)
			continue
		}
		// Commands wait for servers, so each runs on its own.
		go func() {
			result, err := p.perform(context.Background(), r)
			if err != nil {
				p.write(object{"id": r.ID, "ok": false, "error": err.Error()})
				return
			}
			p.write(object{"id": r.ID, "ok": true, "result": result})
		}()
	}
}
