// A lazy client: the file system of soci-snapshotter over FUSE, without containerd. It finds the SOCI index of an
// image in its registry, mounts a layer and fetches only what is read.
//
//	lazy-soci v1|v2 REFERENCE MANIFEST LAYER FILE...
//	                                   mounts the layer of the manifest, and prints a line for each file that it reads:
//	                                   the SHA-256 and the name. The index is a referrer of the manifest (v1), or an
//	                                   annotation names it (v2)
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/awslabs/soci-snapshotter/config"
	socifs "github.com/awslabs/soci-snapshotter/fs"
	"github.com/awslabs/soci-snapshotter/fs/source"
	"github.com/awslabs/soci-snapshotter/metadata"
	"github.com/awslabs/soci-snapshotter/service/resolver"
	"github.com/awslabs/soci-snapshotter/ztoc"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/containerd/v2/pkg/snapshotters"
	"go.etcd.io/bbolt"
)

func main() {
	log.SetFlags(0)
	args := os.Args[1:]
	if len(args) < 5 || args[0] != "v1" && args[0] != "v2" {
		log.Print("usage: lazy-soci v1|v2 REFERENCE MANIFEST LAYER FILE...")
		os.Exit(2)
	}
	if err := read(args[0], args[1], args[2], args[3], args[4:]); err != nil {
		log.Fatal(err)
	}
}

func read(version, reference, manifest, layer string, files []string) (err error) {
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
	ctx, cancel := context.WithTimeout(namespaces.WithNamespace(context.Background(), "interop"), time.Minute)
	defer cancel()
	filesystem, err := newFilesystem(ctx, version, root)
	if err != nil {
		return err
	}
	labels := map[string]string{
		snapshotters.TargetRefLabel:            reference,
		snapshotters.TargetManifestDigestLabel: manifest,
		snapshotters.TargetLayerDigestLabel:    layer,
		snapshotters.TargetImageLayersLabel:    layer,
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

type mounter interface {
	Mount(ctx context.Context, mountpoint string, labels map[string]string) error
	Unmount(ctx context.Context, mountpoint string) error
}

func newFilesystem(ctx context.Context, version, root string) (mounter, error) {
	settings := config.NewConfig()
	settings.NoPrometheus = true
	settings.BackgroundFetchConfig.Disable = true
	settings.PullModes.SOCIv1.Enable = version == "v1"
	settings.PullModes.SOCIv2.Enable = version == "v2"
	database, err := bbolt.Open(filepath.Join(root, "metadata.db"), 0o600, nil)
	if err != nil {
		return nil, err
	}
	hosts := resolver.NewRegistryManager(ctx, settings.RetryableHTTPClientConfig, settings.ResolverConfig, nil)
	return socifs.NewFilesystem(ctx, filepath.Join(root, "soci"), settings.FSConfig,
		socifs.WithGetSources(source.FromDefaultLabels(source.RegistryHosts(hosts.AsRegistryHosts()))),
		socifs.WithPullModes(settings.PullModes),
		socifs.WithResolverConfig(settings.ResolverConfig),
		socifs.WithMetadataStore(func(blob *io.SectionReader, toc ztoc.TOC, options ...metadata.Option) (metadata.Reader, error) {
			return metadata.NewReader(database, blob, toc, options...)
		}))
}
