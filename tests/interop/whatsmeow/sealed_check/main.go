// Holds wagate's app state and media against whatsmeow's: sealed_check PATH_OF_SEALED_PEER [COUNT [SEED]]
// COUNT patches of each collection, made by the peer, must apply here with every MAC checked to the same state and the
// same actions, also from a snapshot; what whatsmeow makes must apply there; files and media retries must open on
// either side. Exits 1 with the differences.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/appstate"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waServerSync"
	"go.mau.fi/whatsmeow/proto/waSyncAction"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"go.mau.fi/whatsmeow/util/cbcutil"
	"go.mau.fi/whatsmeow/util/hkdfutil"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
)

// hexBytes are hexadecimal text in JSON.
type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) error {
	decoded, err := hex.DecodeString(string(text))
	*b = decoded
	return err
}

func (b hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

type mutation struct {
	Operation string   `json:"operation"`
	Index     string   `json:"index"`
	Version   int32    `json:"version"`
	Value     hexBytes `json:"value"`
}

type sharedKey struct {
	ID   hexBytes `json:"id"`
	Data hexBytes `json:"data"`
}

type writtenPatch struct {
	Bytes     hexBytes   `json:"bytes"`
	Version   uint64     `json:"version"`
	Hash      hexBytes   `json:"hash"`
	Mutations []mutation `json:"mutations"`
}

// reply has the fields of every answer of the peer.
type reply struct {
	Error string `json:"error"`

	Key      json.RawMessage `json:"key"`
	Patches  []writtenPatch  `json:"patches"`
	Snapshot hexBytes        `json:"snapshot"`

	Version   uint64     `json:"version"`
	Hash      hexBytes   `json:"hash"`
	Mutations []mutation `json:"mutations"`

	Plain           hexBytes `json:"plain"`
	File            hexBytes `json:"file"`
	PlainSHA256     hexBytes `json:"plainSha256"`
	EncryptedSHA256 hexBytes `json:"encryptedSha256"`
	Frame           hexBytes `json:"frame"`
}

type peer struct {
	in  *bufio.Writer
	out *bufio.Reader
}

func (p *peer) ask(format string, arguments ...any) reply {
	fmt.Fprintf(p.in, format+"\n", arguments...)
	must(p.in.Flush())
	line, err := p.out.ReadBytes('\n')
	must(err)
	var answer reply
	must(json.Unmarshal(line, &answer))
	return answer
}

// ---- checks

var (
	order  []string
	passed = map[string]int{}
	failed = map[string]int{}
	shown  int
)

func check(name string, holds bool, format string, arguments ...any) {
	if passed[name]+failed[name] == 0 {
		order = append(order, name)
	}
	if holds {
		passed[name]++
		return
	}
	failed[name]++
	if shown++; shown <= 5 {
		fmt.Fprintf(os.Stderr, "FAILED %s\n  %s\n", name, fmt.Sprintf(format, arguments...))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// ---- whatsmeow's stores, in memory

type memory struct {
	keys map[string]store.AppStateSyncKey
	macs map[string][]byte
}

func (m *memory) PutAppStateSyncKey(_ context.Context, id []byte, key store.AppStateSyncKey) error {
	m.keys[string(id)] = key
	return nil
}

func (m *memory) GetAppStateSyncKey(_ context.Context, id []byte) (*store.AppStateSyncKey, error) {
	if key, ok := m.keys[string(id)]; ok {
		return &key, nil
	}
	return nil, nil
}

func (m *memory) GetLatestAppStateSyncKeyID(context.Context) ([]byte, error) { return nil, nil }

func (m *memory) PutAppStateVersion(context.Context, string, uint64, [128]byte) error { return nil }

func (m *memory) GetAppStateVersion(context.Context, string) (uint64, [128]byte, error) {
	return 0, [128]byte{}, nil
}

func (m *memory) DeleteAppStateVersion(context.Context, string) error { return nil }

func (m *memory) PutAppStateMutationMACs(_ context.Context, name string, _ uint64, list []store.AppStateMutationMAC) error {
	for _, entry := range list {
		m.macs[name+string(entry.IndexMAC)] = entry.ValueMAC
	}
	return nil
}

func (m *memory) DeleteAppStateMutationMACs(_ context.Context, name string, indexes [][]byte) error {
	for _, index := range indexes {
		delete(m.macs, name+string(index))
	}
	return nil
}

func (m *memory) GetAppStateMutationMAC(_ context.Context, name string, index []byte) ([]byte, error) {
	return m.macs[name+string(index)], nil
}

func newProcessor(key sharedKey) *appstate.Processor {
	rows := &memory{keys: map[string]store.AppStateSyncKey{}, macs: map[string][]byte{}}
	rows.keys[string(key.ID)] = store.AppStateSyncKey{Data: key.Data}
	return appstate.NewProcessor(&store.Device{AppStateKeys: rows, AppState: rows}, waLog.Noop)
}

// ---- app state

func sameAction(ours mutation, theirs appstate.Mutation) bool {
	var index []string
	var value waSyncAction.SyncActionValue
	must(json.Unmarshal([]byte(ours.Index), &index))
	must(proto.Unmarshal(ours.Value, &value))
	operation := waServerSync.SyncdMutation_SET
	if ours.Operation == "remove" {
		operation = waServerSync.SyncdMutation_REMOVE
	}
	return fmt.Sprint(index) == fmt.Sprint(theirs.Index) && operation == theirs.Operation && ours.Version == theirs.Version &&
		proto.Equal(&value, theirs.Action)
}

func checkOurPatches(p *peer, collection appstate.WAPatchName, seed, count int) {
	written := p.ask("patches %d %d %s", seed, count, collection)
	var key sharedKey
	must(json.Unmarshal(written.Key, &key))
	processor := newProcessor(key)
	var state appstate.HashState
	live := map[string]mutation{}
	for _, entry := range written.Patches {
		var patch waServerSync.SyncdPatch
		must(proto.Unmarshal(entry.Bytes, &patch))
		patch.Version = &waServerSync.SyncdVersion{Version: proto.Uint64(entry.Version)}
		list := &appstate.PatchList{Name: collection, Patches: []*waServerSync.SyncdPatch{&patch}}
		mutations, after, err := processor.DecodePatches(context.Background(), list, state, true)
		check("our patches in whatsmeow: accepted", err == nil, "%s v%d: %v", collection, entry.Version, err)
		state = after
		check("our patches in whatsmeow: state", bytes.Equal(state.Hash[:], entry.Hash), "%s v%d", collection, entry.Version)
		check("our patches in whatsmeow: number of actions", len(mutations) == len(entry.Mutations), "%d", len(mutations))
		for i := range min(len(mutations), len(entry.Mutations)) {
			check("our patches in whatsmeow: actions", sameAction(entry.Mutations[i], mutations[i]), "%+v\n  %+v",
				entry.Mutations[i], mutations[i])
		}
		for _, change := range entry.Mutations {
			delete(live, change.Index)
			if change.Operation == "set" {
				live[change.Index] = change
			}
		}
	}
	var snapshot waServerSync.SyncdSnapshot
	must(proto.Unmarshal(written.Snapshot, &snapshot))
	list := &appstate.PatchList{Name: collection, Snapshot: &snapshot}
	mutations, late, err := newProcessor(key).DecodePatches(context.Background(), list, appstate.HashState{}, true)
	check("our snapshots in whatsmeow", err == nil && late == state && len(mutations) == len(live), "%s: %v", collection, err)
}

func checkTheirPatches(p *peer) {
	chat := types.NewJID("15550001111", types.DefaultUserServer)
	group := types.NewJID("120363000000000001", types.GroupServer)
	other := types.NewJID("15550002222", types.DefaultUserServer)
	when := time.Unix(1_780_000_000, 0)
	last := &waCommon.MessageKey{RemoteJID: proto.String(chat.String()), FromMe: proto.Bool(false), ID: proto.String("3EB0AA")}
	patches := []appstate.PatchInfo{
		appstate.BuildMute(chat, true, 0), appstate.BuildMute(chat, true, time.Hour), appstate.BuildMute(chat, false, 0),
		appstate.BuildPin(chat, true), appstate.BuildPin(chat, false), appstate.BuildArchive(chat, true, when, last),
		appstate.BuildArchive(chat, false, when, last), appstate.BuildMarkChatAsRead(chat, true, when, last),
		appstate.BuildMarkChatAsRead(chat, false, when, nil), appstate.BuildLabelChat(chat, "7", true),
		appstate.BuildLabelMessage(chat, "7", "3EB0AA", true), appstate.BuildLabelEdit("7", "New <&> \"label\"", 3, false),
		appstate.BuildSettingPushName("Łukasz"), appstate.BuildStar(group, other, "3EB0AA", false, true),
		appstate.BuildStar(chat, chat, "3EB0AB", true, false),
	}
	key := sharedKey{ID: make([]byte, 6), Data: make([]byte, 32)}
	rand.Read(key.ID)
	rand.Read(key.Data)
	processor := newProcessor(key)
	states := map[appstate.WAPatchName]appstate.HashState{}
	encoded := map[appstate.WAPatchName][]hexBytes{}
	expected := map[appstate.WAPatchName][]appstate.Mutation{}
	for _, info := range patches {
		raw, err := processor.EncodePatch(context.Background(), key.ID, states[info.Type], info)
		must(err)
		encoded[info.Type] = append(encoded[info.Type], raw)
		var patch waServerSync.SyncdPatch
		must(proto.Unmarshal(raw, &patch))
		patch.Version = &waServerSync.SyncdVersion{Version: proto.Uint64(states[info.Type].Version + 1)}
		list := &appstate.PatchList{Name: info.Type, Patches: []*waServerSync.SyncdPatch{&patch}}
		mutations, after, err := processor.DecodePatches(context.Background(), list, states[info.Type], true)
		must(err)
		states[info.Type] = after
		expected[info.Type] = append(expected[info.Type], mutations...)
	}
	for collection, list := range encoded {
		command, err := json.Marshal(map[string]any{"collection": collection, "key": key, "patches": list})
		must(err)
		applied := p.ask("apply %s", command)
		state := states[collection]
		check("whatsmeow's patches there: state", applied.Version == state.Version && bytes.Equal(applied.Hash, state.Hash[:]),
			"%s: %s", collection, applied.Error)
		check("whatsmeow's patches there: number of actions", len(applied.Mutations) == len(expected[collection]), "%s", collection)
		for i := range min(len(applied.Mutations), len(expected[collection])) {
			check("whatsmeow's patches there: actions", sameAction(applied.Mutations[i], expected[collection][i]), "%+v\n  %+v",
				applied.Mutations[i], expected[collection][i])
		}
	}
}

// ---- media

var mediaTypes = map[string]whatsmeow.MediaType{
	"image": whatsmeow.MediaImage, "video": whatsmeow.MediaVideo, "audio": whatsmeow.MediaAudio,
	"document": whatsmeow.MediaDocument, "md-app-state": whatsmeow.MediaAppState, "md-msg-hist": whatsmeow.MediaHistory,
}

func checkFiles(p *peer, seed int) {
	for name, kind := range mediaTypes {
		for i, length := range []int{0, 1, 15, 16, 17, 1000, 65_536, 100_001} {
			ours := p.ask("encrypt %s %d %d", name, seed+i, length)
			var key hexBytes
			must(json.Unmarshal(ours.Key, &key))
			expanded := hkdfutil.SHA256(key, nil, []byte(kind), 112)
			iv, cipherKey, macKey := expanded[:16], expanded[16:48], expanded[48:80]
			ciphertext, mac := ours.File[:len(ours.File)-10], ours.File[len(ours.File)-10:]
			code := hmac.New(sha256.New, macKey)
			code.Write(iv)
			code.Write(ciphertext)
			check("MAC of our files in whatsmeow", bytes.Equal(code.Sum(nil)[:10], mac), "%s %d", name, length)
			plain, err := cbcutil.Decrypt(cipherKey, iv, bytes.Clone(ciphertext))
			check("our files in whatsmeow", err == nil && bytes.Equal(plain, ours.Plain), "%s %d: %v", name, length, err)

			theirKey, theirPlain := make([]byte, 32), make([]byte, length)
			rand.Read(theirKey)
			rand.Read(theirPlain)
			expanded = hkdfutil.SHA256(theirKey, nil, []byte(kind), 112)
			var file bytes.Buffer
			_, _, _, _, err = cbcutil.EncryptStream(expanded[16:48], expanded[:16], expanded[48:80], bytes.NewReader(theirPlain), &file)
			must(err)
			opened := p.ask("decrypt %s %x %x", name, theirKey, file.Bytes())
			check("whatsmeow's files there", opened.Error == "" && bytes.Equal(opened.Plain, theirPlain), "%s %d: %s", name, length,
				opened.Error)
		}
	}
}

func checkRetries(p *peer) {
	key := make([]byte, 32)
	rand.Read(key)
	answer := p.ask("retry-answer %x", key)
	unpacked, err := waBinary.Unpack(answer.Frame)
	must(err)
	node, err := waBinary.Unmarshal(unpacked)
	must(err)
	sealed, _ := node.GetChildByTag("encrypt", "enc_p").Content.([]byte)
	nonce, _ := node.GetChildByTag("encrypt", "enc_iv").Content.([]byte)
	event := &events.MediaRetry{Ciphertext: sealed, IV: nonce, MessageID: "3EB0AA"}
	opened, err := whatsmeow.DecryptMediaRetryNotification(event, key)
	check("our retry answers in whatsmeow", err == nil && opened.GetDirectPath() == "/v/new.enc?oe=1", "%v", err)
}

func argument(position, otherwise int) int {
	if len(os.Args) <= position {
		return otherwise
	}
	value, err := strconv.Atoi(os.Args[position])
	must(err)
	return value
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: sealed_check PATH_OF_SEALED_PEER [COUNT [SEED]]")
		os.Exit(2)
	}
	count, seed := argument(2, 60), argument(3, 1)
	child := exec.Command(os.Args[1])
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	must(err)
	out, err := child.StdoutPipe()
	must(err)
	must(child.Start())
	p := &peer{bufio.NewWriter(in), bufio.NewReader(out)}

	for i, collection := range appstate.AllPatchNames {
		checkOurPatches(p, collection, seed*10+i, count)
	}
	checkTheirPatches(p)
	checkFiles(p, seed)
	checkRetries(p)

	must(in.Close())
	must(child.Wait())
	failures := 0
	for _, name := range order {
		fmt.Printf("%s: %d passed, %d failed\n", name, passed[name], failed[name])
		failures += failed[name]
	}
	if failures > 0 {
		os.Exit(1)
	}
}
