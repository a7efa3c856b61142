package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

// kept is a message that may be quoted or marked as read later.
type kept struct {
	info    types.MessageInfo
	message *waE2E.Message
}

// client is one companion device.
type client struct {
	wa         *whatsmeow.Client
	emit       func(event string, more object)
	log        *logger
	markOnline bool
	unmigrated bool

	mutex    sync.Mutex
	messages map[types.MessageID]kept
}

func newClient(ctx context.Context, r request, from *stores, emit func(string, object)) (*client, error) {
	root, err := hex.DecodeString(r.RootKey)
	if err != nil || len(root) != len(whatsmeow.WACertPubKey) {
		return nil, fmt.Errorf("rootKey must be %d bytes in hex", len(whatsmeow.WACertPubKey))
	}
	copy(whatsmeow.WACertPubKey[:], root)
	web, err := loopbackClient(r.URL, r.CAFile)
	if err != nil {
		return nil, err
	}
	device, err := from.device(ctx, r.Client, r.Database)
	if err != nil {
		return nil, err
	}
	made := &client{emit: emit, log: newLogger(r.Client), markOnline: r.MarkOnline, unmigrated: r.Unmigrated, messages: map[types.MessageID]kept{}}
	made.wa = whatsmeow.NewClient(device, made.log)
	made.wa.SetPreLoginHTTPClient(web)
	made.wa.SetWebsocketHTTPClient(web)
	made.wa.SetMediaHTTPClient(web)
	made.wa.GetMessageForRetry = func(_, _ types.JID, id types.MessageID) *waE2E.Message {
		known, _ := made.find(id)
		return known.message
	}
	made.wa.AddEventHandler(made.handle)
	return made, nil
}

func (c *client) open(ctx context.Context) error {
	codes, err := c.wa.GetQRChannel(ctx)
	if err != nil {
		return err
	}
	if err := c.wa.Connect(); err != nil {
		return err
	}
	go func() {
		for item := range codes {
			if item.Event == whatsmeow.QRChannelEventCode {
				c.emit("qr", object{"qr": item.Code})
			} else if item.Event != whatsmeow.QRChannelSuccess.Event {
				c.emit("close", object{"code": 0, "reason": item.Event, "reconnecting": false})
			}
		}
	}()
	return nil
}

func (c *client) reconnect() error { return c.wa.Connect() }

func (c *client) disconnect() {
	c.wa.Disconnect()
	c.emit("close", object{"code": 0, "reason": "disconnect", "reconnecting": false})
}

func (c *client) requestCode(ctx context.Context, phone string) (object, error) {
	code, err := c.wa.PairPhone(ctx, phone, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	return object{"code": code}, err
}

// loseSessions forgets the Signal sessions with these users, whether they are named by number or by LID.
func (c *client) loseSessions(ctx context.Context, users []string) error {
	for _, user := range users {
		for _, server := range []string{types.DefaultUserServer, types.HiddenUserServer} {
			if err := c.wa.Store.Sessions.DeleteAllSessions(ctx, types.NewJID(user, server).SignalAddressUser()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *client) keep(info types.MessageInfo, message *waE2E.Message) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.messages[info.ID] = kept{info, message}
}

func (c *client) find(id types.MessageID) (kept, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	known, ok := c.messages[id]
	if !ok {
		return kept{}, fmt.Errorf("no message %s", id)
	}
	return known, nil
}

func (c *client) send(ctx context.Context, to, text, quoted string) (object, error) {
	message := &waE2E.Message{Conversation: proto.String(text)}
	if quoted != "" {
		original, err := c.find(quoted)
		if err != nil {
			return nil, err
		}
		message = &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{
			Text: proto.String(text),
			ContextInfo: &waE2E.ContextInfo{
				StanzaID:      proto.String(quoted),
				Participant:   proto.String(original.info.Sender.ToNonAD().String()),
				QuotedMessage: original.message,
			},
		}}
	}
	return c.transmit(ctx, to, message)
}

// transmit sends a message and returns once the server has it.
func (c *client) transmit(ctx context.Context, to string, message *waE2E.Message) (object, error) {
	if !strings.Contains(to, "@") {
		to += "@" + types.DefaultUserServer
	}
	chat, err := types.ParseJID(to)
	if err != nil {
		return nil, err
	}
	// The id is made here so that a receipt that overtakes the answer finds its message.
	id := c.wa.GenerateMessageID()
	own := c.wa.Store.GetJID()
	c.keep(types.MessageInfo{ID: id, MessageSource: types.MessageSource{Chat: chat, Sender: own, IsFromMe: true}}, message)
	if _, err := c.wa.SendMessage(ctx, chat, message, whatsmeow.SendRequestExtra{ID: id}); err != nil {
		return nil, err
	}
	c.emit("receipt", object{"ids": []string{id}, "type": "server", "chat": chat.String(), "fromMe": true})
	return bounded(object{"id": id}, "content", message), nil
}

func (c *client) markRead(ctx context.Context, id string) error {
	known, err := c.find(id)
	if err != nil {
		return err
	}
	return c.wa.MarkRead(ctx, []types.MessageID{id}, time.Now(), known.info.Chat, known.info.Sender)
}

func (c *client) handle(event any) {
	c.raw(event)
	switch seen := event.(type) {
	case *events.PairSuccess:
		c.emit("paired", object{"jid": seen.ID.String(), "lid": seen.LID.String()})
	case *events.PairError:
		c.emit("close", object{"code": 0, "reason": seen.Error.Error(), "reconnecting": false})
	case *events.Connected:
		if c.markOnline {
			if c.wa.Store.PushName == "" {
				c.wa.Store.PushName = "Peer" // without a name nobody is available
			}
			if err := c.wa.SendPresence(context.Background(), types.PresenceAvailable); err != nil {
				c.log.Warnf("presence: %v", err)
			}
		}
		c.emit("open", object{"jid": c.wa.Store.GetJID().String(), "lid": c.wa.Store.GetLID().String()})
	case *events.OfflineSyncCompleted:
		c.emit("caught-up", object{})
	case *events.Message:
		c.message(seen)
	case *events.UndecryptableMessage:
		c.emit("undecryptable", object{"id": seen.Info.ID, "chat": seen.Info.Chat.String(), "reason": ""})
	case *events.MediaRetry:
		c.uploadedAgain(seen)
	case *events.Receipt:
		c.receipt(seen)
	case *events.Disconnected:
		c.emit("close", object{"code": 0, "reason": "connection lost", "reconnecting": true})
	case *events.LoggedOut:
		c.emit("close", object{"code": 401, "reason": seen.Reason.String(), "reconnecting": false})
	case *events.StreamReplaced:
		c.emit("close", object{"code": 440, "reason": "replaced", "reconnecting": false})
	case *events.ConnectFailure:
		c.emit("close", object{"code": int(seen.Reason), "reason": seen.Message, "reconnecting": false})
	case *events.StreamError:
		c.emit("close", object{"code": 500, "reason": "stream error " + seen.Code, "reconnecting": true})
	}
}

func (c *client) receipt(seen *events.Receipt) {
	kind, known := map[types.ReceiptType]string{
		types.ReceiptTypeDelivered: "delivered",
		types.ReceiptTypeRead:      "read",
		types.ReceiptTypePlayed:    "played",
		types.ReceiptTypeRetry:     "retry",
	}[seen.Type]
	if !known {
		kind = string(seen.Type)
	}
	c.emit("receipt", object{"ids": seen.MessageIDs, "type": kind, "chat": seen.Chat.String(), "from": seen.Sender.String(), "fromMe": true})
}
