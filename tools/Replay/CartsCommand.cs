using System.CommandLine;

namespace Engagement.Replay;

/// <summary><c>replay carts FILE</c>: publishes a shop's click stream.</summary>
internal static class CartsCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "A CSV file of clicks" }.AcceptExistingOnly();
        var command = new Command("carts", "Publishes the clicks of a CSV file in the order of time: put into a cart, taken out, bought. Views are passed over.") { file };
        var options = PublishOptions.AddTo(command);
        command.SetAction((parsed, ct) => PublishRun.GuardAsync(surroundings, async screen =>
        {
            var settings = options.Read(parsed, surroundings.Folder);
            var source = parsed.GetRequiredValue(file);
            var (events, malformedRows) = Load(source, screen);
            return await PublishRun.RunAsync(source, events, malformedRows, settings, surroundings, screen, ct);
        }));
        return command;
    }

    private static (List<FileEvent> Events, int MalformedRows) Load(FileInfo file, Screen screen)
    {
        var malformedRows = 0;
        using var reader = file.OpenText();
        var events = CartEvents.From(ClicksFile.Read(reader, OnMalformed)).ToList();
        events.Sort(FileEvent.InTimeOrder);
        return (events, malformedRows);

        void OnMalformed(MalformedRow row)
        {
            malformedRows++;
            screen.Complain($"line {row.Line}: skipped: {row.Reason}");
        }
    }
}
