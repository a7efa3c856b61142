package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// largestEvent bounds what one event tells, in bytes; of larger ones only the size is told.
const largestEvent = 128 * 1024

var (
	protoMessageType = reflect.TypeFor[proto.Message]()
	messageInfoType  = reflect.TypeFor[*types.MessageInfo]()
	eventType        = reflect.TypeFor[*events.Message]()
	durationType     = reflect.TypeFor[time.Duration]()
	timeType         = reflect.TypeFor[time.Time]()
	pushConfigType   = reflect.TypeFor[whatsmeow.PushConfig]()
)

// toJSON is a value as the caller sees it: protobuf's JSON for messages, Go's for the rest.
func toJSON(value any) (json.RawMessage, error) {
	if message, ok := value.(proto.Message); ok && !reflect.ValueOf(value).IsNil() {
		encoded, err := protojson.Marshal(message)
		return encoded, err
	}
	return json.Marshal(value)
}

// bounded adds the value as `field`, or its size when it is large.
func bounded(more object, field string, value any) object {
	encoded, err := toJSON(value)
	switch {
	case err != nil:
		more["error"] = err.Error()
	case len(encoded) > largestEvent:
		more[field+"Size"] = len(encoded)
	default:
		more[field] = encoded
	}
	return more
}

// readMessage parses protobuf's JSON, whatever the capitals of its keys: clients spell the same field stanzaId and stanzaID.
func readMessage(text json.RawMessage, into proto.Message) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	spelled, err := json.Marshal(spell(value, into.ProtoReflect().Descriptor()))
	if err != nil {
		return err
	}
	return protojson.Unmarshal(spelled, into)
}

func spell(value any, as protoreflect.MessageDescriptor) any {
	fields, isObject := value.(map[string]any)
	if !isObject || as == nil {
		return value
	}
	known := map[string]protoreflect.FieldDescriptor{}
	for i := range as.Fields().Len() {
		field := as.Fields().Get(i)
		known[strings.ToLower(field.JSONName())] = field
	}
	spelled := map[string]any{}
	for name, inner := range fields {
		field, found := known[strings.ToLower(name)]
		if !found {
			spelled[name] = inner // the parser will say so
			continue
		}
		if items, isList := inner.([]any); isList {
			for i := range items {
				items[i] = spell(items[i], field.Message())
			}
		} else if !field.IsMap() {
			inner = spell(inner, field.Message())
		}
		spelled[field.JSONName()] = inner
	}
	return spelled
}

// pushConfig is one of the library's kinds, by "platform"; its fields are the library's.
func pushConfig(text json.RawMessage) (reflect.Value, error) {
	var kind struct {
		Platform string `json:"platform"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return reflect.Value{}, err
	}
	configs := map[string]whatsmeow.PushConfig{
		"fcm":  &whatsmeow.FCMPushConfig{},
		"apns": &whatsmeow.APNsPushConfig{},
		"web":  &whatsmeow.WebPushConfig{},
	}
	config, known := configs[kind.Platform]
	if !known {
		return reflect.Value{}, fmt.Errorf("no push platform %s", kind.Platform)
	}
	return reflect.ValueOf(config), json.Unmarshal(text, config)
}

// argument makes a parameter of the given type: messages from protobuf's JSON, times and durations from seconds, what is
// about a known message from {"$message": id}, and the rest as Go reads it (JIDs as text, bytes as base64).
func (c *client) argument(text json.RawMessage, as reflect.Type) (reflect.Value, error) {
	switch {
	case as == messageInfoType || as == eventType:
		var reference struct {
			ID string `json:"$message"`
		}
		if err := json.Unmarshal(text, &reference); err != nil {
			return reflect.Value{}, err
		}
		known, err := c.find(reference.ID)
		if err != nil {
			return reflect.Value{}, err
		}
		if as == messageInfoType {
			return reflect.ValueOf(&known.info), nil
		}
		return reflect.ValueOf(&events.Message{Info: known.info, Message: known.message, RawMessage: known.message}), nil
	case as.Kind() == reflect.Pointer && as.Implements(protoMessageType):
		made := reflect.New(as.Elem())
		return made, readMessage(text, made.Interface().(proto.Message))
	case as == pushConfigType:
		return pushConfig(text)
	case as == durationType || as == timeType:
		var seconds float64
		if err := json.Unmarshal(text, &seconds); err != nil {
			return reflect.Value{}, err
		}
		if as == timeType {
			return reflect.ValueOf(time.Unix(int64(seconds), 0)), nil
		}
		return reflect.ValueOf(time.Duration(seconds * float64(time.Second))), nil
	}
	made := reflect.New(as)
	if err := json.Unmarshal(text, made.Interface()); err != nil {
		return reflect.Value{}, fmt.Errorf("%s: %w", as, err)
	}
	return made.Elem(), nil
}
