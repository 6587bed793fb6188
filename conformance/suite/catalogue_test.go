package suite

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"sigs.k8s.io/gateway-api/conformance/tests"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
	"sigs.k8s.io/gateway-api/pkg/features"
)

var profiles = []suite.ConformanceProfile{
	suite.GatewayHTTPConformanceProfile,
	suite.GatewayGRPCConformanceProfile,
	suite.GatewayTLSConformanceProfile,
	suite.GatewayTCPConformanceProfile,
	suite.GatewayUDPConformanceProfile,
}

type catalogueTest struct {
	Name string `json:"name"`
	// Those in whose reports the test counts.
	Profiles    []string `json:"profiles"`
	Features    []string `json:"features"`
	Provisional bool     `json:"provisional"`
}

type catalogue struct {
	Tests []catalogueTest `json:"tests"`
	// Features that no CRD of the standard channel has.
	Experimental []string `json:"experimental"`
}

// TestCatalogue writes what the suite holds, as JSON, to the file named by CATALOGUE.
func TestCatalogue(t *testing.T) {
	file := os.Getenv("CATALOGUE")
	if file == "" {
		t.Skip("CATALOGUE names no file")
	}
	found := catalogue{Tests: []catalogueTest{}, Experimental: []string{}}
	for _, test := range tests.ConformanceTests {
		entry := catalogueTest{Name: test.ShortName, Profiles: []string{}, Provisional: test.Provisional}
		for _, feature := range test.Features {
			entry.Features = append(entry.Features, string(feature))
		}
		for _, profile := range profiles {
			if covers(profile, test.Features) {
				entry.Profiles = append(entry.Profiles, string(profile.Name))
			}
		}
		found.Tests = append(found.Tests, entry)
	}
	for feature := range features.AllFeatures {
		if feature.Channel == features.FeatureChannelExperimental {
			found.Experimental = append(found.Experimental, string(feature.Name))
		}
	}
	content, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(fmt.Errorf("the catalogue could not be written: %w", err))
	}
}

func covers(profile suite.ConformanceProfile, wanted []features.FeatureName) bool {
	for _, feature := range wanted {
		if !profile.CoreFeatures.Has(feature) && !profile.ExtendedFeatures.Has(feature) {
			return false
		}
	}
	return true
}
