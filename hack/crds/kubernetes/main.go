// Command kubernetes decides about custom resources as the API server does: it prunes, applies defaults and validates.
// Its arguments are folders of CRDs; each line of its input is an object as JSON, each line of its output a verdict.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

const maxLine = 1 << 26

type version struct {
	structural *schema.Structural
	openAPI    validation.SchemaValidator
	rules      *cel.Validator
}

type verdict struct {
	// Empty for an object that is accepted.
	Errors []string `json:"errors"`
	// The object as it would be stored.
	Object map[string]any `json:"object"`
}

func main() {
	if len(os.Args) < 2 {
		fail("usage: kubernetes FOLDER...")
	}
	versions := map[string]version{}
	for _, folder := range os.Args[1:] {
		if err := read(folder, versions); err != nil {
			fail(err)
		}
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, maxLine)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for lines.Scan() {
		var object map[string]any
		// Keeps whole numbers whole, as the API server's decoder does.
		if err := utiljson.Unmarshal(lines.Bytes(), &object); err != nil {
			fail(err)
		}
		if err := encoder.Encode(judge(versions, object)); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
	if err := out.Flush(); err != nil {
		fail(err)
	}
}

func fail(reason any) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(1)
}

// Adds the versions of the CRDs in a folder.
func read(folder string, versions map[string]version) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var crd v1.CustomResourceDefinition
		if err := yaml.Unmarshal(text, &crd); err != nil || crd.Kind != "CustomResourceDefinition" {
			continue
		}
		for _, served := range crd.Spec.Versions {
			compiled, err := compile(served.Schema.OpenAPIV3Schema)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			versions[crd.Spec.Group+"/"+served.Name+" "+crd.Spec.Names.Kind] = compiled
		}
	}
	return nil
}

func compile(props *v1.JSONSchemaProps) (version, error) {
	var internal apiextensions.JSONSchemaProps
	if err := v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(props, &internal, nil); err != nil {
		return version{}, err
	}
	structural, err := schema.NewStructural(&internal)
	if err != nil {
		return version{}, err
	}
	openAPI, _, err := validation.NewSchemaValidator(&internal)
	if err != nil {
		return version{}, err
	}
	return version{structural, openAPI, cel.NewValidator(structural, true, celconfig.PerCallLimit)}, nil
}

func judge(versions map[string]version, object map[string]any) verdict {
	name := fmt.Sprintf("%v %v", object["apiVersion"], object["kind"])
	it, known := versions[name]
	if !known {
		return verdict{Errors: []string{"no CRD of " + name}}
	}
	pruning.Prune(object, it.structural, true)
	defaulting.PruneNonNullableNullsWithoutDefaults(object, it.structural)
	defaulting.Default(object, it.structural)
	found := validation.ValidateCustomResource(nil, object, it.openAPI)
	found = append(found, listtype.ValidateListSetsAndMaps(nil, it.structural, object)...)
	if len(found) == 0 {
		found, _ = it.rules.Validate(
			context.Background(), nil, it.structural, object, nil, celconfig.RuntimeCELCostBudget,
		)
	}
	result := verdict{Errors: []string{}, Object: object}
	for _, err := range found {
		result.Errors = append(result.Errors, err.Error())
	}
	return result
}
