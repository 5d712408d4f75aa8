// PocketBase with collections for the same work. `fill` creates them and their records from the JSON in PEERS_DATA, and
// writes what requests need to know to PEERS_FACTS; any other command is PocketBase's own.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
	"github.com/spf13/cobra"
	"golang.org/x/crypto/bcrypt"
)

type data struct {
	Password string
	Emails   []string
	Courses  []struct {
		Slug, Title, Description, Level string
		Lessons                         []struct {
			Title, Notes string
			Items        json.RawMessage
			Exercises    []struct {
				Kind, Prompt      string
				Content, Solution json.RawMessage
			}
		}
	}
}

type user struct {
	Id    string `json:"id"`
	Email string `json:"email"`
	Token string `json:"token"`
}

type facts struct {
	Users       []user   `json:"users"`
	LessonIds   []string `json:"lessonIds"`
	ExerciseIds []string `json:"exerciseIds"`
}

func main() {
	// Without this it takes a program in a temporary folder for one that is being developed, and logs every statement.
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDev: false})
	app.RootCmd.AddCommand(&cobra.Command{
		Use: "fill",
		Run: func(*cobra.Command, []string) {
			if err := app.RunAllMigrations(); err != nil {
				log.Fatal(err)
			}
			if err := app.RunInTransaction(fill); err != nil {
				log.Fatal(err)
			}
		},
	})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}

func fill(app core.App) error {
	var in data
	if err := readJson(os.Getenv("PEERS_DATA"), &in); err != nil {
		return err
	}
	settings := app.Settings()
	settings.TrustedProxy = core.TrustedProxyConfig{Headers: []string{"X-Forwarded-For"}}
	settings.RateLimits.Enabled = true
	settings.RateLimits.Rules = []core.RateLimitRule{{Label: "/api/", MaxRequests: 600, Duration: 60}}
	if err := app.Save(settings); err != nil {
		return err
	}
	if err := createCollections(app); err != nil {
		return err
	}
	var out facts
	if err := fillCourses(app, in, &out); err != nil {
		return err
	}
	if err := fillUsers(app, in, &out); err != nil {
		return err
	}
	text, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return os.WriteFile(os.Getenv("PEERS_FACTS"), text, 0o600)
}

func createCollections(app core.App) error {
	signedIn := types.Pointer("@request.auth.id != ''")
	courses := core.NewBaseCollection("courses")
	courses.ListRule, courses.ViewRule = signedIn, signedIn
	courses.Fields.Add(
		&core.TextField{Name: "slug", Required: true},
		&core.TextField{Name: "title", Required: true},
		&core.TextField{Name: "description"},
		&core.TextField{Name: "level"},
		&core.NumberField{Name: "lessonCount"},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true},
	)
	lessons := core.NewBaseCollection("lessons")
	lessons.ListRule, lessons.ViewRule = signedIn, signedIn
	exercises := core.NewBaseCollection("exercises")
	exercises.ListRule, exercises.ViewRule = signedIn, signedIn
	answers := core.NewBaseCollection("answers")
	answers.CreateRule = types.Pointer("@request.auth.id != '' && @request.body.user = @request.auth.id")
	for _, step := range []func() error{
		func() error { return app.Save(courses) },
		func() error {
			lessons.Fields.Add(
				&core.RelationField{Name: "course", CollectionId: courses.Id, Required: true, CascadeDelete: true},
				&core.TextField{Name: "title", Required: true},
				&core.TextField{Name: "notes"},
				&core.JSONField{Name: "items"},
			)
			return app.Save(lessons)
		},
		func() error {
			exercises.Fields.Add(
				&core.RelationField{Name: "lesson", CollectionId: lessons.Id, Required: true, CascadeDelete: true},
				&core.NumberField{Name: "position"},
				&core.TextField{Name: "kind", Required: true},
				&core.TextField{Name: "prompt"},
				&core.JSONField{Name: "content"},
				&core.JSONField{Name: "solution", Hidden: true},
			)
			exercises.AddIndex("idx_exercises_lesson", false, "lesson", "")
			return app.Save(exercises)
		},
		func() error {
			users, err := app.FindCollectionByNameOrId("users")
			if err != nil {
				return err
			}
			answers.Fields.Add(
				&core.RelationField{Name: "user", CollectionId: users.Id, Required: true},
				&core.RelationField{Name: "exercise", CollectionId: exercises.Id, Required: true},
				&core.JSONField{Name: "answer", Required: true},
				&core.AutodateField{Name: "created", OnCreate: true},
			)
			answers.AddIndex("idx_answers_user", false, "user", "")
			return app.Save(answers)
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func fillCourses(app core.App, in data, out *facts) error {
	for _, c := range in.Courses {
		course, err := add(app, "courses", map[string]any{
			"slug": c.Slug, "title": c.Title, "description": c.Description, "level": c.Level, "lessonCount": len(c.Lessons),
		})
		if err != nil {
			return err
		}
		for _, l := range c.Lessons {
			lesson, err := add(app, "lessons", map[string]any{
				"course": course, "title": l.Title, "notes": l.Notes, "items": l.Items,
			})
			if err != nil {
				return err
			}
			out.LessonIds = append(out.LessonIds, lesson)
			for at, e := range l.Exercises {
				exercise, err := add(app, "exercises", map[string]any{
					"lesson": lesson, "position": at, "kind": e.Kind, "prompt": e.Prompt, "content": e.Content, "solution": e.Solution,
				})
				if err != nil {
					return err
				}
				if e.Kind == "fill_blank" {
					out.ExerciseIds = append(out.ExerciseIds, exercise)
				}
			}
		}
	}
	return nil
}

func fillUsers(app core.App, in data, out *facts) error {
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return err
	}
	// As its own code hashes; all have the same password.
	hash, err := bcrypt.GenerateFromPassword([]byte(in.Password), bcrypt.DefaultCost)
	if err != nil {
		return err
	}
	for _, email := range in.Emails {
		record := core.NewRecord(users)
		record.SetEmail(email)
		record.SetVerified(true)
		record.SetRandomPassword()
		record.SetRaw("password", &core.PasswordFieldValue{Hash: string(hash)})
		if err := app.Save(record); err != nil {
			return fmt.Errorf("user %s: %w", email, err)
		}
		token, err := record.NewAuthToken()
		if err != nil {
			return err
		}
		out.Users = append(out.Users, user{Id: record.Id, Email: email, Token: token})
	}
	return nil
}

func add(app core.App, collection string, values map[string]any) (string, error) {
	found, err := app.FindCollectionByNameOrId(collection)
	if err != nil {
		return "", err
	}
	record := core.NewRecord(found)
	record.Load(values)
	if err := app.Save(record); err != nil {
		return "", fmt.Errorf("%s: %w", collection, err)
	}
	return record.Id, nil
}

func readJson(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
