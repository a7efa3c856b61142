// Holds wagate's message content against whatsmeow's: go run ./content_check PATH_OF_CONTENT_PEER
//   - each of our samples, read with whatsmeow's schema, has no field it does not know, and means the same here after
//     whatsmeow has written it again;
//   - votes, reactions and comments that whatsmeow encrypts open here, and ours open there.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// peer is our content behind its line protocol.
type peer struct {
	commands *bufio.Writer
	answers  *bufio.Reader
}

func (p *peer) ask(result any, words ...string) {
	_, err := p.commands.WriteString(strings.Join(words, " ") + "\n")
	must(err)
	must(p.commands.Flush())
	line, err := p.answers.ReadBytes('\n')
	must(err)
	must(json.Unmarshal(line, result))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

var passed, failed int

func check(name string, holds bool, details ...any) {
	if holds {
		passed++
		return
	}
	failed++
	fmt.Fprintln(os.Stderr, append([]any{"FAILED", name + ":"}, details...)...)
}

// unknownFields lists where a message holds fields that the schema does not have.
func unknownFields(message protoreflect.Message, path string) (found []string) {
	if len(message.GetUnknown()) > 0 {
		found = append(found, path)
	}
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.Kind() != protoreflect.MessageKind {
			return true
		}
		inner := path + "." + string(field.Name())
		if field.IsList() {
			for i := 0; i < value.List().Len(); i++ {
				found = append(found, unknownFields(value.List().Get(i).Message(), inner)...)
			}
		} else {
			found = append(found, unknownFields(value.Message(), inner)...)
		}
		return true
	})
	return found
}

func checkSamples(p *peer) {
	var list struct {
		Samples []struct{ Name, Hex string }
	}
	p.ask(&list, "samples")
	for index, sample := range list.Samples {
		ours, err := hex.DecodeString(sample.Hex)
		must(err)
		var message waE2E.Message
		err = proto.Unmarshal(ours, &message)
		check("our bytes in whatsmeow", err == nil, sample.Name, err)
		unknown := unknownFields(message.ProtoReflect(), "")
		check("whatsmeow knows each of our fields", len(unknown) == 0, sample.Name, unknown)
		theirs, err := proto.Marshal(&message)
		must(err)
		var answer struct{ Same bool }
		p.ask(&answer, "same", fmt.Sprint(index), hex.EncodeToString(theirs))
		check("whatsmeow's bytes here", answer.Same, sample.Name)
	}
}

// secrets gives every message the same secret.
type secrets struct{ secret []byte }

func (s secrets) PutMessageSecrets(context.Context, []store.MessageSecretInsert) error { return nil }
func (s secrets) PutMessageSecret(context.Context, types.JID, types.JID, types.MessageID, []byte) error {
	return nil
}
func (s secrets) GetMessageSecret(_ context.Context, _, sender types.JID, _ types.MessageID) ([]byte, types.JID, error) {
	return s.secret, sender, nil
}

