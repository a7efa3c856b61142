package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"

	waLog "go.mau.fi/whatsmeow/util/log"
)

// logger writes what is wrong to standard error. It also reads along with the received stanzas, which whatsmeow logs,
// to learn how each message was encrypted: the library's own events do not tell.
type logger struct {
	name   string
	module string
	seen   *encryptions
}

type encryptions struct {
	mutex sync.Mutex
	types map[string][]string
}

func newLogger(name string) *logger {
	return &logger{name: name, seen: &encryptions{types: map[string][]string{}}}
}

func (l *logger) Sub(module string) waLog.Logger {
	return &logger{name: l.name, module: module, seen: l.seen}
}

func (l *logger) Errorf(text string, values ...any) { l.print("error", text, values) }
func (l *logger) Warnf(text string, values ...any)  { l.print("warning", text, values) }
func (l *logger) Infof(string, ...any)              {}

func (l *logger) print(level, text string, values []any) {
	fmt.Fprintf(os.Stderr, "%s %s %s: %s\n", level, l.name, l.module, fmt.Sprintf(text, values...))
}

var (
	messageID      = regexp.MustCompile(`^<message [^>]*\bid="([^"]+)"`)
	encryptionType = regexp.MustCompile(`<enc [^>]*\btype="([a-z]+)"`)
)

// Debugf gets every received stanza as one text value.
func (l *logger) Debugf(_ string, values ...any) {
	if l.module != "Recv" || len(values) != 1 {
		return
	}
	text, ok := values[0].(string)
	if !ok || !strings.HasPrefix(text, "<message ") {
		return
	}
	id := messageID.FindStringSubmatch(text)
	if id == nil {
		return
	}
	var found []string
	for _, match := range encryptionType.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	l.seen.mutex.Lock()
	defer l.seen.mutex.Unlock()
	l.seen.types[id[1]] = found
}

func (l *logger) encryption(id string) []string {
	l.seen.mutex.Lock()
	defer l.seen.mutex.Unlock()
	return l.seen.types[id]
}
