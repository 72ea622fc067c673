package main

import (
	"testing"

	"prescreen/internal/postgrestest"
)

// postgres starts a server of PostgreSQL for a test.
func postgres(t *testing.T) *postgrestest.Server {
	t.Helper()
	pg, err := postgrestest.New()
	if err != nil {
		t.Fatal(err)
	}
	if pg == nil {
		t.Skip(postgrestest.NotInstalled)
	}
	t.Cleanup(pg.Remove)
	return pg
}

func TestServerOnPostgreSQLKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	killedAtAnyMoment(t, newWard(t, postgres(t).Database(t), "../../rules"), kills(9))
}

func TestServerOnPostgreSQLKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	pg := postgres(t)
	t.Run("of a day", func(t *testing.T) { t.Parallel(); killedWhileADayPasses(t, pg.Database(t), kills(6)) })
	t.Run("of an amended trial", func(t *testing.T) { t.Parallel(); killedWhileATrialIsAmended(t, pg.Database(t), kills(6)) })
	t.Run("of an import", func(t *testing.T) { t.Parallel(); killedWhileImporting(t, pg.Database(t), kills(6)) })
	t.Run("of an erasure", func(t *testing.T) { t.Parallel(); killedWhileErasing(t, pg.Database(t), pg.Data(), kills(6)) })
	t.Run("of a backup", func(t *testing.T) { t.Parallel(); killedWhileBackingUp(t, pg.Database(t), kills(6)) })
}