func checkSecrets(p *peer) {
	secret := make([]byte, 32)
	for i := range secret {
		secret[i] = byte(i)
	}
	secretHex := hex.EncodeToString(secret)
	own := types.NewJID("15550001111", types.DefaultUserServer)
	ownLID := types.NewJID("900000000000001", types.HiddenUserServer)
	author := types.NewJID("900000000000002", types.HiddenUserServer)
	group := types.NewJID("120363000000000001", types.GroupServer)
	device := own
	device.Device = 5
	client := whatsmeow.NewClient(&store.Device{ID: &device, LID: ownLID, MsgSecrets: secrets{secret}}, nil)
	ctx := context.Background()
	original := &types.MessageInfo{
		MessageSource: types.MessageSource{Chat: group, Sender: author, IsGroup: true},
		ID:            "3EB0ABC",
	}
	key := &waCommon.MessageKey{
		RemoteJID:   proto.String(group.String()),
		ID:          proto.String(original.ID),
		Participant: proto.String(author.String()),
	}
	incoming := func(sender types.JID, message *waE2E.Message) *events.Message {
		info := types.MessageInfo{MessageSource: types.MessageSource{Chat: group, Sender: sender, IsGroup: true}}
		return &events.Message{Info: info, Message: message}
	}

	type plaintext struct{ Plaintext, Error string }
	type sealed struct{ Payload, IV string }
	opened := func(use string, sender types.JID, payload, iv []byte) []byte {
		var answer plaintext
		p.ask(&answer, "open", use, secretHex, original.ID, author.String(), sender.String(),
			hex.EncodeToString(payload), hex.EncodeToString(iv))
		check(use+" of whatsmeow opens here", answer.Error == "", answer.Error)
		content, err := hex.DecodeString(answer.Plaintext)
		must(err)
		return content
	}
	seal := func(use string, sender types.JID, content []byte) (payload, iv []byte) {
		var answer sealed
		p.ask(&answer, "seal", use, secretHex, original.ID, author.String(), sender.String(), hex.EncodeToString(content))
		payload, err := hex.DecodeString(answer.Payload)
		must(err)
		iv, err = hex.DecodeString(answer.IV)
		must(err)
		return payload, iv
	}

	// votes
	var choice plaintext
	p.ask(&choice, "choice", "pizza", "pasta")
	choiceBytes, err := hex.DecodeString(choice.Plaintext)
	must(err)
	names := []string{"pizza", "pasta"}
	vote, err := client.EncryptPollVote(ctx, original, &waE2E.PollVoteMessage{SelectedOptions: whatsmeow.HashPollOptions(names)})
	must(err)
	content := opened("poll_vote", device.ToNonAD(), vote.GetVote().GetEncPayload(), vote.GetVote().GetEncIV())
	check("a choice has the same bytes", bytes.Equal(content, choiceBytes))
	payload, iv := seal("poll_vote", own, choiceBytes)
	theirs, err := client.DecryptPollVote(ctx, incoming(device, &waE2E.Message{PollUpdateMessage: &waE2E.PollUpdateMessage{
		PollCreationMessageKey: key,
		Vote:                   &waE2E.PollEncValue{EncPayload: payload, EncIV: iv},
	}}))
	check("our vote opens in whatsmeow", err == nil && len(theirs.GetSelectedOptions()) == 2, err)

	// reactions
	reaction, err := client.EncryptReaction(ctx, original, &waE2E.ReactionMessage{Key: key, Text: proto.String("👍")})
	must(err)
	content = opened("reaction", ownLID, reaction.GetEncPayload(), reaction.GetEncIV())
	payload, iv = seal("reaction", ownLID, content)
	reacted, err := client.DecryptReaction(ctx, incoming(ownLID, &waE2E.Message{EncReactionMessage: &waE2E.EncReactionMessage{
		TargetMessageKey: key, EncPayload: payload, EncIV: iv,
	}}))
	check("our reaction opens in whatsmeow", err == nil && reacted.GetText() == "👍", err)

	// comments
	comment, err := client.EncryptComment(ctx, original, &waE2E.Message{Conversation: proto.String("a comment")})
	must(err)
	content = opened("comment", ownLID, comment.GetEncCommentMessage().GetEncPayload(), comment.GetEncCommentMessage().GetEncIV())
	payload, iv = seal("comment", ownLID, content)
	said, err := client.DecryptComment(ctx, incoming(ownLID, &waE2E.Message{EncCommentMessage: &waE2E.EncCommentMessage{
		TargetMessageKey: key, EncPayload: payload, EncIV: iv,
	}}))
	check("our comment opens in whatsmeow", err == nil && said.GetConversation() == "a comment", err)

	// edits of events
	edited, err := proto.Marshal(&waE2E.Message{EventMessage: &waE2E.EventMessage{Name: proto.String("moved")}})
	must(err)
	payload, iv = seal("event_edit", ownLID, edited)
	edit, err := client.DecryptSecretEncryptedMessage(ctx, incoming(ownLID, &waE2E.Message{
		SecretEncryptedMessage: &waE2E.SecretEncryptedMessage{
			TargetMessageKey: key, EncPayload: payload, EncIV: iv,
			SecretEncType: waE2E.SecretEncryptedMessage_EVENT_EDIT.Enum(),
		},
	}))
	check("our edit of an event opens in whatsmeow", err == nil && edit.GetEventMessage().GetName() == "moved", err)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: content_check PATH_OF_CONTENT_PEER")
		os.Exit(2)
	}
	command := exec.Command(os.Args[1])
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	must(err)
	stdout, err := command.StdoutPipe()
	must(err)
	must(command.Start())
	p := &peer{commands: bufio.NewWriter(stdin), answers: bufio.NewReader(stdout)}
	checkSamples(p)
	checkSecrets(p)
	must(stdin.Close())
	must(command.Wait())
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
