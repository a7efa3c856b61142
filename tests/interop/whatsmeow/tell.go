package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// message tells a received message, and what it does to an earlier one.
func (c *client) message(seen *events.Message) {
	if seen.Message.GetProtocolMessage().GetLidMigrationMappingSyncMessage() != nil {
		if c.unmigrated {
			c.wa.Store.LIDMigrationTimestamp = 0 // as an account that still addresses chats by phone number
		}
		c.emit("synced", object{})
		return
	}
	c.keep(seen.Info, seen.Message)
	text := seen.Message.GetConversation()
	if text == "" {
		text = seen.Message.GetExtendedTextMessage().GetText()
	}
	kind, inner := kindOf(seen.Message)
	quote := contextOf(inner)
	alternative := seen.Info.SenderAlt
	if seen.Info.IsFromMe {
		alternative = seen.Info.RecipientAlt
	}
	raw := seen.RawMessage
	if mirrored := raw.GetDeviceSentMessage().GetMessage(); mirrored != nil {
		raw = mirrored
	}
	more := object{
		"id": seen.Info.ID, "chat": seen.Info.Chat.String(), "chatAlt": alternative.String(), "fromMe": seen.Info.IsFromMe,
		"from": seen.Info.Sender.String(), "pushName": seen.Info.PushName, "type": kind,
		"quotedId": quote.GetStanzaID(), "quotedParticipant": quote.GetParticipant(), "encryption": c.log.encryption(seen.Info.ID),
	}
	if text != "" {
		more["text"] = text
	}
	c.emit("message", bounded(more, "content", raw))
	c.alteration(seen)
}

// kindOf is the name of the field that holds the content.
func kindOf(message *waE2E.Message) (name string, content protoreflect.Value) {
	message.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.JSONName() == "messageContextInfo" || field.JSONName() == "senderKeyDistributionMessage" {
			return true
		}
		name, content = field.JSONName(), value
		return false
	})
	return name, content
}

func contextOf(content protoreflect.Value) *waE2E.ContextInfo {
	if !content.IsValid() {
		return nil
	}
	inner, isMessage := content.Interface().(protoreflect.Message)
	if !isMessage {
		return nil
	}
	if carrier, ok := inner.Interface().(interface{ GetContextInfo() *waE2E.ContextInfo }); ok {
		return carrier.GetContextInfo()
	}
	return nil
}

// alteration tells reactions, edits, revocations, votes and answers, opened by the library where they are sealed.
func (c *client) alteration(seen *events.Message) {
	ctx := context.Background()
	content := seen.Message
	more := object{"id": seen.Info.ID, "chat": seen.Info.Chat.String(), "from": seen.Info.Sender.String()}
	failed := func(err error) bool {
		if more["opened"] = err == nil; err != nil {
			more["reason"] = err.Error()
		}
		return err != nil
	}
	switch protocol := content.GetProtocolMessage(); {
	case content.GetReactionMessage() != nil:
		more["target"], more["text"] = content.GetReactionMessage().GetKey().GetID(), content.GetReactionMessage().GetText()
		c.emit("reaction", more)
	case content.GetEncReactionMessage() != nil:
		more["target"] = content.GetEncReactionMessage().GetTargetMessageKey().GetID()
		if reaction, err := c.wa.DecryptReaction(ctx, seen); !failed(err) {
			more["text"] = reaction.GetText()
		}
		c.emit("reaction", more)
	case protocol != nil && protocol.GetType() == waE2E.ProtocolMessage_MESSAGE_EDIT:
		more["target"] = protocol.GetKey().GetID()
		c.emit("edit", bounded(more, "content", protocol.GetEditedMessage()))
	case protocol != nil && protocol.GetType() == waE2E.ProtocolMessage_REVOKE:
		more["target"] = protocol.GetKey().GetID()
		c.emit("revoke", more)
	case content.GetSecretEncryptedMessage() != nil:
		more["target"] = content.GetSecretEncryptedMessage().GetTargetMessageKey().GetID()
		if edited, err := c.wa.DecryptSecretEncryptedMessage(ctx, seen); !failed(err) {
			bounded(more, "content", edited)
		}
		c.emit("edit", more)
	case content.GetPollUpdateMessage() != nil:
		target := content.GetPollUpdateMessage().GetPollCreationMessageKey().GetID()
		more["target"] = target
		if vote, err := c.wa.DecryptPollVote(ctx, seen); !failed(err) {
			more["options"] = c.optionNames(target, vote.GetSelectedOptions())
		}
		c.emit("vote", more)
	case content.GetEncEventResponseMessage() != nil:
		sealed := content.GetEncEventResponseMessage()
		more["target"] = sealed.GetEventCreationMessageKey().GetID()
		var answer waE2E.EventResponseMessage
		opened, err := c.wa.DangerousInternals().DecryptMsgSecret(ctx, seen, whatsmeow.EncSecretEventResponse, sealed, sealed.GetEventCreationMessageKey())
		if err == nil {
			err = proto.Unmarshal(opened, &answer)
		}
		if !failed(err) {
			more["response"] = answer.GetResponse().String()
		}
		c.emit("answer", more)
	}
}

