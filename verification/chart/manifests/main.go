// Command manifests reads rendered Kubernetes manifests from standard input, decodes each one strictly into the types of the
// Kubernetes API, and prints them as one JSON array. It fails for a field that the API does not have, for a value of
// another type, and for a kind that it does not know; ServiceMonitor, which is not of Kubernetes, is passed on.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
)

var foreign = map[string]bool{"monitoring.coreos.com/v1 ServiceMonitor": true}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "manifests:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	objects := []json.RawMessage{}
	documents := yaml.NewYAMLReader(bufio.NewReader(in))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		text, err := yaml.ToJSON(document)
		if err != nil {
			return err
		}
		var kind struct{ APIVersion, Kind string }
		if err := json.Unmarshal(text, &kind); err != nil {
			return err
		}
		if kind.Kind == "" {
			continue
		}
		if !foreign[kind.APIVersion+" "+kind.Kind] {
			if _, _, err := decoder.Decode(document, nil, nil); err != nil {
				return fmt.Errorf("%s: %w", kind.Kind, err)
			}
		}
		objects = append(objects, text)
	}
	return json.NewEncoder(out).Encode(objects)
}
