using System.CommandLine;

namespace Engagement.Replay;

/// <summary><c>replay orders FILE</c>: publishes a file of orders.</summary>
internal static class OrdersCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "A CSV file of orders" }.AcceptExistingOnly();
        var command = new Command("orders", "Publishes the orders of a CSV file in the order of time: placed, paid, shipped, delivered, cancelled.") { file };
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
        var events = OrdersFile.Read(reader, OnMalformed).SelectMany(OrderEvents.From).ToList<FileEvent>();
        events.Sort(FileEvent.InTimeOrder);
        return (events, malformedRows);

        void OnMalformed(MalformedRow row)
        {
            malformedRows++;
            screen.Complain($"line {row.Line}: skipped: {row.Reason}");
        }
    }
}
