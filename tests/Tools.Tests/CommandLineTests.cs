namespace Engagement.Tools.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly ReplayRun replay = new ReplayRun().WithOrders("a,c1,processing,10/2/2017 10:56,10/2/2017 11:07,,,");

    public void Dispose() => replay.Dispose();

    [Fact]
    public async Task Address_and_key_come_from_the_dev_env_above_and_the_shift_is_kept_beside_it()
    {
        await using var gateway = await FakeGateway.StartAsync();
        replay.WithDevEnv("# written by the AppHost", $"ENGAGEMENT_URL={gateway.Url}", "ENGAGEMENT_API_KEY=from-file");

        var result = await replay.RunAsync(["orders", replay.OrdersPath], subfolder: "deep/down");

        result.ExitCode.ShouldBe(0);
        gateway.Calls.ShouldHaveSingleItem().Authorization.ShouldBe("Bearer from-file");
        File.Exists(replay.KeptPath).ShouldBeTrue();
    }

    [Fact]
    public async Task An_option_goes_before_the_dev_env()
    {
        await using var gateway = await FakeGateway.StartAsync();
        replay.WithDevEnv("ENGAGEMENT_URL=http://127.0.0.1:1", "ENGAGEMENT_API_KEY=from-file");

        await replay.RunAsync(["orders", replay.OrdersPath, "--url", gateway.Url]);

        gateway.Calls.ShouldHaveSingleItem().Authorization.ShouldBe("Bearer from-file");
    }

    [Fact]
    public async Task Without_a_dev_env_and_options_it_says_what_to_do()
    {
        var result = await replay.RunAsync(["orders", replay.OrdersPath]);

        result.ExitCode.ShouldBe(2);
        result.Error.Trim().ShouldBe(
            $"There is no .engagement/dev.env in {replay.Folder.FullName} or above it: start Engagement first (dotnet run --project AppHost), or give --url and --key.");
    }

    [Fact]
    public async Task A_dev_env_without_a_key_is_named()
    {
        replay.WithDevEnv("ENGAGEMENT_URL=http://127.0.0.1:1");

        var result = await replay.RunAsync(["orders", replay.OrdersPath]);

        result.ExitCode.ShouldBe(2);
        result.Error.Trim().ShouldEndWith("dev.env has no ENGAGEMENT_API_KEY.");
    }

    [Theory]
    [InlineData("--batch must be from 1 to 1000.", "--batch", "0")]
    [InlineData("--batch must be from 1 to 1000.", "--batch", "1001")]
    [InlineData("--step must be a time of at most a day, such as 0:30 for half an hour.", "--follow-clock", "--step", "0:00")]
    [InlineData("--step must be a time of at most a day, such as 0:30 for half an hour.", "--follow-clock", "--step", "30")]
    [InlineData("--step goes with --follow-clock.", "--step", "0:30")]
    [InlineData("--shift and --follow-clock exclude each other.", "--shift", "--follow-clock")]
    [InlineData("'nowhere' (--url) is not an http or https address.", "--url", "nowhere", "--key", "k")]
    public async Task A_wrong_option_is_a_usage_error_of_one_sentence(string sentence, params string[] options)
    {
        var result = await replay.RunAsync(["orders", replay.OrdersPath, .. options]);

        result.ExitCode.ShouldBe(2);
        result.Error.Trim().ShouldBe(sentence);
    }

    [Fact]
    public async Task A_missing_file_is_a_usage_error_of_one_sentence()
    {
        var result = await replay.RunAsync(["orders", "nowhere.csv"]);

        result.ExitCode.ShouldBe(2);
        result.Error.Trim().ShouldBe("File does not exist: 'nowhere.csv'.");
    }

    [Fact]
    public async Task A_file_without_the_columns_is_a_usage_error()
    {
        await using var gateway = await FakeGateway.StartAsync();
        await File.WriteAllTextAsync(replay.OrdersPath, "order_id,total\n");

        var result = await replay.AgainstAsync(gateway);

        result.ExitCode.ShouldBe(2);
        result.Error.ShouldStartWith("The file has no column customer_id,");
    }

    [Fact]
    public async Task A_file_without_rows_is_done_at_once()
    {
        await using var gateway = await FakeGateway.StartAsync();

        var result = await replay.WithOrders().AgainstAsync(gateway);

        result.ExitCode.ShouldBe(0);
        gateway.Calls.ShouldBeEmpty();
    }
}
