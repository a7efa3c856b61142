package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// redirect sends every request to one local server. whatsmeow's URL is a constant, its HTTP client is not.
type redirect struct {
	target *url.URL
	inner  http.RoundTripper
}

func (r redirect) RoundTrip(original *http.Request) (*http.Response, error) {
	changed := original.Clone(original.Context())
	changed.URL.Scheme = r.target.Scheme
	changed.URL.Host = r.target.Host
	changed.Host = r.target.Host
	return r.inner.RoundTrip(changed)
}

// loopbackClient reaches the WebSocket server at address (ws: or wss:) and nothing that is not on this machine.
func loopbackClient(address, caFile string) (*http.Client, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	switch target.Scheme {
	case "ws":
		target.Scheme = "http"
	case "wss":
		target.Scheme = "https"
	default:
		return nil, fmt.Errorf("%s is not a WebSocket address", address)
	}
	transport := &http.Transport{DialContext: dialLoopback, TLSHandshakeTimeout: 10 * time.Second}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", caFile)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	return &http.Client{Transport: redirect{target, transport}}, nil
}

func dialLoopback(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s is not on this machine", host)
	}
	return (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, network, address)
}
