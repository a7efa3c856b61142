package main

import (
	"context"
	"database/sql"
	"net/url"
	"sync"

	_ "github.com/mattn/go-sqlite3"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
)

// stores makes devices. Their keys live in memory, or in a file that several devices share.
type stores struct {
	mutex sync.Mutex
	files map[string]*sqlstore.Container
}

// device makes a fresh device in a memory database of its own, which keeps what one client learned (LID mappings) from
// the others; or, with a path, in that file, as a program with many accounts would.
func (s *stores) device(ctx context.Context, name, path string) (*store.Device, error) {
	if path == "" {
		container, err := openContainer(ctx, "file:"+url.PathEscape(name)+"?mode=memory&cache=shared&_foreign_keys=on")
		if err != nil {
			return nil, err
		}
		return container.NewDevice(), nil
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	container, known := s.files[path]
	if !known {
		opened, err := openContainer(ctx, "file:"+path+"?_foreign_keys=on&_journal_mode=WAL&_busy_timeout=10000")
		if err != nil {
			return nil, err
		}
		container, s.files[path] = opened, opened
	}
	return container.NewDevice(), nil
}

func openContainer(ctx context.Context, address string) (*sqlstore.Container, error) {
	db, err := sql.Open("sqlite3", address)
	if err != nil {
		return nil, err
	}
	// A shared cache locks whole tables; one connection never waits for itself.
	db.SetMaxOpenConns(1)
	container := sqlstore.NewWithDB(db, "sqlite3", nil)
	return container, container.Upgrade(ctx)
}
