//go:build tools

package suite

import (
	// The echo server, which every backend of the suite is.
	_ "sigs.k8s.io/gateway-api-conformance-images/echo-basic"
)
