"""A small Go project, a caching reverse proxy, and what a person would ask of it."""

from __future__ import annotations

FILES: dict[str, str] = {
    "go.mod": "module example.com/harbor\n\ngo 1.22\n",
    "README.md": "# Harbor\n\nA caching reverse proxy with sessions.\n",
    ".gitignore": "bin/\n*.log\n",
    "cmd/harbor/main.go": """\
package main

import (
	"log"
	"net/http"

	"example.com/harbor/internal/config"
)

// main reads the flags and starts the proxy.
func main() {
	settings, err := config.Read("harbor.json")
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(settings.Address, nil))
}
""",
    "internal/config/config.go": """\
// Package config holds what can be set.
package config

import (
	"encoding/json"
	"os"
)

// Settings are read once at the start.
type Settings struct {
	Address   string
	CacheSize int
}

// Read parses the JSON settings file.
func Read(path string) (Settings, error) {
	var settings Settings
	data, err := os.ReadFile(path)
	if err != nil {
		return settings, err
	}
	return settings, json.Unmarshal(data, &settings)
}
""",
    "internal/cache/lru.go": """\
// Package cache keeps responses in memory.
package cache

import "container/list"

// LRU is a cache that forgets what was not used for the longest time.
type LRU struct {
	capacity int
	order    *list.List
	entries  map[string]*list.Element
}

type entry struct {
	key   string
	value []byte
}

// Get returns the cached response and marks it as used.
func (c *LRU) Get(key string) ([]byte, bool) {
	element, ok := c.entries[key]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(element)
	return element.Value.(*entry).value, true
}

// Put stores a response, evicting the least recently used one when the cache is full.
func (c *LRU) Put(key string, value []byte) {
	c.entries[key] = c.order.PushFront(&entry{key, value})
	if c.order.Len() > c.capacity {
		oldest := c.order.Back()
		c.order.Remove(oldest)
		delete(c.entries, oldest.Value.(*entry).key)
	}
}
""",
    "internal/cache/lru_test.go": """\
package cache

import "testing"

func TestEviction(t *testing.T) {
	cache := &LRU{}
	if _, ok := cache.Get("missing"); ok {
		t.Fatal("found")
	}
}
""",
    "internal/session/store.go": """\
// Package session remembers who is logged in.
package session

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"
)

// Session belongs to one browser.
type Session struct {
	ID      string
	User    string
	Expires time.Time
}

// Store holds all sessions, safe for concurrent use.
type Store struct {
	mutex    sync.Mutex
	sessions map[string]Session
}

// NewSessionID gives an unguessable random identifier.
func NewSessionID() (string, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	return hex.EncodeToString(raw), nil
}
""",
    "internal/session/sweep.go": """\
package session

import "time"

// SweepExpired deletes the sessions whose time is over and says how many there were.
func (s *Store) SweepExpired(now time.Time) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	removed := 0
	for id, session := range s.sessions {
		if session.Expires.Before(now) {
			delete(s.sessions, id)
			removed++
		}
	}
	return removed
}
""",
    "internal/proxy/middleware.go": """\
package proxy

import (
	"log"
	"net/http"
	"time"
)

// LogRequests writes method, path and duration of every request.
func LogRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		next.ServeHTTP(w, r)
		log.Printf("%s %s %v", r.Method, r.URL.Path, time.Since(begun))
	})
}

// RecoverPanics answers 500 instead of ending the process when a handler panics.
func RecoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if problem := recover(); problem != nil {
				http.Error(w, "internal error", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
""",
    "internal/proxy/balance.go": """\
package proxy

import "sync/atomic"

// Balancer spreads requests over several upstream servers.
type Balancer struct {
	upstreams []string
	next      atomic.Uint64
}

// PickUpstream chooses the next server in round robin order.
func (b *Balancer) PickUpstream() string {
	return b.upstreams[b.next.Add(1)%uint64(len(b.upstreams))]
}
""",
    "internal/limit/bucket.go": """\
package limit

import "time"

// Bucket is a token bucket that limits the rate of requests of one client.
type Bucket struct {
	tokens float64
	rate   float64
	burst  float64
	last   time.Time
}

// Allow takes a token; false means that the client asks too often.
func (b *Bucket) Allow(now time.Time) bool {
	b.tokens = min(b.burst, b.tokens+b.rate*now.Sub(b.last).Seconds())
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
""",
    "internal/text/labels.go": """\
package text

/* 港の絵文字 🚢⚓ */ func DockShip(船 string) string { return "🚢 " + 船 }

/* 😀 */ type Кораблик struct{ 名前 string }

// ΣημαίαΠλοίου gives the flag of a ship. 🏴‍☠️
func (s *Кораблик) ΣημαίαΠλοίου() string { return "🏴 " + s.名前 }
""",
}

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    ("evict the least recently used response", "internal/cache/lru.go", "Put"),
    (
        "delete the expired sessions and say how many there were",
        "internal/session/sweep.go",
        "SweepExpired",
    ),
    ("answer 500 when a handler panics", "internal/proxy/middleware.go", "RecoverPanics"),
    (
        "choose the next upstream server in round robin order",
        "internal/proxy/balance.go",
        "PickUpstream",
    ),
    ("unguessable random identifier", "internal/session/store.go", "NewSessionID"),
    ("DockShip", "internal/text/labels.go", "DockShip"),
    ("ΣημαίαΠλοίου", "internal/text/labels.go", "ΣημαίαΠλοίου"),
)
"""Query, file, and name of the definition that must come first."""

SYMBOLS: tuple[tuple[str, str, str], ...] = (
    ("SweepE", "internal/session/sweep.go", "SweepExpired"),
    ("LRU.Get", "internal/cache/lru.go", "Get"),
    ("ΣημαίαΠλοίου", "internal/text/labels.go", "ΣημαίαΠλοίου"),
    ("dockship", "internal/text/labels.go", "DockShip"),
)
