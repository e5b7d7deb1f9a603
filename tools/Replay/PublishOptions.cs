using System.CommandLine;

namespace Engagement.Replay;

/// <summary>The options that every kind of file shares.</summary>
internal sealed class PublishOptions
{
    private readonly Option<string?> url = new("--url") { Description = "Where Engagement is [default: from .engagement/dev.env, here or above]", HelpName = "U" };
    private readonly Option<string?> key = new("--key") { Description = "The shop's API key [default: from .engagement/dev.env, here or above]", HelpName = "K" };
    private readonly Option<int> batch = new("--batch") { Description = "Events in one request, 1 to 1000", HelpName = "N", DefaultValueFactory = _ => 100 };
    private readonly Option<bool> shift = new("--shift") { Description = "Move the file so that its last event is now, and ask for messages all the same (the default)" };
    private readonly Option<bool> followClock = new("--follow-clock") { Description = "Leave the times and move Engagement's clock along with the file (development only)" };
    private readonly Option<TimeSpan> step = new("--step")
    {
        Description = "With --follow-clock: the longest time, hh:mm, that goes in one request; shorter is truer and slower",
        HelpName = "hh:mm",
        DefaultValueFactory = _ => TimeSpan.FromHours(1),
    };

    public static PublishOptions AddTo(Command command)
    {
        var options = new PublishOptions();
        options.batch.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
            {
                result.AddError("--batch must be from 1 to 1000.");
            }
        });
        options.step.Validators.Add(result =>
        {
            var step = result.GetValueOrDefault<TimeSpan>();
            if (step <= TimeSpan.Zero || step > TimeSpan.FromDays(1))
            {
                result.AddError("--step must be a time of at most a day, such as 0:30 for half an hour.");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(options.shift) && result.GetValue(options.followClock))
            {
                result.AddError("--shift and --follow-clock exclude each other.");
            }

            if (result.GetResult(options.step) is { Implicit: false } && !result.GetValue(options.followClock))
            {
                result.AddError("--step goes with --follow-clock.");
            }
        });
        foreach (Option option in (Option[])[options.url, options.key, options.batch, options.shift, options.followClock, options.step])
        {
            command.Options.Add(option);
        }

        return options;
    }

    public PublishSettings Read(ParseResult parsed, DirectoryInfo folder) => new(
        Target.Find(parsed.GetValue(url), parsed.GetValue(key), folder),
        parsed.GetValue(batch),
        parsed.GetValue(followClock) ? parsed.GetValue(step) : null);
}

/// <param name="FollowStep">The longest time in one request when the clock follows the file; null when the file is shifted.</param>
internal sealed record PublishSettings(Target Target, int BatchSize, TimeSpan? FollowStep);
