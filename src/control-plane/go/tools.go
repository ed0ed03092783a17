//go:build tools

// Package controlplane names the three programs that the control plane is made of,
// so that `go mod tidy` keeps what they need and `go build` finds them by path.
package controlplane

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
