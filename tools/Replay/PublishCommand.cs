using System.CommandLine;

namespace Engagement.Replay;

/// <summary><c>replay NAME FILE</c>: publishes a file of one kind.</summary>
internal static class PublishCommand
{
    /// <param name="read">Tells of each row that it can't understand, and goes on.</param>
    public static Command Create(
        Surroundings surroundings, string name, string description, string file, Func<TextReader, Action<MalformedRow>, IEnumerable<FileEvent>> read)
    {
        var source = new Argument<FileInfo>("FILE") { Description = file }.AcceptExistingOnly();
        var command = new Command(name, description) { source };
        var options = PublishOptions.AddTo(command);
        command.SetAction((parsed, ct) => PublishRun.GuardAsync(surroundings, async screen =>
        {
            var settings = options.Read(parsed, surroundings.Folder);
            var csv = parsed.GetRequiredValue(source);
            var (events, malformedRows) = Load(csv, read, screen);
            return await PublishRun.RunAsync(csv, events, malformedRows, settings, surroundings, screen, ct);
        }));
        return command;
    }

    private static (List<FileEvent> Events, int MalformedRows) Load(
        FileInfo file, Func<TextReader, Action<MalformedRow>, IEnumerable<FileEvent>> read, Screen screen)
    {
        var malformedRows = 0;
        using var reader = file.OpenText();
        List<FileEvent> events = [.. read(reader, OnMalformed)];
        events.Sort(FileEvent.InTimeOrder);
        return (events, malformedRows);

        void OnMalformed(MalformedRow row)
        {
            malformedRows++;
            screen.Complain($"line {row.Line}: skipped: {row.Reason}");
        }
    }
}
