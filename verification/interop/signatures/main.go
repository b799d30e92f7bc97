// A registry in memory with the referrers API: an upstream that Debian has no package of.
//
//	referrers-registry ADDRESS
//
// It stops to listen and ends all connections at SIGUSR1, and listens again at SIGUSR2, with all its content.
package main

import (
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	handler := registry.New(registry.WithReferrersSupport(true))
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	for {
		server := &http.Server{Addr: os.Args[1], Handler: handler}
		go func() {
			if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
				log.Fatal(err)
			}
		}()
		for <-signals != syscall.SIGUSR1 {
		}
		server.Close()
		for <-signals != syscall.SIGUSR2 {
		}
	}
}
