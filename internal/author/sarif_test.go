package author_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"prescreen/internal/author"
	"prescreen/internal/mistake"
)

// sarifShape is the part of the SARIF 2.1.0 schema that speaks of what is written here: what is required, which words are
// allowed, from where counting begins (sections 3.13, 3.14, 3.27, 3.29, 3.30, 3.49, 3.55 of the standard).
const sarifShape = `{
  "type": "object",
  "required": ["version", "runs"],
  "properties": {
    "$schema": {"type": "string", "format": "uri"},
    "version": {"enum": ["2.1.0"]},
    "runs": {"type": "array", "items": {"$ref": "#/definitions/run"}}
  },
  "additionalProperties": false,
  "definitions": {
    "message": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}, "additionalProperties": false},
    "help": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}, "markdown": {"type": "string"}}, "additionalProperties": false},
    "artifact": {"type": "object", "properties": {"uri": {"type": "string", "format": "uri-reference"}}, "additionalProperties": false},
    "region": {
      "type": "object",
      "properties": {
        "startLine": {"type": "integer", "minimum": 1},
        "startColumn": {"type": "integer", "minimum": 1},
        "endColumn": {"type": "integer", "minimum": 1},
        "snippet": {"$ref": "#/definitions/message"}
      },
      "additionalProperties": false
    },
    "run": {
      "type": "object",
      "required": ["tool"],
      "properties": {
        "tool": {
          "type": "object", "required": ["driver"], "additionalProperties": false,
          "properties": {
            "driver": {
              "type": "object", "required": ["name"], "additionalProperties": false,
              "properties": {
                "name": {"type": "string"},
                "rules": {
                  "type": "array", "uniqueItems": true,
                  "items": {
                    "type": "object", "required": ["id"], "additionalProperties": false,
                    "properties": {
                      "id": {"type": "string"},
                      "shortDescription": {"$ref": "#/definitions/message"},
                      "help": {"$ref": "#/definitions/help"}
                    }
                  }
                }
              }
            }
          }
        },
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "items": {"$ref": "#/definitions/result"}}
      },
      "additionalProperties": false
    },
    "result": {
      "type": "object",
      "required": ["message"],
      "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": -1},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": {"$ref": "#/definitions/message"},
        "locations": {
          "type": "array",
          "items": {
            "type": "object", "additionalProperties": false,
            "properties": {
              "physicalLocation": {
                "type": "object", "required": ["artifactLocation"], "additionalProperties": false,
                "properties": {"artifactLocation": {"$ref": "#/definitions/artifact"}, "region": {"$ref": "#/definitions/region"}}
              }
            }
          }
        },
        "fixes": {
          "type": "array", "uniqueItems": true,
          "items": {
            "type": "object", "required": ["artifactChanges"], "additionalProperties": false,
            "properties": {
              "description": {"$ref": "#/definitions/message"},
              "artifactChanges": {
                "type": "array", "minItems": 1,
                "items": {
                  "type": "object", "required": ["artifactLocation", "replacements"], "additionalProperties": false,
                  "properties": {
                    "artifactLocation": {"$ref": "#/definitions/artifact"},
                    "replacements": {
                      "type": "array", "minItems": 1,
                      "items": {
                        "type": "object", "required": ["deletedRegion"], "additionalProperties": false,
                        "properties": {"deletedRegion": {"$ref": "#/definitions/region"}, "insertedContent": {"$ref": "#/definitions/message"}}
                      }
                    }
                  }
                }
              }
            }
          }
        }
      },
      "additionalProperties": false
    }
  }
}`

func reportOf(t *testing.T, texts ...string) *author.Report {
	t.Helper()
	c := author.NewChecker(baseSets(t))
	rep := &author.Report{Files: []string{"trials/x.yaml"}}
	for _, text := range texts {
		rep.Mistakes = append(rep.Mistakes, c.Trial("trials/ä file.yaml", criteriaFile(text)).Mistakes...)
	}
	rep.Mistakes = append(rep.Mistakes, mistake.Mistake{Code: mistake.Unreadable, File: "trials/y.yaml", Message: "this file cannot be read"})
	return rep
}

func TestSARIF(t *testing.T) {
	s := compiled(t, []byte(sarifShape))
	for name, rep := range map[string]*author.Report{
		"mistakes": reportOf(t, "in | Ä: Aged ≥ 18 | age ≥ 18 AND diagnosed(“stroke”)", "in | The latest | lab(\"HbA1c\") >= \"7 %\"", "ex | Stroke | conditon(\"stroke\")"),
		"nothing":  {Files: []string{"x.yaml"}},
	} {
		var b bytes.Buffer
		if err := rep.Write(&b, "sarif"); err != nil {
			t.Fatal(err)
		}
		var doc any
		if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		checkIndexes(t, doc)
	}
	if s.Validate(map[string]any{"version": "2.0.0", "runs": []any{}}) == nil {
		t.Error("the shape takes anything")
	}
}

// checkIndexes: ruleIndex points to the rule of ruleId (section 3.27.6).
func checkIndexes(t *testing.T, doc any) {
	t.Helper()
	run := doc.(map[string]any)["runs"].([]any)[0].(map[string]any)
	rules := run["tool"].(map[string]any)["driver"].(map[string]any)["rules"].([]any)
	for _, r := range run["results"].([]any) {
		result := r.(map[string]any)
		rule := rules[int(result["ruleIndex"].(float64))].(map[string]any)
		if rule["id"] != result["ruleId"] {
			t.Errorf("%v stands at the place of %v", result["ruleId"], rule["id"])
		}
	}
}

func TestReportAsJSON(t *testing.T) {
	var b bytes.Buffer
	if err := reportOf(t, "in | Adults | age ≥ 18").Write(&b, "json"); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Format, Errors, Warnings, Questions int
		Files                               []string
		Mistakes                            []struct {
			Code, Severity, File, Source, Message, Why, Fix string
			Line, Column, Length                            int
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got, json.RejectUnknownMembers(true), json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	m := got.Mistakes[0]
	if got.Format != 1 || got.Errors != 2 || m.Code != "E107" || m.Severity != "error" || m.Line != 9 || m.Column != 11 || m.Length != 1 || m.Fix != ">=" || m.Source != "      age ≥ 18" {
		t.Errorf("%+v", got)
	}
}

func TestReportAsText(t *testing.T) {
	var b bytes.Buffer
	if err := reportOf(t, "in | Adults | age ≥ 18").Write(&b, "text"); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"trials/ä file.yaml:9:11: error E107: ", "\n        age ≥ 18\n            ^\n", "1 file checked: 2 errors, 0 warnings, 0 questions.\n"} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("%q is missing in\n%s", part, b.String())
		}
	}
	b.Reset()
	if err := (&author.Report{Files: []string{"a", "b"}}).Write(&b, "text"); err != nil || b.String() != "2 files checked: nothing to tell.\n" {
		t.Errorf("%v %q", err, b.String())
	}
	if err := (&author.Report{}).Write(&b, "xml"); err == nil {
		t.Error("xml was written")
	}
}
