package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"go.mau.fi/whatsmeow/appstate"
)

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// changes are whatsmeow's functions that make app state patches.
var changes = map[string]any{
	"BuildArchive":         appstate.BuildArchive,
	"BuildDeleteChat":      appstate.BuildDeleteChat,
	"BuildLabelChat":       appstate.BuildLabelChat,
	"BuildLabelEdit":       appstate.BuildLabelEdit,
	"BuildLabelMessage":    appstate.BuildLabelMessage,
	"BuildMarkChatAsRead":  appstate.BuildMarkChatAsRead,
	"BuildMute":            appstate.BuildMute,
	"BuildPin":             appstate.BuildPin,
	"BuildSettingPushName": appstate.BuildSettingPushName,
	"BuildStar":            appstate.BuildStar,
}

// call runs any exported method of the client. Its context is added; its results come back as JSON, without the error.
func (c *client) call(ctx context.Context, method string, args []json.RawMessage) (object, error) {
	function := reflect.ValueOf(c.wa).MethodByName(method)
	if !function.IsValid() {
		return nil, fmt.Errorf("whatsmeow has no %s", method)
	}
	results, err := c.apply(ctx, function, args)
	if err != nil {
		return nil, err
	}
	encoded := []json.RawMessage{}
	for _, result := range results {
		text, err := toJSON(result.Interface())
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, text)
	}
	switch len(encoded) {
	case 0:
		return object{}, nil
	case 1:
		return object{"value": encoded[0]}, nil
	}
	return object{"value": encoded}, nil
}

// change sends the app state patch that one of `changes` makes.
func (c *client) change(ctx context.Context, name string, args []json.RawMessage) error {
	function, known := changes[name]
	if !known {
		return fmt.Errorf("no app state change %s", name)
	}
	results, err := c.apply(ctx, reflect.ValueOf(function), args)
	if err != nil {
		return err
	}
	return c.wa.SendAppState(ctx, results[0].Interface().(appstate.PatchInfo))
}

func (c *client) apply(ctx context.Context, function reflect.Value, args []json.RawMessage) ([]reflect.Value, error) {
	signature := function.Type()
	var values []reflect.Value
	next := 0
	for i := range signature.NumIn() {
		as := signature.In(i)
		if as == contextType {
			values = append(values, reflect.ValueOf(ctx))
			continue
		}
		many := signature.IsVariadic() && i == signature.NumIn()-1
		if many {
			as = as.Elem()
		}
		for next < len(args) {
			value, err := c.argument(args[next], as)
			if err != nil {
				return nil, fmt.Errorf("argument %d: %w", next, err)
			}
			values = append(values, value)
			next++
			if !many {
				break
			}
		}
	}
	if next != len(args) || len(values) < signature.NumIn()-map[bool]int{true: 1}[signature.IsVariadic()] {
		return nil, fmt.Errorf("%s was called with %d arguments", signature, len(args))
	}
	results := function.Call(values)
	if last := len(results) - 1; last >= 0 && signature.Out(last) == errorType {
		if err, failed := results[last].Interface().(error); failed {
			return nil, err
		}
		results = results[:last]
	}
	return results, nil
}
