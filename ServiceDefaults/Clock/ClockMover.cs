using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>Where the clock stands, and in how many steps it came there.</summary>
internal sealed record ClockMoved(DateTimeOffset Now, int Steps);

/// <summary>The clock was not followed, or work stayed undone, for longer than is waited for.</summary>
internal sealed class ClockStuckException(string message) : Exception(message);

/// <summary>
/// Moves the domain's clock, in development, and answers when every live instance has followed and nothing is left undone. One at
/// a time, over all processes.
/// </summary>
/// <remarks>
/// It asks two functions that know all queues and deliveries: <c>bus.any_events()</c>, and <c>bus.pending(now)</c> with the number
/// of things undone that don't wait for a domain time after now, and the first such time.
/// </remarks>
internal sealed class ClockMover(NpgsqlDataSource database, RealTime real, TimeSpan limit)
{
    private const long LockKey = 0x656e676167650001;   // "engage", 1
    private const int LongestWait = 15;   // milliseconds; each look wakes whom it finds with work
    private static readonly TimeSpan Live = TimeSpan.FromSeconds(5);

    /// <summary>Sets the clock, without steps in between.</summary>
    /// <exception cref="Rejected">It would go back, and there are events.</exception>
    public Task<ClockMoved> SetAsync(DateTimeOffset instant, CancellationToken ct) => AloneAsync(
        async (clock, cut) =>
        {
            if (instant < clock.Now && await clock.AnyEventsAsync(cut)) throw new Rejected("clock-back", "The clock goes back only while there are no events.");
            await clock.SetAsync(instant, cut);
            await clock.DrainAsync(cut);
            return new ClockMoved(clock.Now, 1);
        },
        ct);

    /// <summary>Moves the clock on from due time to due time, up to the instant that <paramref name="target"/> makes of now.</summary>
    /// <exception cref="Rejected">The instant has passed.</exception>
    public Task<ClockMoved> AdvanceAsync(Func<DateTimeOffset, DateTimeOffset> target, CancellationToken ct) => AloneAsync(
        async (clock, cut) =>
        {
            var end = target(clock.Now);
            if (end < clock.Now) throw new Rejected("clock-back", "The clock can't be advanced to a time that has passed.");
            var steps = 0;
            while (await clock.DrainAsync(cut) is { } due && due <= end)
            {
                await clock.ForwardAsync(due, cut);
                steps++;
            }

            if (clock.Now < end)
            {
                await clock.ForwardAsync(end, cut);
                await clock.DrainAsync(cut);
                steps++;
            }

            return new ClockMoved(clock.Now, steps);
        },
        ct);

    public async Task<DateTimeOffset> NowAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return (await Session.OpenAsync(connection, real, ct)).Now;
    }

    private async Task<ClockMoved> AloneAsync(Func<Session, CancellationToken, Task<ClockMoved>> move, CancellationToken ct)
    {
        using var time = new CancellationTokenSource(limit, real.Clock);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(time.Token, ct);
        await using var connection = await database.OpenConnectionAsync(ct);
        Session? session = null;
        try
        {
            await using (var take = Command(connection, "select pg_advisory_lock($1)", LockKey))
            {
                take.CommandTimeout = 0;
                await take.ExecuteNonQueryAsync(cut.Token);
            }

            session = await Session.OpenAsync(connection, real, cut.Token);
            return await move(session, cut.Token);
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested)
        {
            throw new ClockStuckException(session?.Waits ?? "Somebody else is moving the clock.");
        }
        finally
        {
            // The pool would keep the lock until the connection is used again.
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await using var release = Command(connection, "select pg_advisory_unlock_all()");
                await release.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> arguments)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var argument in arguments) command.Parameters.Add(new() { Value = argument });
        return command;
    }

    /// <summary>The clock while nobody else moves it.</summary>
    private sealed class Session(NpgsqlConnection connection, RealTime real)
    {
        private TimeSpan _offset;
        private long _ready;
        private long _behind;

        public DateTimeOffset Now => real.Now + _offset;

        public string Waits => $"{_ready} things are undone, {_behind} instances haven't followed.";

        public static async Task<Session> OpenAsync(NpgsqlConnection connection, RealTime real, CancellationToken ct)
        {
            await using var read = Command(connection, "select offset_ticks from bus.clock where id = 1");
            return new Session(connection, real) { _offset = TimeSpan.FromTicks((long)(await read.ExecuteScalarAsync(ct))!) };
        }

        public async Task<bool> AnyEventsAsync(CancellationToken ct)
        {
            await using var ask = Command(connection, "select bus.any_events()");
            return (bool)(await ask.ExecuteScalarAsync(ct))!;
        }

        public async Task SetAsync(DateTimeOffset instant, CancellationToken ct)
        {
            var offset = instant - real.Now;
            await using var set = Command(connection, "select bus.set_clock($1)", offset.Ticks);
            await set.ExecuteNonQueryAsync(ct);
            _offset = offset;
        }

        /// <summary>By itself the clock goes on: it may have passed the instant already.</summary>
        public Task ForwardAsync(DateTimeOffset instant, CancellationToken ct) => SetAsync(instant > Now ? instant : Now, ct);

        /// <summary>Waits until nothing is undone and every live instance has followed.</summary>
        /// <returns>The next due time, later than now.</returns>
        public async Task<DateTimeOffset?> DrainAsync(CancellationToken ct)
        {
            for (var wait = 1; ; wait = Math.Min((wait * 3 / 2) + 1, LongestWait))
            {
                var next = await LookAsync(ct);
                if (_ready == 0 && _behind == 0) return next;
                await Task.Delay(TimeSpan.FromMilliseconds(wait), real.Clock, ct);
            }
        }

        private async Task<DateTimeOffset?> LookAsync(CancellationToken ct)
        {
            await using var look = Command(
                connection,
                """
                select p.ready, p.next_due, (select count(*) from bus.clock_followers as f where f.seen >= $2 and f.version < c.version)
                from bus.clock as c, bus.pending($1) as p
                where c.id = 1
                """,
                Now, real.Now - Live);
            await using var reader = await look.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            (_ready, _behind) = (reader.GetInt64(0), reader.GetInt64(2));
            return await reader.IsDBNullAsync(1, ct) ? null : reader.GetFieldValue<DateTimeOffset>(1);
        }
    }
}
