// A lazy client: the file system of stargz-snapshotter over FUSE, without containerd. It mounts a layer of a
// registry and fetches only what is read.
//
//	lazy build DIRECTORY               writes an OCI layout whose image has one eStargz layer; prints a line for each
//	                                   of its files: the SHA-256 and the name
//	lazy layer DIRECTORY               prints the digest of the layer, and the digest of its table of contents
//	lazy read REFERENCE LAYER TOC FILE...
//	                                   mounts the layer, and prints such a line for each file that it reads
package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/containerd/stargz-snapshotter/estargz"
	stargzfs "github.com/containerd/stargz-snapshotter/fs"
	"github.com/containerd/stargz-snapshotter/fs/config"
	"github.com/containerd/stargz-snapshotter/fs/source"
	"github.com/containerd/stargz-snapshotter/service/resolver"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

const (
	small     = 20
	smallSize = 100_000
	largeSize = 24 << 20
)

func main() {
	log.SetFlags(0)
	args := os.Args[1:]
	var err error
	switch {
	case len(args) == 2 && args[0] == "build":
		err = build(args[1])
	case len(args) == 2 && args[0] == "layer":
		err = layer(args[1])
	case len(args) >= 5 && args[0] == "read":
		err = read(args[1], args[2], args[3], args[4:])
	default:
		log.Print("usage: lazy build DIRECTORY | layer DIRECTORY | read REFERENCE LAYER TOC FILE...")
		os.Exit(2)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func build(directory string) error {
	var archive bytes.Buffer
	out := tar.NewWriter(&archive)
	random := rand.NewChaCha8(sha256.Sum256([]byte("lazy")))
	for i := range small + 1 {
		name, size := fmt.Sprintf("small-%d", i), smallSize
		if i == small {
			name, size = "large", largeSize
		}
		content := make([]byte, size)
		random.Read(content)
		if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(size)}); err != nil {
			return err
		}
		if _, err := out.Write(content); err != nil {
			return err
		}
		fmt.Printf("%x  %s\n", sha256.Sum256(content), name)
	}
	if err := out.Close(); err != nil {
		return err
	}
	blob, err := estargz.Build(io.NewSectionReader(bytes.NewReader(archive.Bytes()), 0, int64(archive.Len())))
	if err != nil {
		return err
	}
	defer blob.Close()
	content, err := io.ReadAll(blob)
	if err != nil {
		return err
	}
	layer, err := put(directory, v1.MediaTypeImageLayerGzip, content)
	if err != nil {
		return err
	}
	layer.Annotations = map[string]string{estargz.TOCJSONDigestAnnotation: blob.TOCDigest().String()}
	image := v1.Image{
		Platform: v1.Platform{OS: "linux", Architecture: "amd64"},
		RootFS:   v1.RootFS{Type: "layers", DiffIDs: []digest.Digest{blob.DiffID()}},
	}
	configuration, err := putJSON(directory, v1.MediaTypeImageConfig, image)
	if err != nil {
		return err
	}
	manifest, err := putJSON(directory, v1.MediaTypeImageManifest, v1.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: v1.MediaTypeImageManifest,
		Config:    configuration,
		Layers:    []v1.Descriptor{layer},
	})
	if err != nil {
		return err
	}
	index := v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, Manifests: []v1.Descriptor{manifest}}
	if err := writeJSON(filepath.Join(directory, v1.ImageIndexFile), index); err != nil {
		return err
	}
	return writeJSON(filepath.Join(directory, v1.ImageLayoutFile), v1.ImageLayout{Version: v1.ImageLayoutVersion})
}

func put(directory, mediaType string, content []byte) (v1.Descriptor, error) {
	of := digest.FromBytes(content)
	path := filepath.Join(directory, v1.ImageBlobsDir, of.Algorithm().String(), of.Encoded())
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return v1.Descriptor{}, err
	}
	return v1.Descriptor{MediaType: mediaType, Digest: of, Size: int64(len(content))}, os.WriteFile(path, content, 0o644)
}

func putJSON(directory, mediaType string, value any) (v1.Descriptor, error) {
	content, err := json.Marshal(value)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return put(directory, mediaType, content)
}

func writeJSON(path string, value any) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

func layer(directory string) error {
	var index v1.Index
	if err := readJSON(filepath.Join(directory, v1.ImageIndexFile), &index); err != nil {
		return err
	}
	var manifest v1.Manifest
	of := index.Manifests[0].Digest
	if err := readJSON(filepath.Join(directory, v1.ImageBlobsDir, of.Algorithm().String(), of.Encoded()), &manifest); err != nil {
		return err
	}
	layer := manifest.Layers[0]
	fmt.Println(layer.Digest, layer.Annotations[estargz.TOCJSONDigestAnnotation])
	return nil
}

func readJSON(path string, value any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, value)
}

func read(reference, layer, toc string, files []string) (err error) {
	root, err := os.MkdirTemp("", "lazy")
	if err != nil {
		return err
	}
	defer func() {
		// Not through a mount that is still there.
		if err == nil {
			err = os.RemoveAll(root)
		}
	}()
	mount := filepath.Join(root, "mount")
	if err := os.Mkdir(mount, 0o755); err != nil {
		return err
	}
	filesystem, err := stargzfs.NewFilesystem(
		filepath.Join(root, "cache"),
		config.Config{NoPrometheus: true, NoBackgroundFetch: true},
		stargzfs.WithGetSources(source.FromDefaultLabels(resolver.RegistryHostsFromConfig(resolver.Config{}))))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	labels := map[string]string{
		"containerd.io/snapshot/remote/stargz.reference": reference,
		"containerd.io/snapshot/remote/stargz.digest":    layer,
		"containerd.io/snapshot/remote/stargz.layers":    layer,
		estargz.TOCJSONDigestAnnotation:                  toc,
	}
	if err := filesystem.Mount(ctx, mount, labels); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, filesystem.Unmount(ctx, mount)) }()
	for _, name := range files {
		content, err := os.ReadFile(filepath.Join(mount, name))
		if err != nil {
			return err
		}
		fmt.Printf("%x  %s\n", sha256.Sum256(content), name)
	}
	return nil
}
