// An IM platform with its own front door, written from the AsyncAPI document alone: it publishes facts as plain JSON and
// answers the live ask. It reads one JSON command a line from standard input and answers each with one JSON line.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

type command struct {
	Op       string          `json:"op"`
	Key      string          `json:"key"`
	Event    string          `json:"event"`
	ID       string          `json:"id"`
	Body     json.RawMessage `json:"body"`
	User     string          `json:"user"`
	Device   string          `json:"device"`
	Presence string          `json:"presence"`
}

type platform struct {
	app      string
	nc       *nats.Conn
	js       nats.JetStreamContext
	mutex    sync.Mutex
	presence map[string]command
	asked    map[string]int
}

func main() {
	url := flag.String("url", "", "nats url")
	app := flag.String("app", "", "app")
	seedFile := flag.String("seed-file", "", "file whose last line is the nkey seed")
	flag.Parse()
	p, err := dial(*url, *app, *seedFile)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	say(map[string]any{"event": "connected"})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 0, 1<<20), 1<<20)
	for lines.Scan() {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			say(map[string]any{"error": err.Error()})
			continue
		}
		answer, err := p.run(c)
		if err != nil {
			answer = map[string]any{"error": err.Error()}
		}
		say(answer)
	}
	_ = p.nc.Drain()
}

func dial(url, app, seedFile string) (*platform, error) {
	text, err := os.ReadFile(seedFile)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	pair, err := nkeys.FromSeed([]byte(lines[len(lines)-1]))
	if err != nil {
		return nil, err
	}
	public, err := pair.PublicKey()
	if err != nil {
		return nil, err
	}
	nc, err := nats.Connect(url, nats.Name("platform "+app), nats.Nkey(public, pair.Sign), nats.MaxReconnects(-1))
	if err != nil {
		return nil, err
	}
	js, err := nc.JetStream()
	if err != nil {
		return nil, err
	}
	return &platform{app: app, nc: nc, js: js, presence: map[string]command{}, asked: map[string]int{}}, nil
}

func (p *platform) run(c command) (map[string]any, error) {
	switch c.Op {
	case "publish":
		message := nats.NewMsg(fmt.Sprintf("im.in.%s.message.%s.%s", p.app, c.Key, c.Event))
		message.Header.Set("Nats-Msg-Id", p.app+":"+c.ID)
		message.Data = c.Body
		reply, err := p.nc.RequestMsg(message, 5*time.Second)
		if err != nil {
			return nil, err
		}
		var ack map[string]any
		if err := json.Unmarshal(reply.Data, &ack); err != nil {
			return nil, err
		}
		return map[string]any{"ack": ack}, nil
	case "subscribe":
		_, err := p.nc.Subscribe(fmt.Sprintf("im.live.%s.>", p.app), p.answer)
		if err != nil {
			return nil, err
		}
		return map[string]any{"subscribed": true}, p.nc.Flush()
	case "presence":
		p.mutex.Lock()
		p.presence[c.User] = c
		p.mutex.Unlock()
		return map[string]any{"done": true}, nil
	case "asked":
		p.mutex.Lock()
		count := p.asked[c.User]
		p.mutex.Unlock()
		return map[string]any{"asked": count}, nil
	}
	return nil, fmt.Errorf("unknown op %q", c.Op)
}

// answer tells who holds the user at once, and then that the client has the message. Users here have plain ids.
func (p *platform) answer(message *nats.Msg) {
	user := strings.TrimPrefix(message.Subject, "im.live."+p.app+".")
	p.mutex.Lock()
	state := p.presence[user]
	p.asked[user]++
	p.mutex.Unlock()
	switch state.Presence {
	case "silent":
		return
	case "online":
		_ = message.Respond([]byte(fmt.Sprintf(`{"type":"holding","devices":[%q]}`, state.Device)))
		_ = message.Respond([]byte(fmt.Sprintf(`{"type":"acknowledged","devices":[%q]}`, state.Device)))
	case "online-all":
		_ = message.Respond([]byte(fmt.Sprintf(`{"type":"holding","devices":[{"deviceId":%q,"background":true}]}`, state.Device)))
		_ = message.Respond([]byte(`{"type":"acknowledged","all":true}`))
	default:
		_ = message.Respond([]byte(`{"type":"holding","devices":[]}`))
	}
}

func say(value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}
