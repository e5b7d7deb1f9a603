namespace Engagement.Replay;

/// <summary>Publishes the events of a file, whatever kind they are of, from their shift to the closing report.</summary>
internal static class PublishRun
{
    public static async Task<int> RunAsync(
        FileInfo file, List<FileEvent> events, int malformedRows, PublishSettings settings, Surroundings surroundings, Screen screen, CancellationToken ct)
    {
        if (events.Count == 0)
        {
            screen.Say($"{file.Name} has no events.");
            return 0;
        }

        var timing = settings.FollowStep is null ? Shift(file, events[^1].Time, settings.Target, surroundings.Clock, screen) : Timing.AsInFile;
        using var server = new Server(settings.Target, surroundings.Clock, screen.Complain);
        var report = new Report(events.Count, malformedRows, surroundings.Clock);
        screen.StartProgress(events.Count);
        try
        {
            if (settings.FollowStep is { } step)
            {
                using var publisher = CreatePublisher();
                await new DomainClock(server).FollowAsync(events, settings.BatchSize, step, publisher, ct);
            }
            else
            {
                await Lanes.SendAsync(events, settings.BatchSize, CreatePublisher, ct);
            }
        }
        finally
        {
            Close();
        }

        return report.AllAccepted ? 0 : 1;

        Publisher CreatePublisher() => new(server, timing, report, screen);

        void Close()
        {
            if (report.Done == 0)
            {
                // It never began: the sentence that says why is all there is to tell.
                return;
            }

            screen.Say(report.ToString());
            if (settings.FollowStep is null && report.Done < events.Count)
            {
                screen.Say("Run the same command again to go on: what was taken is recognised.");
            }
        }
    }

    /// <summary>Turns what the user can understand and change into one sentence and an exit code.</summary>
    public static async Task<int> GuardAsync(Surroundings surroundings, Func<Screen, Task<int>> run)
    {
        var screen = new Screen(surroundings);
        try
        {
            return await run(screen);
        }
        catch (RunFailedException e)
        {
            screen.Complain(e.Message);
            return e.ExitCode;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            screen.Complain(e.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            screen.Complain("Stopped before the end.");
            return 1;
        }
    }

    private static Timing Shift(FileInfo file, DateTimeOffset lastEvent, Target target, TimeProvider clock, Screen screen)
    {
        var kept = KeptShift.For(file, lastEvent, target.Kept, clock);
        screen.Say($"{file.Name} is moved by {kept.Shift.TotalDays:0.0} days, as chosen on {kept.ChosenAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC.");
        return new Timing(kept.Shift, EvenIfStale: true);
    }
}
