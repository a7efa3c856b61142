package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

var mediaTypes = map[string]whatsmeow.MediaType{
	"image":    whatsmeow.MediaImage,
	"sticker":  whatsmeow.MediaImage,
	"video":    whatsmeow.MediaVideo,
	"audio":    whatsmeow.MediaAudio,
	"document": whatsmeow.MediaDocument,
}

// upload encrypts and uploads a file; the result has the fields that its message needs.
func (c *client) upload(ctx context.Context, path, kind string) (object, error) {
	as, known := mediaTypes[kind]
	if !known {
		return nil, fmt.Errorf("no kind of media %q", kind)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	made, err := c.wa.UploadReader(ctx, file, nil, as)
	if err != nil {
		return nil, err
	}
	return object{
		"url": made.URL, "directPath": made.DirectPath, "mediaKey": made.MediaKey, "fileEncSha256": made.FileEncSHA256,
		"fileSha256": made.FileSHA256, "fileLength": made.FileLength,
	}, nil
}

// download decrypts a message's file into `path` and tells its size and hash.
func (c *client) download(ctx context.Context, id, path string) (object, error) {
	known, err := c.find(id)
	if err != nil {
		return nil, err
	}
	media := downloadable(known.message)
	if media == nil {
		return nil, fmt.Errorf("message %s has no file", id)
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := c.wa.DownloadToFile(ctx, media, file); err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	return object{"size": size, "sha256": hex.EncodeToString(hash.Sum(nil))}, err
}

// retryMedia asks the phone to upload a message's file again; the answer is the event `media`.
func (c *client) retryMedia(ctx context.Context, id string) error {
	known, err := c.find(id)
	if err != nil {
		return err
	}
	media := downloadable(known.message)
	if media == nil {
		return fmt.Errorf("message %s has no file", id)
	}
	return c.wa.SendMediaRetryReceipt(ctx, &known.info, media.GetMediaKey())
}

// uploadedAgain takes the new place of a file into its message.
func (c *client) uploadedAgain(seen *events.MediaRetry) {
	known, err := c.find(seen.MessageID)
	if err != nil {
		return
	}
	media := downloadable(known.message)
	answer, err := whatsmeow.DecryptMediaRetryNotification(seen, media.GetMediaKey())
	if err != nil {
		c.log.Errorf("media retry: %v", err)
		return
	}
	path := answer.GetDirectPath()
	switch message := media.(type) {
	case *waE2E.ImageMessage:
		message.DirectPath, message.URL = &path, nil
	case *waE2E.VideoMessage:
		message.DirectPath, message.URL = &path, nil
	case *waE2E.AudioMessage:
		message.DirectPath, message.URL = &path, nil
	case *waE2E.DocumentMessage:
		message.DirectPath, message.URL = &path, nil
	case *waE2E.StickerMessage:
		message.DirectPath, message.URL = &path, nil
	}
	c.emit("media", object{"id": seen.MessageID, "result": answer.GetResult().String()})
}

// askHistory asks the phone for messages older than the one named.
func (c *client) askHistory(ctx context.Context, r request) error {
	chat, err := types.ParseJID(r.Chat)
	if err != nil {
		return err
	}
	oldest := types.MessageInfo{ID: r.Message, Timestamp: time.Unix(r.Seconds, 0)}
	oldest.Chat, oldest.IsFromMe = chat, r.FromMe
	_, err = c.wa.SendMessage(ctx, c.wa.Store.GetJID().ToNonAD(), c.wa.BuildHistorySyncRequest(&oldest, r.Count),
		whatsmeow.SendRequestExtra{Peer: true})
	return err
}

func downloadable(message *waE2E.Message) whatsmeow.DownloadableMessage {
	switch {
	case message.ImageMessage != nil:
		return message.ImageMessage
	case message.VideoMessage != nil:
		return message.VideoMessage
	case message.PtvMessage != nil:
		return message.PtvMessage
	case message.AudioMessage != nil:
		return message.AudioMessage
	case message.DocumentMessage != nil:
		return message.DocumentMessage
	case message.StickerMessage != nil:
		return message.StickerMessage
	}
	return nil
}
