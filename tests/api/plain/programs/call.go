// One request, as the published documentation shows it: go run call.go METHOD URL CREDENTIAL BODY.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	method, url, credential, body := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	if name, value, given := strings.Cut(credential, ": "); given {
		request.Header.Set(name, value)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		panic(err)
	}
	fmt.Println(reply.StatusCode)
	fmt.Println(string(text))
}