// optionNames finds the texts behind the hashes of a vote in the poll that it is for.
func (c *client) optionNames(poll types.MessageID, hashes [][]byte) []string {
	names := []string{}
	known, err := c.find(poll)
	if err != nil {
		return names
	}
	creation := known.message.GetPollCreationMessage()
	for _, other := range []*waE2E.PollCreationMessage{known.message.GetPollCreationMessageV2(), known.message.GetPollCreationMessageV3()} {
		if creation == nil {
			creation = other
		}
	}
	for _, option := range creation.GetOptions() {
		hash := whatsmeow.HashPollOptions([]string{option.GetOptionName()})[0]
		for _, voted := range hashes {
			if bytes.Equal(hash, voted) {
				names = append(names, option.GetOptionName())
			}
		}
	}
	return names
}

// answerEvent seals an answer (GOING, NOT_GOING, MAYBE) as votes are sealed; whatsmeow has no function of its own for it.
func (c *client) answerEvent(ctx context.Context, id, response string) (object, error) {
	event, err := c.find(id)
	if err != nil {
		return nil, err
	}
	value, known := waE2E.EventResponseMessage_EventResponseType_value[response]
	if !known {
		return nil, fmt.Errorf("no answer %s", response)
	}
	plain, err := proto.Marshal(&waE2E.EventResponseMessage{Response: waE2E.EventResponseMessage_EventResponseType(value).Enum()})
	if err != nil {
		return nil, err
	}
	own := c.wa.Store.GetJID().ToNonAD()
	sealed, iv, err := c.wa.DangerousInternals().EncryptMsgSecret(ctx, own, event.info.Chat, event.info.Sender, id, whatsmeow.EncSecretEventResponse, plain)
	if err != nil {
		return nil, err
	}
	return c.transmit(ctx, event.info.Chat.String(), &waE2E.Message{EncEventResponseMessage: &waE2E.EncEventResponseMessage{
		EventCreationMessageKey: c.wa.BuildMessageKey(event.info.Chat, event.info.Sender, id), EncPayload: sealed, EncIV: iv,
	}})
}

// raw tells what else the library says, as it says it.
func (c *client) raw(event any) {
	kind := strings.TrimPrefix(fmt.Sprintf("%T", event), "*events.")
	switch seen := event.(type) {
	case *events.Message, *events.QR, *events.Receipt:
		return // they have events of their own
	case *events.HistorySync:
		chats, ids := []string{}, []string{}
		for _, conversation := range seen.Data.GetConversations() {
			chats = append(chats, conversation.GetID())
			for _, message := range conversation.GetMessages() {
				ids = append(ids, message.GetMessage().GetKey().GetID())
			}
		}
		c.emit("raw", object{"type": kind, "data": object{
			"syncType": seen.Data.GetSyncType().String(), "progress": seen.Data.GetProgress(),
			"conversations": len(chats), "messages": len(ids), "chats": chats, "ids": ids, "pushnames": len(seen.Data.GetPushnames()),
		}})
	default:
		c.emit("raw", bounded(object{"type": kind}, "data", event))
	}
}
