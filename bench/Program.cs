using System.CommandLine;
using Engagement.Bench.Cases;
using Engagement.Bench.Harness;

IBenchCase[] cases =
[
    new AppendCase(), new WriteCase(), new LoadCase(), new LatestCase(), new MemoryCase(), new DispatchCase(),
    new DepthCase(), new TimersCase(), new ClaimOldCase(), new HopCase(), new IdleCase(), new IntakeCase(), new MailCase(), new CartsCase(),
];

var names = new Argument<string[]>("case") { Description = "Which cases to run; all without any.", Arity = ArgumentArity.ZeroOrMore };
names.AcceptOnlyFromAmong([.. cases.Select(c => c.Name)]);
var json = new Option<FileInfo?>("--json") { Description = "Also write the results to this file." };
var seconds = new Option<double>("--seconds") { Description = "How long a round takes.", DefaultValueFactory = _ => 2 };
var rounds = new Option<int>("--rounds") { Description = "How many rounds each side gets; the median counts.", DefaultValueFactory = _ => 5 };
var timers = new Option<int>("--timers") { Description = "How many timers are pending in the case timers.", DefaultValueFactory = _ => 100_000 };
var stored = new Option<int[]>("--stored")
{
    Description = "How many events are stored before each case; with several numbers the cases run once for each.",
    DefaultValueFactory = _ => [0],
    AllowMultipleArgumentsPerToken = true,
};
var list = new Option<bool>("--list") { Description = "List the cases and end." };

var command = new RootCommand("Measures the engine beside what plain Npgsql reaches with the same rows.") { names, json, seconds, rounds, timers, stored, list };
command.SetAction(async (arguments, ct) =>
{
    if (arguments.GetValue(list))
    {
        foreach (var one in cases) Console.WriteLine($"{one.Name,-10} {one.Description}");
        return 0;
    }

    var chosen = arguments.GetValue(names) is { Length: > 0 } wanted ? cases.Where(c => wanted.Contains(c.Name)) : cases;
    var settings = new BenchSettings(
        TimeSpan.FromSeconds(arguments.GetValue(seconds)), arguments.GetValue(rounds), arguments.GetValue(timers), arguments.GetValue(stored)!);
    return await BenchRun.All([.. chosen], settings, History.Fill, arguments.GetValue(json), ct);
});
return await command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });   // to end the server and remove its data
