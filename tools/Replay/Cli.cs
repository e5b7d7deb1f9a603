using System.CommandLine;
using System.CommandLine.Invocation;

namespace Engagement.Replay;

/// <summary>What a run sees of the world, so that a test can put another one around it.</summary>
internal sealed record Surroundings(TextWriter Out, TextWriter Error, int? BarWidth, DirectoryInfo Folder, TimeProvider Clock)
{
    public static Surroundings OfThisProcess() => new(
        Console.Out,
        Console.Error,
        Console.IsOutputRedirected ? null : Console.WindowWidth is > 0 and var width ? width : 80,
        new DirectoryInfo(Environment.CurrentDirectory),
        TimeProvider.System);
}

/// <summary>A subcommand for each kind of file; what they share is in <see cref="PublishOptions"/>.</summary>
internal static class Cli
{
    private const int UsageError = 2;

    public static async Task<int> RunAsync(string[] args, Surroundings surroundings, CancellationToken ct = default)
    {
        var root = new RootCommand("Publishes a file of things that once happened to Engagement, as a shop would.")
        {
            PublishCommand.Create(
                surroundings, "orders", "Publishes the orders of a CSV file in the order of time: placed, paid, shipped, delivered, cancelled.", "A CSV file of orders",
                (file, onMalformed) => OrdersFile.Read(file, onMalformed).SelectMany(OrderEvents.From)),
            PublishCommand.Create(
                surroundings, "carts", "Publishes the clicks of a CSV file in the order of time: put into a cart, taken out, bought. Views are passed over.",
                "A CSV file of clicks", (file, onMalformed) => CartEvents.From(ClicksFile.Read(file, onMalformed))),
        };
        var parsed = root.Parse(args);
        if (parsed.Action is ParseErrorAction error)
        {
            // Under one clear sentence, a page of help hides it.
            error.ShowHelp = parsed.CommandResult.Command == root;
        }

        var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { Output = surroundings.Out, Error = surroundings.Error }, ct);
        return parsed.Errors.Count > 0 ? UsageError : exitCode;
    }
}

/// <summary>The run can't start or go on; the message is the one sentence that the user reads.</summary>
internal sealed class RunFailedException(string message, int exitCode = 1) : Exception(message)
{
    public int ExitCode => exitCode;

    public static RunFailedException Usage(string message) => new(message, exitCode: 2);
}
