// Command emissary is Emissary's conversion webhook, which its own image starts by another name.
package main

import (
	"context"
	"os"

	"github.com/emissary-ingress/emissary/v3/cmd/apiext"
)

func main() {
	if err := apiext.Main(context.Background(), "v3.9.1", os.Args[1:]...); err != nil {
		panic(err)
	}
}
