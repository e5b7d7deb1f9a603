using Engagement.Replay;

namespace Engagement.Tools.Tests;

public sealed class FollowClockTests : IDisposable
{
    private readonly ReplayRun replay = new ReplayRun().WithOrders(
        "a,c1,processing,10/2/2017 10:56,10/2/2017 11:07,,,",
        "b,c2,processing,10/2/2017 10:59,10/2/2017 11:00,,,");

    public void Dispose() => replay.Dispose();

    [Fact]
    public async Task The_clock_goes_along_with_the_file_hour_by_hour()
    {
        await using var gateway = await FakeGateway.StartAsync();

        var result = await replay.AgainstAsync(gateway, "--follow-clock");

        result.ExitCode.ShouldBe(0);
        gateway.Calls.Select(Told).ShouldBe([
            """/dev/clock {"now":"2017-10-02T10:56:00Z"}""",
            """/dev/clock/advance {"to":"2017-10-02T11:00:00Z"}""",
            "a-placed 2017-10-02T10:56:00Z, b-placed 2017-10-02T10:59:00Z, b-paid 2017-10-02T11:00:00Z",
            """/dev/clock/advance {"to":"2017-10-02T11:07:00Z"}""",
            "a-paid 2017-10-02T11:07:00Z"]);
        gateway.Calls.ShouldAllBe(call => call.Authorization == "Bearer secret");
        gateway.Accepted.ShouldAllBe(e => !e.ContainsKey("evenifstale"));
        File.Exists(replay.KeptPath).ShouldBeFalse();
    }

    [Fact]
    public async Task A_shorter_step_and_a_smaller_batch_cut_finer()
    {
        await using var gateway = await FakeGateway.StartAsync();

        await replay.AgainstAsync(gateway, "--follow-clock", "--step", "0:02", "--batch", "1");

        gateway.Calls.Select(Told).ShouldBe([
            """/dev/clock {"now":"2017-10-02T10:56:00Z"}""",
            "a-placed 2017-10-02T10:56:00Z",
            """/dev/clock/advance {"to":"2017-10-02T10:59:00Z"}""",
            "b-placed 2017-10-02T10:59:00Z",
            """/dev/clock/advance {"to":"2017-10-02T11:00:00Z"}""",
            "b-paid 2017-10-02T11:00:00Z",
            """/dev/clock/advance {"to":"2017-10-02T11:07:00Z"}""",
            "a-paid 2017-10-02T11:07:00Z"]);
    }

    [Fact]
    public async Task The_clock_is_moved_again_when_the_server_was_away()
    {
        await using var gateway = await FakeGateway.StartAsync((_, number) => number is 1 ? Reply.Cut : null);

        (await replay.AgainstAsync(gateway, "--follow-clock")).ExitCode.ShouldBe(0);

        gateway.Calls[2].ShouldBe(gateway.Calls[1]);
        gateway.Accepted.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData(409, "There are events in Engagement already, so its clock can't be set to 2017-10-02 10:56:00Z, where the file begins: --follow-clock needs a fresh one.")]
    [InlineData(404, "{0}/ has no clock that can be moved: --follow-clock works only where Engagement runs in development.")]
    [InlineData(400, "{0}/ did not move its clock to 2017-10-02 10:56:00Z: HTTP 400.")]
    public async Task A_clock_that_is_not_set_ends_the_run_with_one_sentence(int status, string sentence)
    {
        await using var gateway = await FakeGateway.StartAsync((_, _) => new Reply(status));

        var result = await replay.AgainstAsync(gateway, "--follow-clock");

        result.ExitCode.ShouldBe(1);
        result.Error.Trim().ShouldBe(sentence.Replace("{0}", gateway.Url, StringComparison.Ordinal));
        gateway.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_clock_that_does_not_advance_ends_the_run_with_what_the_server_says()
    {
        await using var gateway = await FakeGateway.StartAsync((call, _) =>
            call.Path == "/dev/clock/advance" ? new Reply(409, new { detail = "The clock stands later already." }) : null);

        var result = await replay.AgainstAsync(gateway, "--follow-clock");

        result.ExitCode.ShouldBe(1);
        result.Error.Trim().ShouldBe($"{gateway.Url}/ did not move its clock to 2017-10-02 11:00:00Z: The clock stands later already. (HTTP 409).");
    }

    private static string Told(Call call) => call.Events.Count > 0
        ? string.Join(", ", call.Events.Select(e => $"{e["id"]} {e["time"]}"))
        : $"{call.Path} {call.Body}";
}
