// A foreign provider: github.com/sideshow/apns2 as it is published, pointed at a host by its public fields.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/sideshow/apns2"
	"github.com/sideshow/apns2/payload"
	"github.com/sideshow/apns2/token"
)

type result struct {
	Status int    `json:"status"`
	Reason string `json:"reason"`
	ApnsID string `json:"apnsId"`
}

func main() {
	if len(os.Args) != 8 {
		fmt.Fprintln(os.Stderr, "usage: go-apns2 HOST KEY_FILE KEY_ID TEAM_ID TOPIC GOOD_TOKEN DEAD_TOKEN")
		os.Exit(2)
	}
	key, err := token.AuthKeyFromFile(os.Args[2])
	if err != nil {
		fail(err)
	}
	client := apns2.NewTokenClient(&token.Token{AuthKey: key, KeyID: os.Args[3], TeamID: os.Args[4]})
	client.Host = os.Args[1]
	var results []result
	for _, device := range []string{os.Args[6], os.Args[7]} {
		response, err := client.Push(&apns2.Notification{
			DeviceToken: device,
			Topic:       os.Args[5],
			PushType:    apns2.PushTypeAlert,
			CollapseID:  "from-go",
			Payload:     payload.NewPayload().AlertTitle("Go").AlertBody("hello from apns2"),
		})
		if err != nil {
			fail(err)
		}
		results = append(results, result{Status: response.StatusCode, Reason: response.Reason, ApnsID: response.ApnsID})
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
